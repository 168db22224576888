import { create, type StoreApi, type UseBoundStore } from 'zustand'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import { refKey } from '../../app/routes.ts'

interface Drafts<D> {
  /** A form that nobody has said anything in. */
  readonly fresh: D
  readonly byRef: Readonly<Record<string, D>>
  readonly change: (ref: EnvironmentRef, change: Partial<D>) => void
}

/** One draft of a form an environment, for as long as the window lives: typed credentials go nowhere else. */
export function createDrafts<D extends object>(fresh: D): UseBoundStore<StoreApi<Drafts<D>>> {
  return create<Drafts<D>>((set) => ({
    fresh,
    byRef: {},
    change: (ref, change) =>
      set(({ byRef }) => {
        const key = refKey(ref)
        return { byRef: { ...byRef, [key]: { ...(byRef[key] ?? fresh), ...change } } }
      }),
  }))
}

/** The draft of an environment, and how to change it. */
export function useDraft<D>(
  useDrafts: UseBoundStore<StoreApi<Drafts<D>>>,
  ref: EnvironmentRef,
): readonly [D, (change: Partial<D>) => void] {
  const draft = useDrafts(({ byRef, fresh }) => byRef[refKey(ref)] ?? fresh)
  const change = useDrafts((drafts) => drafts.change)
  return [draft, (part) => change(ref, part)]
}

/** An environment's name as a tag, where the specification of tags takes it; else none. */
export function usualTag(name: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name) ? name : ''
}
