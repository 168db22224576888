import type { EnvironmentRef, Mirror, SpackInstance } from '../../../main/api/models.ts'
import { useEnvironment, useSettings, useWorkspace } from '../../engine.ts'
import type { CompleteDraft, InstallDraft } from './drafts.ts'

/** What the form offers: caches that are known here, and the Spack installations whose stores can be installed into. */
export interface Offers {
  readonly mirrors: readonly Mirror[]
  readonly recent: readonly string[]
  readonly instances: readonly SpackInstance[]
  /** Everything that could say otherwise has been read. */
  readonly ready: boolean
}

/** Where a mirror is fetched from. */
export function mirrorUrl({ fetchUrl, pushUrl }: Mirror): string {
  return fetchUrl ?? pushUrl ?? ''
}

/**
 * The draft with its defaults filled in: the store of the first Spack that is found here, the first mirror of the
 * environment that is asked for or of that Spack, else the last registry that was used.
 */
export function useDefaults(draft: InstallDraft): { readonly draft: CompleteDraft; readonly offers: Offers } {
  const settings = useSettings().data
  const workspace = useWorkspace().data
  // A Spack behind a sysroot lives elsewhere, or nowhere: nothing can be installed into its store from here.
  const instances = (workspace?.instances ?? []).filter((i) => i.sysroot === undefined && i.problem === undefined)
  const into = draft.into ?? instances[0]?.root ?? ''
  const source = sourceOfMirrors(draft, instances, into)
  const environment = useEnvironment(source)
  const mirrors = environment.data?.mirrors.filter((m) => m.oci) ?? []
  const recent = (settings?.recentTargets ?? []).filter((t) => !mirrors.some((m) => m.name === t))
  const [mirror] = mirrors
  const from = draft.from ?? (mirror ? mirrorUrl(mirror) : recent.find((t) => t.includes('/'))) ?? ''
  const ready = settings !== undefined && workspace !== undefined && !(source && environment.isPending)
  return { draft: { ...draft, from, into }, offers: { mirrors, recent, instances, ready } }
}

/** Mirrors are read with an environment: the one asked for, else any of the Spack that is installed into. */
function sourceOfMirrors(
  { choice, environment }: InstallDraft,
  instances: readonly SpackInstance[],
  into: string,
): EnvironmentRef | undefined {
  if (choice === 'environment' && environment) return environment
  return instances.find((i) => i.root === into)?.environments[0]?.ref
}
