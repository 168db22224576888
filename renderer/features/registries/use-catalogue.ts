import { useCallback, useEffect, useRef } from 'react'
import type { Job } from '../../../main/api/models.ts'
import { useClient, useJobs, useSettings, useWriteSettings } from '../../engine.ts'
import { type Catalogue, readCatalogue, readRows, useCatalogues } from './catalogues.ts'
import type { TagRow } from './rows.ts'

// Long enough that flicking through ten thousand rows asks for none of them.
const restBeforeRows = 150
const rowsAtOnce = 500
const recentKept = 20

interface CatalogueHandle {
  readonly catalogue: Catalogue | undefined
  readonly read: (detail: 'index' | 'all') => void
  readonly cancel: () => void
  /** Says which rows can be seen: those that nobody has read are, a moment later. */
  readonly see: (rows: readonly TagRow[]) => void
}

/** A repository's catalogue. It is read when the page opens for the first time, and again when a job has changed it. */
export function useCatalogue(repository: string): CatalogueHandle {
  const client = useClient()
  const jobs = useJobs().data
  const catalogue = useCatalogues(({ all }) => all[repository])
  const known = useRef({ catalogue, jobs })
  known.current = { catalogue, jobs }
  const read = useCallback(
    (detail: 'index' | 'all') =>
      void readCatalogue(client, repository, { detail, endedJobs: endedJobs(known.current.jobs) }),
    [client, repository],
  )
  const stale =
    catalogue === undefined ||
    (catalogue.state !== 'reading' && endedJobs(jobs).some((id) => !catalogue.seenJobs.includes(id)))
  useEffect(() => {
    if (stale && jobs) read(known.current.catalogue?.detail ?? 'index')
  }, [stale, jobs, read])
  useRemember(repository, catalogue)

  const asked = useRef(new Set<string>())
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const see = useCallback(
    (rows: readonly TagRow[]) => {
      clearTimeout(timer.current)
      const unread = rows.filter(({ row }) => !row.read && !asked.current.has(row.tag)).map(({ row }) => row.tag)
      if (unread.length === 0) return
      timer.current = setTimeout(() => {
        const tags = unread.slice(0, rowsAtOnce)
        for (const tag of tags) asked.current.add(tag)
        void readRows(client, repository, tags)
      }, restBeforeRows)
    },
    [client, repository],
  )
  return {
    catalogue,
    read,
    cancel: () => catalogue && void client.call('run.cancel', { run: catalogue.run }),
    see,
  }
}

/** Jobs that may have changed a repository and are over. */
function endedJobs(jobs: readonly Job[] | undefined): readonly string[] {
  return (jobs ?? []).filter((job) => job.endedAt !== undefined && job.kind !== 'install').map((job) => job.id)
}

/** A repository that could be read is offered from then on. */
function useRemember(repository: string, catalogue: Catalogue | undefined): void {
  const settings = useSettings().data
  const write = useWriteSettings()
  const name = catalogue?.answer?.repository ?? repository
  const recent = settings?.recentTargets
  const next = catalogue?.state === 'read' && recent && !recent.includes(name) ? [name, ...recent] : undefined
  useEffect(() => {
    if (next) void write({ recentTargets: next.slice(0, recentKept) })
  })
}
