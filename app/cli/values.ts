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

/** Words with commas between them. */
export function parseList(value: string): readonly string[] {
  return value.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]))
}

/** An option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** An option that is given several times as `NAME=VALUE`; the last of one name counts. */
export function collectPairs(
  value: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = value.indexOf('=')
  if (at > 0) return { ...before, [value.slice(0, at)]: value.slice(at + 1) }
  throw new InvalidArgumentError('It has to be NAME=VALUE.')
}

/** The value of `--max-layers`; docker mounts no more than 127. */
export function parseLayers(value: string): number {
  return wholeNumber(value, 1, 127)
}

/** An entry point or a command: one word, or a JSON list as in a Dockerfile. Nothing is none. */
export function parseWords(value: string): readonly string[] {
  if (value === '') return []
  if (!value.startsWith('[')) {
    if (/^\S+$/.test(value)) return [value]
    throw new InvalidArgumentError('Several words are a JSON list: ["vim", "--version"].')
  }
  const words = readJson(value)
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words
  throw new InvalidArgumentError('It has to be a word, or a JSON list of words: ["vim", "--version"].')
}

/** A time as RFC 3339 has it. */
export function parseTime(value: string): string {
  const looksRight = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)
  if (looksRight && !Number.isNaN(Date.parse(value))) return value
  throw new InvalidArgumentError('It has to be a time like 2026-01-31T12:00:00Z.')
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function wholeNumber(value: string, from: number, to: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= from && number <= to) return number
  throw new InvalidArgumentError(`It has to be a whole number from ${from} to ${to}.`)
}
