import { lstat, rename, rm, writeFile } from 'node:fs/promises'

/**
 * How a prefix comes into being, so that a run that is killed at any moment leaves nothing that the next one cannot tell:
 *
 *   <prefix>.partial      is unpacked and relocated; nobody looks at it
 *   <prefix>.unfinished   an empty file: the prefix is being put in place and is not in the database yet
 *   <prefix>.replaced     what was there before, until the new one is in the database
 *
 * Everything here is done while the prefix's lock is held.
 */
export const partialFolder = (prefix: string): string => `${prefix}.partial`
const unfinishedMark = (prefix: string): string => `${prefix}.unfinished`
const replacedFolder = (prefix: string): string => `${prefix}.replaced`

/** What is on the disk at a prefix and beside it. */
export interface PrefixState {
  /** The prefix, or what was there before somebody began to replace it. */
  readonly exists: boolean
  /** It was put in place, and perhaps never registered. */
  readonly unfinished: boolean
  /** Something of another run lies beside it: of one that was killed, or that is still at work. */
  readonly leftovers: boolean
}

export async function lookAtPrefix(prefix: string): Promise<PrefixState> {
  const places = [prefix, partialFolder(prefix), unfinishedMark(prefix), replacedFolder(prefix)]
  const [there = false, partial = false, unfinished = false, replaced = false] = await Promise.all(places.map(isThere))
  return { exists: there || replaced, unfinished, leftovers: partial || unfinished || replaced }
}

/**
 * Clears away what a killed run has left. `registered`: the database knows this prefix as installed. The mark without a
 * registration means that the prefix is not whole as far as Spack goes: it is removed, and what it replaced comes back.
 */
export async function clearLeftovers(prefix: string, registered: boolean): Promise<void> {
  await rm(partialFolder(prefix), { recursive: true, force: true })
  const replaced = await isThere(replacedFolder(prefix))
  const unfinished = await isThere(unfinishedMark(prefix))
  if (unfinished && replaced) {
    // The old package's record says "installed" too: only the files tell, and the old ones are surely whole.
    await rm(prefix, { recursive: true, force: true })
    await rename(replacedFolder(prefix), prefix)
  } else if (unfinished && !registered) await rm(prefix, { recursive: true, force: true })
  else if (replaced) await rm(replacedFolder(prefix), { recursive: true, force: true })
  await rm(unfinishedMark(prefix), { force: true })
}

/** Puts the partial folder in the prefix's place. Until `settle` or `undo` the prefix counts as unfinished. */
export async function putInPlace(prefix: string): Promise<void> {
  await writeFile(unfinishedMark(prefix), '')
  if (await isThere(prefix)) await rename(prefix, replacedFolder(prefix))
  await rename(partialFolder(prefix), prefix)
}

/** The database knows it now. The mark goes first: what is left of the old one is only rubbish then. */
export async function settle(prefix: string): Promise<void> {
  await rm(unfinishedMark(prefix), { force: true })
  await rm(replacedFolder(prefix), { recursive: true, force: true })
}

/** The database could not be written: all is as it was. */
export async function undo(prefix: string): Promise<void> {
  await clearLeftovers(prefix, false)
}

/** Whether anything has that name. */
export async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
