import { QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useState } from 'react'
import type { EnvironmentRef, Job, Settings } from '../main/api/models.ts'
import type { RegistryList } from '../main/api/registries.ts'
import { refKey } from './app/routes.ts'
import { type Client, EngineError } from './client.ts'
import type { ConnectionState } from './transport.ts'

const ClientContext = createContext<Client | undefined>(undefined)
export const ClientProvider = ClientContext.Provider

/** The engine. Every component that talks to it gets it here. */
export function useClient(): Client {
  const client = useContext(ClientContext)
  if (!client) throw new Error('useClient outside of ClientProvider')
  return client
}

/** Answers of the engine stay fresh until something here changes them: it reads local files, not a remote service. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 10 * 60_000,
        networkMode: 'always',
        refetchOnWindowFocus: false,
        // An answer that is an error stays one; a broken connection is worth a second try.
        retry: (count, error) => !(error instanceof EngineError) && count < 2,
      },
      mutations: { networkMode: 'always' },
    },
  })
}

export const keys = {
  workspace: ['workspace'],
  settings: ['settings'],
  jobs: ['jobs'],
  cache: ['cache'],
  info: ['info'],
  environment: (ref: EnvironmentRef) => ['environment', refKey(ref)],
  sizes: (ref: EnvironmentRef) => ['sizes', refKey(ref)],
  /** Of what stands in Spack's own files: manifests, mirrors, padding. */
  files: ['files'],
  manifest: (ref: EnvironmentRef) => ['files', 'manifest', refKey(ref)],
  mirrors: (ref: EnvironmentRef) => ['files', 'mirrors', refKey(ref)],
  padding: (ref: EnvironmentRef) => ['files', 'padding', refKey(ref)],
  registries: ['registries'],
  /** Of everything that was read of images in registries. */
  images: ['images'],
  /** Below that of the registries: what makes those old makes this old. */
  whoami: (repository: string) => ['registries', 'whoami', repository],
} as const

export function useWorkspace() {
  const client = useClient()
  return useQuery({ queryKey: keys.workspace, queryFn: () => client.call('workspace.read', {}) })
}

export function useSettings() {
  const client = useClient()
  return useQuery({ queryKey: keys.settings, queryFn: () => client.call('settings.read', {}) })
}

export function useAppInfo() {
  const client = useClient()
  return useQuery({ queryKey: keys.info, queryFn: () => client.call('app.info', {}) })
}

export function useCacheInfo() {
  const client = useClient()
  return useQuery({ queryKey: keys.cache, queryFn: () => client.call('cache.info', {}), staleTime: 0 })
}

export function useJobs() {
  const client = useClient()
  return useQuery({ queryKey: keys.jobs, queryFn: () => client.call('jobs.list', {}) })
}

export function useRegistries() {
  const client = useClient()
  // Logins come and go outside of this window, by docker login for instance: they are read again whenever it opens.
  return useQuery({ queryKey: keys.registries, queryFn: () => client.call('registries.list', {}), staleTime: 5_000 })
}

/** Reads anew what Spack's own files say: one of them was written, or Spack has run. */
export async function spackFilesChanged(queries: QueryClient): Promise<void> {
  const old = [keys.files, keys.workspace, ['environment'], ['sizes']]
  await Promise.all(old.map((queryKey) => queries.invalidateQueries({ queryKey })))
}

/** Takes the list that a change has answered with; one that was asked for before the change must not come after it. */
export async function takeRegistries(queries: QueryClient, list: RegistryList): Promise<void> {
  await queries.cancelQueries({ queryKey: keys.registries })
  queries.setQueryData(keys.registries, list)
}

/** The logins for one repository; nothing is asked while there is none. */
export function useWhoami(repository: string | undefined) {
  const client = useClient()
  return useQuery({
    queryKey: keys.whoami(repository ?? ''),
    queryFn: () => client.call('registry.whoami', { to: repository ?? '' }),
    enabled: repository !== undefined,
    staleTime: 5_000,
  })
}

export function environmentQuery(client: Client, ref: EnvironmentRef) {
  // Read again whenever the screen opens: the user may have run Spack meanwhile. What was read before shows at once.
  return queryOptions({
    queryKey: keys.environment(ref),
    queryFn: () => client.call('environment.read', ref),
    staleTime: 5_000,
  })
}

export function useEnvironment(ref: EnvironmentRef | undefined) {
  const client = useClient()
  return useQuery({ ...environmentQuery(client, ref ?? { environment: '' }), enabled: ref !== undefined })
}

export function useSizes(ref: EnvironmentRef) {
  const client = useClient()
  return useQuery({ queryKey: keys.sizes(ref), queryFn: () => client.call('environment.sizes', ref) })
}

export function useConnection(): ConnectionState {
  const client = useClient()
  const [state, setState] = useState<ConnectionState>('connecting')
  useEffect(() => client.onState(setState), [client])
  return state
}

/** Writes some settings and shows them at once. */
export function useWriteSettings(): (change: Partial<Settings>) => Promise<void> {
  const client = useClient()
  const queries = useQueryClient()
  return async (change) => {
    queries.setQueryData<Settings>(keys.settings, (old) => old && { ...old, ...change })
    queries.setQueryData(keys.settings, await client.call('settings.write', change))
  }
}

/** Keeps jobs and settings as the engine's events say, and reads all anew after a lost connection. Once per window. */
export function useLiveQueries(): void {
  const client = useClient()
  const queries = useQueryClient()
  useEffect(() => {
    let lost = false
    const ends = [
      client.on('job.changed', (job) => {
        queries.setQueryData<readonly Job[]>(keys.jobs, (jobs) => withJob(jobs, job))
        if (job.endedAt === undefined) return
        void queries.invalidateQueries({ queryKey: keys.cache })
        if (job.kind === 'spack' || job.kind === 'install') void spackFilesChanged(queries)
        // Who else uses a layer, and what a tag is, may be different now.
        if (job.kind === 'push' || job.kind === 'act') void queries.invalidateQueries({ queryKey: keys.images })
      }),
      client.on('settings.changed', (settings) => queries.setQueryData(keys.settings, settings)),
      client.onState((state) => {
        if (state === 'open' && lost) void queries.invalidateQueries()
        lost = state === 'lost'
      }),
    ]
    return () => {
      for (const end of ends) end()
    }
  }, [client, queries])
}

/** The list with this job replaced, or put first when it is new. */
export function withJob(jobs: readonly Job[] | undefined, job: Job): readonly Job[] {
  if (!jobs) return [job]
  return jobs.some((j) => j.id === job.id) ? jobs.map((j) => (j.id === job.id ? job : j)) : [job, ...jobs]
}
