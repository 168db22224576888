/** A value with all that it was, and, after going back, all that it was to be. */
export interface History<T> {
  readonly past: readonly T[]
  readonly present: T
  readonly future: readonly T[]
  /** What is being typed: letters of one word are one step. */
  readonly typing: string | undefined
}

// Nobody goes back further, and what is kept is small.
const longest = 200

export function historyOf<T>(present: T): History<T> {
  return { past: [], present, future: [], typing: undefined }
}

/** A step on. `typing` names the field that is typed into: further letters there make the same step. */
export function changed<T>(history: History<T>, next: T, typing?: string): History<T> {
  if (next === history.present) return history
  const same = typing !== undefined && typing === history.typing
  const past = same ? history.past : [...history.past, history.present].slice(-longest)
  return { past, present: next, future: [], typing }
}

export function undone<T>(history: History<T>): History<T> {
  const present = history.past.at(-1)
  if (present === undefined) return history
  const future = [history.present, ...history.future]
  return { past: history.past.slice(0, -1), present, future, typing: undefined }
}

export function redone<T>(history: History<T>): History<T> {
  const [present, ...future] = history.future
  if (present === undefined) return history
  return { past: [...history.past, history.present], present, future, typing: undefined }
}
