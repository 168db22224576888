import type { CiProvider } from '../../../main/api/ci.ts'
import type { Input } from '../../../main/api/contract.ts'
import type { EnvironmentDetail, EnvironmentRef, Settings } from '../../../main/api/models.ts'
import { usualCache } from '../planning/access.ts'
import { createDrafts, useDraft, usualTag } from '../planning/drafts.ts'

export const providers = { github: 'GitHub Actions', gitlab: 'GitLab CI' } as const satisfies Record<CiProvider, string>

/** What the user has said of the CI files. `undefined` means not said: a default follows from the environment. */
export interface CiDraft {
  readonly provider: CiProvider
  readonly to: string | undefined
  readonly tag: string | undefined
  /** Empty for none. */
  readonly baseImage: string
  readonly targets: readonly string[]
}

export type CompleteDraft = CiDraft & { readonly to: string; readonly tag: string }
export type RecipeInput = Input<'ci.recipe'>

const fresh: CiDraft = { provider: 'github', to: undefined, tag: undefined, baseImage: '', targets: [] }

const useCiDrafts = createDrafts(fresh)

export function useCiDraft(ref: EnvironmentRef): readonly [CiDraft, (change: Partial<CiDraft>) => void] {
  return useDraft(useCiDrafts, ref)
}

/** The draft with its defaults filled in: the environment's own mirror, else the last target; its name as the tag. */
export function withDefaults(
  draft: CiDraft,
  environment: EnvironmentDetail | undefined,
  settings: Settings | undefined,
): CompleteDraft {
  return {
    ...draft,
    to: draft.to ?? usualCache(environment?.mirrors ?? [], settings?.recentTargets ?? []),
    tag: draft.tag ?? usualTag(environment?.name ?? ''),
  }
}

/** The request a complete draft stands for; undefined while it says no cache. */
export function toRequest(ref: EnvironmentRef, draft: CompleteDraft): RecipeInput | undefined {
  const text = (value: string) => (value.trim() === '' ? undefined : value.trim())
  const to = text(draft.to)
  if (to === undefined) return undefined
  const { provider, targets } = draft
  return { ...ref, provider, to, tag: text(draft.tag), baseImage: text(draft.baseImage), targets: [...targets] }
}

/** Targets as they are written: what no target can be called is left out, each once. */
export function targetsOf(written: readonly string[]): readonly string[] {
  const names = written.map((one) =>
    one
      .trim()
      .toLowerCase()
      .replace(/^target=/, ''),
  )
  return [...new Set(names.filter((one) => /^[a-z0-9][a-z0-9_.]*$/.test(one)))]
}
