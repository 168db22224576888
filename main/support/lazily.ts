/** Something that is made at its first use, and once. */
export interface Lazy<T> {
  (): Promise<T>
  /** It, if anybody has used it: what was never made need not be closed. */
  made(): Promise<T> | undefined
}

export function lazily<T>(make: () => Promise<T>): Lazy<T> {
  let made: Promise<T> | undefined
  const get = (): Promise<T> => {
    made ??= make()
    return made
  }
  return Object.assign(get, { made: () => made })
}
