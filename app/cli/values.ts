import { InvalidArgumentError } from 'commander'

/** The value of `--jobs`; the contract's bounds, said in words before anything is opened. */
export function parseJobs(value: string): number {
  return wholeNumber(value, 1, 512)
}

/** The value of `--port`; 0 is any free one. */
export function parsePort(value: string): number {
  return wholeNumber(value, 0, 65_535)
}

/** A count of at least one. */
export function parseCount(value: string): number {
  return wholeNumber(value, 1, 1_000_000)
}

/** A length of a path, in characters; 0 is none. */
export function parseLength(value: string): number {
  return wholeNumber(value, 0, 4096)
}

/** A number of days; half a day is one, too. */
export function parseDays(value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
  if (number <= 100_000) return number
  throw new InvalidArgumentError('It has to be a number of days.')
}

/** An option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function wholeNumber(value: string, from: number, to: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= from && number <= to) return number
  throw new InvalidArgumentError(`It has to be a whole number from ${from} to ${to}.`)
}
