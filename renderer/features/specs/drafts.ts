import { useEffect } from 'react'
import { create } from 'zustand'
import { createJSONStorage, persist } from 'zustand/middleware'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import type { ManifestText } from '../../../main/api/spack-files.ts'
import { refKey } from '../../app/routes.ts'
import { restingStorage } from '../../resting-storage.ts'

type FileState = Pick<ManifestText, 'text' | 'digest'>

/** A spack.yaml that is being written: its text, and what the file said when that began. */
export interface SpecsDraft {
  readonly text: string
  readonly base: FileState
}

/** What was written last, and what it asks for. */
export interface Written {
  readonly kind: 'roots' | 'view' | 'text'
  /** Somebody else's change is in the file, too. */
  readonly merged: boolean
}

interface Drafts {
  readonly byRef: Readonly<Record<string, SpecsDraft>>
  readonly written: Readonly<Record<string, Written>>
  readonly write: (ref: EnvironmentRef, text: string, file: FileState) => void
  /** Goes on from what the file says now: the text is compared with that. */
  readonly rebase: (ref: EnvironmentRef, file: FileState) => void
  readonly discard: (ref: EnvironmentRef) => void
  readonly tell: (ref: EnvironmentRef, written: Written | undefined) => void
}

/**
 * One draft an environment. It outlives its page, and a reload of the window as well. A text that is the file's own is
 * none.
 */
export const useSpecsDrafts = create<Drafts>()(
  persist(
    (set) => ({
      byRef: {},
      written: {},
      write: (ref, text, { text: now, digest }) =>
        set(({ byRef }) => {
          const base = byRef[refKey(ref)]?.base ?? { text: now, digest }
          return { byRef: text === base.text ? without(byRef, ref) : { ...byRef, [refKey(ref)]: { text, base } } }
        }),
      rebase: (ref, { text: now, digest }) =>
        set(({ byRef }) => {
          const text = byRef[refKey(ref)]?.text
          if (text === undefined || text === now) return { byRef: without(byRef, ref) }
          return { byRef: { ...byRef, [refKey(ref)]: { text, base: { text: now, digest } } } }
        }),
      discard: (ref) => set(({ byRef }) => ({ byRef: without(byRef, ref) })),
      tell: (ref, now) =>
        set(({ written }) => ({ written: now ? { ...written, [refKey(ref)]: now } : without(written, ref) })),
    }),
    {
      name: 'strata-specs',
      storage: createJSONStorage(() => restingStorage(window.sessionStorage)),
      partialize: ({ byRef }) => ({ byRef }),
    },
  ),
)

function without<T>(record: Readonly<Record<string, T>>, ref: EnvironmentRef): Readonly<Record<string, T>> {
  const { [refKey(ref)]: _, ...rest } = record
  return rest
}

/** Whether something was typed into an environment's spack.yaml that is not written yet. */
export function useUnsaved(ref: EnvironmentRef): boolean {
  return useSpecsDrafts(({ byRef }) => byRef[refKey(ref)] !== undefined)
}

/** Has the browser, or the shell around it, ask before a window is closed in which something was typed and not written. */
export function useAskBeforeClosing(): void {
  const unsaved = useSpecsDrafts(({ byRef }) => Object.keys(byRef).length > 0)
  useEffect(() => {
    if (!unsaved) return
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [unsaved])
}
