import { create } from 'zustand'
import type { Chosen } from './facets.ts'

export interface TagFilter {
  readonly query: string
  readonly chosen: Chosen
}

const fresh: TagFilter = { query: '', chosen: {} }

interface Filters {
  readonly all: Readonly<Record<string, TagFilter>>
  readonly set: (repository: string, filter: TagFilter) => void
}

const useFilters = create<Filters>((set) => ({
  all: {},
  set: (repository, filter) => set(({ all }) => ({ all: { ...all, [repository]: filter } })),
}))

/** The filter of a repository's tags. Whoever opens a tag and comes back finds it as it was. */
export function useTagFilter(repository: string): readonly [TagFilter, (filter: TagFilter) => void] {
  const filter = useFilters(({ all }) => all[repository]) ?? fresh
  const set = useFilters((filters) => filters.set)
  return [filter, (next) => set(repository, next)]
}
