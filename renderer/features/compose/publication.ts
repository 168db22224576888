import type { ActRequestInput } from '../../../main/api/acts.ts'
import type { Composition } from '../../../main/api/compose.ts'
import { type AccessDraft, freshAccess, givenAccess } from '../planning/access.ts'
import { type ExportTarget, exportReference } from '../registries/acts/draft.ts'

/** Where a composed image goes, as it stands in the form. */
export interface PublicationDraft {
  readonly tag: string
  readonly where: 'cache' | 'repository' | 'file'
  /** Another repository. */
  readonly to: string
  readonly access: AccessDraft
  readonly file: ExportTarget
  readonly attachSbom: boolean
}

export const freshPublication: PublicationDraft = {
  tag: '',
  where: 'cache',
  to: '',
  access: freshAccess,
  file: { form: 'archive', path: '' },
  attachSbom: false,
}

/** What is still to be said; undefined when nothing is. */
export function lacking(composition: Composition, draft: PublicationDraft): string | undefined {
  if (composition.roots.length === 0) return 'Choose packages'
  if (draft.where === 'repository' && draft.to.trim() === '') return 'Say where to'
  if (draft.where === 'file' && exportReference(draft.file) === undefined) return 'Type an absolute path'
  return draft.tag.trim() === '' ? 'Type a tag' : undefined
}

/** Tag and target as far as they are said: what the preview's command and file are of. */
export function saidOf(draft: PublicationDraft): { readonly tag?: string; readonly to?: string } {
  const tag = draft.tag.trim()
  const to = targetOf(draft)
  return { ...(tag !== '' && { tag }), ...(to !== undefined && { to }) }
}

function targetOf({ where, to, file }: PublicationDraft): string | undefined {
  if (where === 'file') return exportReference(file)
  return where === 'repository' && to.trim() !== '' ? to.trim() : undefined
}

/** The act that publishes it; undefined while something is lacking. */
export function toRequest(
  repository: string,
  composition: Composition,
  draft: PublicationDraft,
): ActRequestInput | undefined {
  if (lacking(composition, draft) !== undefined) return undefined
  const { credentials, caFiles, insecure } = givenAccess(draft.access)
  const elsewhere = draft.where === 'repository' ? { toCredentials: credentials, caFiles, insecure } : {}
  return {
    kind: 'compose',
    repository,
    ...composition,
    tag: draft.tag.trim(),
    to: targetOf(draft),
    ...elsewhere,
    attachSbom: draft.attachSbom && draft.where !== 'file',
  }
}
