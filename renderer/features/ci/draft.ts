import { create } from 'zustand'
import type { CiProvider } from '../../../main/api/ci.ts'
import type { Input } from '../../../main/api/contract.ts'
import type { EnvironmentDetail, EnvironmentRef, Settings } from '../../../main/api/models.ts'
import { refKey } from '../../app/routes.ts'
import { usualCache } from '../planning/access.ts'

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

interface Drafts {
  readonly byRef: Readonly<Record<string, CiDraft>>
  readonly change: (ref: EnvironmentRef, change: Partial<CiDraft>) => void
}

/** One draft an environment, for as long as the window lives. */
export const useCiDrafts = create<Drafts>((set) => ({
  byRef: {},
  change: (ref, change) =>
    set(({ byRef }) => ({
      byRef: { ...byRef, [refKey(ref)]: { ...(byRef[refKey(ref)] ?? fresh), ...change } },
    })),
}))

export function useCiDraft(ref: EnvironmentRef): readonly [CiDraft, (change: Partial<CiDraft>) => void] {
  const draft = useCiDrafts(({ byRef }) => byRef[refKey(ref)] ?? fresh)
  const change = useCiDrafts((drafts) => drafts.change)
  return [draft, (part) => change(ref, part)]
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

/** An environment's name as a tag, where the specification of tags takes it. */
function usualTag(name: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name) ? name : ''
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
