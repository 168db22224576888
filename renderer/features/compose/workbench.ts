import { useCallback, useMemo } from 'react'
import { create } from 'zustand'
import { createJSONStorage, persist } from 'zustand/middleware'
import type { Composition } from '../../../main/api/compose.ts'
import { restingStorage } from '../../resting-storage.ts'
import { emptyComposition } from './composition.ts'
import { changed, type History, historyOf, redone, undone } from './history.ts'
import { freshPublication, type PublicationDraft } from './publication.ts'

interface Bench {
  readonly history: History<Composition>
  readonly publication: PublicationDraft
}

interface Benches {
  readonly all: Readonly<Record<string, Bench>>
  readonly set: (repository: string, change: (bench: Bench) => Bench) => void
}

const fresh: Bench = { history: historyOf(emptyComposition), publication: freshPublication }

/**
 * What is being composed, a composition a cache. It outlives its page, and a reload of the window as well: but for typed
 * credentials, which stay in memory, and the steps that led there.
 */
export const useBenches = create<Benches>()(
  persist(
    (set) => ({
      all: {},
      set: (repository, change) =>
        set(({ all }) => ({ all: { ...all, [repository]: change(all[repository] ?? fresh) } })),
    }),
    {
      name: 'strata-compose',
      storage: createJSONStorage(() => restingStorage(window.sessionStorage)),
      partialize: ({ all }) => ({
        all: Object.fromEntries(
          Object.entries(all).map(([repository, { history, publication }]) => [
            repository,
            {
              history: historyOf(history.present),
              publication: { ...publication, access: freshPublication.access },
            },
          ]),
        ),
      }),
    },
  ),
)

export interface Workbench {
  readonly composition: Composition
  readonly publication: PublicationDraft
  readonly canUndo: boolean
  readonly canRedo: boolean
  /** `typing` names the field that is typed into: going back takes all of it at once. */
  readonly change: (change: (composition: Composition) => Composition, typing?: string) => void
  readonly undo: () => void
  readonly redo: () => void
  readonly publish: (change: Partial<PublicationDraft>) => void
}

/** What is being composed from the packages of a repository, and how to change it. */
export function useWorkbench(repository: string): Workbench {
  const { history, publication } = useBenches(({ all }) => all[repository]) ?? fresh
  const set = useBenches((benches) => benches.set)
  const step = useCallback(
    (make: (history: History<Composition>) => History<Composition>) =>
      set(repository, (bench) => ({ ...bench, history: make(bench.history) })),
    [repository, set],
  )
  const acts = useMemo(
    () => ({
      change: (make: (composition: Composition) => Composition, typing?: string) =>
        step((old) => changed(old, make(old.present), typing)),
      undo: () => step(undone),
      redo: () => step(redone),
      publish: (change: Partial<PublicationDraft>) =>
        set(repository, (bench) => ({ ...bench, publication: { ...bench.publication, ...change } })),
    }),
    [repository, set, step],
  )
  // The same object until something changes: panes that get it are rendered anew only then.
  return useMemo(
    () => ({
      composition: history.present,
      publication,
      canUndo: history.past.length > 0,
      canRedo: history.future.length > 0,
      ...acts,
    }),
    [history, publication, acts],
  )
}
