import type { EnvironmentDetail, EnvironmentRef } from '../../../main/api/models.ts'
import type { SpackAction, SpackRunRequestInput } from '../../../main/api/spack-runs.ts'
import { assertNever } from '../../ui/assert.ts'
import { createDrafts, useDraft } from '../planning/drafts.ts'

/** How Spack is to do what it does. What, and with which specs, stands in the address. */
export interface SpackDraft {
  /** `usual`: as it is configured. */
  readonly solve: 'usual' | 'reuse' | 'fresh'
  readonly jobs: number | undefined
  /** Concretize what is concretized already, too. */
  readonly anew: boolean
  /** Build nothing; or everything, whatever a cache has. Both at once cannot be. */
  readonly cacheOnly: boolean
  readonly noCache: boolean
  readonly add: boolean
  readonly dependents: boolean
  /** Uninstall though others depend on it. */
  readonly regardless: boolean
  readonly remove: boolean
}

const fresh: SpackDraft = {
  solve: 'usual',
  jobs: undefined,
  anew: false,
  cacheOnly: false,
  noCache: false,
  add: false,
  dependents: false,
  regardless: false,
  remove: false,
}

const useDrafts = createDrafts(fresh)

export function useSpackDraft(ref: EnvironmentRef): readonly [SpackDraft, (change: Partial<SpackDraft>) => void] {
  return useDraft(useDrafts, ref)
}

/** What one most likely wants: nothing can be installed before it is concretized. */
export function likelyAction(environment: EnvironmentDetail | undefined): SpackAction {
  return environment?.concretized === false ? 'concretize' : 'install'
}

/** What the engine is asked for; undefined while it lacks something. */
export function toRequest(
  ref: EnvironmentRef,
  action: SpackAction,
  specs: readonly string[],
  draft: SpackDraft,
): SpackRunRequestInput | undefined {
  const { jobs, cacheOnly, noCache, dependents, remove } = draft
  const solving = { solve: draft.solve === 'usual' ? undefined : draft.solve, jobs }
  switch (action) {
    case 'concretize':
      return { ...ref, action, ...solving, force: draft.anew }
    case 'install':
      return { ...ref, action, ...solving, specs: [...specs], cacheOnly, noCache, add: draft.add && specs.length > 0 }
    case 'uninstall':
      if (specs.length === 0) return undefined
      return { ...ref, action, specs: [...specs], dependents, force: draft.regardless, remove }
    case 'find':
      return { ...ref, action, specs: [...specs] }
    default:
      return assertNever(action)
  }
}
