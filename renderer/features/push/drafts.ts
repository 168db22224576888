import type { EnvironmentDetail, EnvironmentRef, PushRequestInput, Settings } from '../../../main/api/models.ts'
import { type AccessDraft, freshAccess, givenAccess, usualCache } from '../planning/access.ts'
import { createDrafts, useDraft, usualTag } from '../planning/drafts.ts'

/** What the user has said on the Push page. `undefined` means not said: a default follows from the environment. */
export interface PushDraft extends AccessDraft {
  /** Specs (`/hash`); none means all roots. */
  readonly packages: readonly string[]
  readonly buildDependencies: boolean
  readonly to: string | undefined
  /** Empty for none. */
  readonly baseImage: string
  readonly tag: string | undefined
  readonly force: boolean
  readonly onlyPackages: boolean
  readonly updateIndex: boolean
  readonly private: boolean
  readonly allowMissing: boolean
  readonly failFast: boolean
  readonly jobs: number | undefined
}

const fresh: PushDraft = {
  ...freshAccess,
  packages: [],
  buildDependencies: true,
  to: undefined,
  baseImage: '',
  tag: undefined,
  force: false,
  onlyPackages: false,
  // Without it nobody finds the packages with `spack buildcache list`.
  updateIndex: true,
  private: false,
  allowMissing: false,
  failFast: false,
  jobs: undefined,
}

export const usePushDrafts = createDrafts(fresh)

export function usePushDraft(ref: EnvironmentRef): readonly [PushDraft, (change: Partial<PushDraft>) => void] {
  return useDraft(usePushDrafts, ref)
}

/** The draft with its defaults filled in: the environment's own mirror, else the last target; its name as the tag. */
export function withDefaults(
  draft: PushDraft,
  environment: EnvironmentDetail | undefined,
  settings: Settings | undefined,
): PushDraft & { readonly to: string; readonly tag: string } {
  return {
    ...draft,
    to: draft.to ?? usualCache(environment?.mirrors ?? [], settings?.recentTargets ?? []),
    tag: draft.tag ?? (environment && draft.packages.length === 0 ? usualTag(environment.name) : ''),
  }
}

/** The request a complete draft stands for; undefined while it says no target. */
export function toRequest(
  ref: EnvironmentRef,
  draft: PushDraft & { readonly to: string; readonly tag: string },
): PushRequestInput | undefined {
  const to = draft.to.trim()
  if (to === '') return undefined
  const text = (value: string) => (value.trim() === '' ? undefined : value.trim())
  return {
    ...ref,
    to,
    ...givenAccess(draft),
    packages: [...draft.packages],
    only: draft.onlyPackages ? 'package' : 'all',
    buildDependencies: draft.buildDependencies,
    baseImage: text(draft.baseImage),
    tag: text(draft.tag),
    updateIndex: draft.updateIndex,
    force: draft.force,
    private: draft.private,
    allowMissing: draft.allowMissing,
    failFast: draft.failFast,
    jobs: draft.jobs,
  }
}
