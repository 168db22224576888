import { create } from 'zustand'
import type { Catalog, CatalogRow } from '../../../main/api/catalog.ts'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { type Client, errorBody } from '../../client.ts'
import { runName } from '../../run-name.ts'

/** What this window knows of one repository. */
export interface Catalogue {
  readonly state: 'reading' | 'read' | 'failed' | 'cancelled'
  readonly detail: 'index' | 'all'
  readonly rows: readonly CatalogRow[]
  /** How far the present or the cancelled reading came. */
  readonly progress: { readonly read: number; readonly total: number } | undefined
  /** Index, drift and command, of the last reading that came to its end. */
  readonly answer: Omit<Catalog, 'rows'> | undefined
  readonly error: ErrorBody | undefined
  /** Names the present reading to the engine. */
  readonly run: string
  /** Jobs that had ended when it was read: what another has done since is not in it. */
  readonly seenJobs: readonly string[]
}

interface Catalogues {
  readonly all: Readonly<Record<string, Catalogue>>
  readonly change: (repository: string, change: (old: Catalogue | undefined) => Catalogue | undefined) => void
}

/** Every catalogue this window has read. They outlive their page: whoever comes back finds what was read. */
export const useCatalogues = create<Catalogues>((set) => ({
  all: {},
  change: (repository, change) =>
    set(({ all }) => {
      const next = change(all[repository])
      return next ? { all: { ...all, [repository]: next } } : { all }
    }),
}))

export interface ReadOptions {
  readonly detail: 'index' | 'all'
  readonly endedJobs: readonly string[]
}

/** Reads a catalogue, rows as they come. What was known before stays on the screen meanwhile. */
export async function readCatalogue(client: Client, repository: string, options: ReadOptions): Promise<void> {
  const { change } = useCatalogues.getState()
  const run = runName()
  const { detail, endedJobs } = options
  change(repository, (old) => ({
    state: 'reading',
    detail,
    rows: old?.rows ?? [],
    progress: undefined,
    answer: old?.answer,
    error: undefined,
    run,
    seenJobs: endedJobs,
  }))
  // Of a reading that another has replaced nothing is taken any more.
  const settle = (make: (old: Catalogue) => Catalogue) =>
    change(repository, (old) => (old?.run === run ? make(old) : undefined))
  const end = client.on('catalog.progress', ({ run: name, read, total, rows }) => {
    if (name === run) settle((old) => ({ ...old, progress: { read, total }, rows: withRows(old.rows, rows) }))
  })
  try {
    const { rows, ...answer } = await client.call('catalog.read', { repository, detail, run })
    settle((old) => ({ ...old, state: 'read', progress: undefined, rows: keepEqual(old.rows, rows), answer }))
  } catch (thrown) {
    const error = errorBody(thrown)
    settle((old) => (error.code === 'cancelled' ? { ...old, state: 'cancelled' } : { ...old, state: 'failed', error }))
  } finally {
    end()
  }
}

/** Reads manifest and config of these tags into the catalogue. A tag that has no answer is gone. */
export async function readRows(client: Client, repository: string, tags: readonly string[]): Promise<void> {
  const { change } = useCatalogues.getState()
  const rows = await client.call('catalog.rows', { repository, tags: [...tags] }).catch((): undefined => undefined)
  // What cannot be read now is asked again with the next look at it.
  if (!rows) return
  const answered = new Set(rows.map((row) => row.tag))
  const gone = tags
    .filter((tag) => !answered.has(tag))
    .map((tag): CatalogRow => ({ tag, kind: 'damaged', read: true, problem: 'This tag has been deleted meanwhile.' }))
  change(repository, (old) => old && { ...old, rows: withRows(old.rows, [...rows, ...gone]) })
}

/** The rows with those that came since: a tag that is there already is replaced where it stands. */
export function withRows(old: readonly CatalogRow[], more: readonly CatalogRow[]): readonly CatalogRow[] {
  if (more.length === 0) return old
  const rows = new Map(old.map((row) => [row.tag, row]))
  for (const row of more) rows.set(row.tag, row)
  return [...rows.values()]
}

/** The new rows, each as the object that it was before when nothing changed: what was made of it is not made again. */
function keepEqual(old: readonly CatalogRow[], rows: readonly CatalogRow[]): readonly CatalogRow[] {
  const known = new Map(old.map((row) => [row.tag, row]))
  return rows.map((row) => {
    const before = known.get(row.tag)
    if (!before || before.listed !== row.listed || before.kind !== row.kind) return row
    // What was read of it on its own is more than the index says.
    if (before.read && !row.read) return before
    return before.read === row.read && before.digest === row.digest ? before : row
  })
}
