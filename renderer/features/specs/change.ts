import type { EnvironmentRef } from '../../../main/api/models.ts'
import type { FileEditRequestInput, ManifestText } from '../../../main/api/spack-files.ts'
import { assertNever } from '../../ui/assert.ts'
import type { SpecsDraft, Written } from './drafts.ts'

/** What the user is about to do to a spack.yaml. One at a time: beginning another lets go of it. */
export type Change =
  | { readonly kind: 'add'; readonly spec: string }
  | { readonly kind: 'change'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly specs: readonly string[] }
  | { readonly kind: 'view'; readonly view: boolean | string }
  | { readonly kind: 'text' }

/** The edit that a change stands for; undefined while it says nothing yet, or nothing new. */
export function requestOf(
  change: Change | undefined,
  ref: EnvironmentRef,
  file: ManifestText,
  draft: SpecsDraft | undefined,
): FileEditRequestInput | undefined {
  switch (change?.kind) {
    case undefined:
      return undefined
    case 'add':
      return change.spec.trim() === '' ? undefined : { ...ref, edit: { kind: 'add-specs', specs: [change.spec] } }
    case 'change': {
      const { from, to } = change
      return to.trim() === '' || to === from ? undefined : { ...ref, edit: { kind: 'change-spec', from, to } }
    }
    case 'remove':
      return { ...ref, edit: { kind: 'remove-specs', specs: [...change.specs] } }
    case 'view': {
      const same = change.view === '' || change.view === file.view?.value
      return same ? undefined : { ...ref, edit: { kind: 'set-view', view: change.view } }
    }
    case 'text': {
      if (!draft) return undefined
      const { text, base } = draft
      // Sent along only where it is needed to bring two changes together.
      const merge = base.digest === file.digest ? {} : { base: base.text }
      return { ...ref, edit: { kind: 'text', text, digest: base.digest, ...merge } }
    }
    default:
      return assertNever(change)
  }
}

/** What to say once it has been written. */
export function writtenBy({ kind }: Change, merged: boolean): Written {
  switch (kind) {
    case 'view':
    case 'text':
      return { kind, merged }
    case 'add':
    case 'change':
    case 'remove':
      return { kind: 'roots', merged }
    default:
      return assertNever(kind)
  }
}
