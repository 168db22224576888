import type { ElfFacts } from '../api/catalog.ts'

/** Version names of glibc that are no numbers, and the release that has them first (`Versions.def`, its NEWS). */
const named: Readonly<Record<string, string>> = { GLIBC_ABI_DT_RELR: '2.36' }

/**
 * The C library that a file was linked with, as far as its needs tell: `glibc 2.34`, the oldest release that has every
 * symbol version that it asks for, or `musl`, which has no symbol versions. Undefined when nothing tells.
 */
export function libcOf(facts: Pick<ElfFacts, 'interpreter' | 'needed' | 'versions'>): string | undefined {
  const newest = glibcOf(facts.versions.flatMap(({ versions }) => versions))
  if (newest !== undefined) return `glibc ${newest}`
  const isMusl =
    /(^|\/)ld-musl-[^/]*$/.test(facts.interpreter ?? '') ||
    // Alpine's name of it, and the one that everybody else's musl has; glibc's is `libc.so.6`.
    facts.needed.some((name) => /^libc\.musl-.*\.so\.1$/.test(name) || name === 'libc.so')
  return isMusl ? 'musl' : undefined
}

/** The oldest release of glibc that has all of these symbol versions: `2.34`. Undefined when none of them is glibc's. */
export function glibcOf(versions: readonly string[]): string | undefined {
  return versions
    .flatMap((version) => named[version] ?? /^GLIBC_(\d+(?:\.\d+)+)$/.exec(version)?.[1] ?? [])
    .reduce((one: string | undefined, other) => (one && compare(one, other) > 0 ? one : other), undefined)
}

/** Number by number: 2.4 comes before 2.34. */
function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number))
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
