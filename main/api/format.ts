import type { ExplainProgress } from './explain.ts'
import type { CheckProgress } from './install.ts'

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
const spoken = ['bytes', 'kibibytes', 'mebibytes', 'gibibytes', 'tebibytes'] as const

function scale(bytes: number): { readonly value: string; readonly unit: number } {
  let value = Math.max(0, bytes)
  let unit = 0
  // 1023.95 would print as 1024.0: go on to the next unit before that.
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return { value: unit === 0 ? String(Math.round(value)) : value.toFixed(value >= 100 ? 0 : 1), unit }
}

/** A size in binary units with one decimal, none from a hundred on: `512 B`, `2.2 MiB`, `128 MiB`. */
export function formatBytes(bytes: number): string {
  const { value, unit } = scale(bytes)
  return `${value} ${units[unit]}`
}

/** The same size as a screen reader should say it: `2.2 mebibytes`. */
export function speakBytes(bytes: number): string {
  const { value, unit } = scale(bytes)
  return `${value} ${spoken[unit]}`
}

/** Bytes a second: `42.1 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** A duration in its two largest units: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`
  const hours = Math.floor(minutes / 60)
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}

/** A count with separators: `50,000`. By hand: the first number that Intl formats costs a command 17 ms. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `1 package`, `15 packages`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** What a search left of a list: `3 of 15 packages`; `15 packages` where it left all. */
export function countFound(found: number, of: number, noun: string): string {
  return found === of ? plural(of, noun) : `${formatCount(found)} of ${plural(of, noun)}`
}

/** How long ago, in words: `just now`, `4 minutes ago`, `yesterday`; older than a month as a date. */
export function formatRelative(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${seconds} seconds ago`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${plural(minutes, 'minute')} ago`
  const hours = Math.round(minutes / 60)
  if (hours < 24) return `${plural(hours, 'hour')} ago`
  const days = Math.round(hours / 24)
  if (days === 1) return 'yesterday'
  if (days <= 30) return `${days} days ago`
  return new Date(at).toISOString().slice(0, 10)
}

/** Spack's way to name a package in few letters. */
export function shortHash(hash: string): string {
  return hash.slice(0, 7)
}

/** `sha256:` and the first twelve digits. */
export function shortDigest(digest: string): string {
  const [algorithm, hex] = digest.split(':')
  return hex === undefined ? digest : `${algorithm}:${hex.slice(0, 12)}`
}

/** Cuts the middle out of a text that is longer than `limit` characters; both ends stay, the last longer. */
export function cutMiddle(text: string, limit: number): string {
  if (text.length <= limit) return text
  const kept = limit - 1
  const head = Math.floor(kept * 0.4)
  return `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`
}

// What `padded_length` fills a store's root with (Spack's llnl/util and spack/util/path.py): whole placeholders, then
// a cut one.
const placeholder = '__spack_path_placeholder__'
const cut = Array.from(placeholder, (_, i) => placeholder.slice(0, placeholder.length - i)).join('|')
const padding = new RegExp(`(?:/${placeholder})+(?:_|/(?:${cut}))?(?=/|$)|/__spack_path_[a-z_]*(?=/|$)`)

/** The path with its padding folded: `/home/demo/spack/opt/spack/…[padded to 128]…/linux-debian12-x86_64`. */
export function foldPadding(path: string): string {
  const found = padding.exec(path)
  if (!found) return path
  const end = found.index + found[0].length
  return `${path.slice(0, found.index)}/…[padded to ${end}]…${path.slice(end)}`
}

/** Length of the padded root a path lies in; undefined when it is not padded. */
export function paddedLength(path: string): number | undefined {
  const found = padding.exec(path)
  return found ? found.index + found[0].length : undefined
}

/** `Looked into 3 of 8 packages, 12.0 MiB of 40.0 MiB fetched`. */
export function describeCheck({ packages, packagesTotal, bytesFetched, bytesToFetch }: CheckProgress): string {
  const looked = `Looked into ${formatCount(packages)} of ${plural(packagesTotal, 'package')}`
  if (bytesToFetch === 0) return looked
  return `${looked}, ${formatBytes(bytesFetched)} of ${formatBytes(bytesToFetch)} fetched`
}

/** `Reading 2,000 tags, 640 so far`, as of any reading of tags. */
export function describeReading({ read, total }: { readonly read: number; readonly total: number }): string {
  return `Reading ${plural(total, 'tag')}, ${formatCount(read)} so far`
}

/** `Looked at 312 of 2,000 packages`; before that how many tags have been read. */
export function describeExplaining({ what, done, total }: ExplainProgress): string {
  if (what === 'tags') return describeReading({ read: done, total })
  return `Looked at ${formatCount(done)} of ${plural(total, 'package')}`
}

/** A tag or digest with its DAG hash, or its digits, cut to what people read. */
export function shortTag(tag: string): string {
  if (tag.includes(':')) return shortDigest(tag)
  return tag
    .replace(/\b[a-z2-7]{32}(?=\.spack$)/, (hash) => shortHash(hash))
    .replace(/\b[0-9a-f]{64}\b/, (hex) => `${hex.slice(0, 12)}…`)
}

/** The last part of a path: `spack.yaml` of `/env/spack.yaml`. */
export function lastPart(path: string): string {
  return path.split('/').filter(Boolean).at(-1) ?? path
}
