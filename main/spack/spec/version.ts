/** Versions that are newer than every number, the last the newest (Spack's `version/common.py`). */
const infinite = ['stable', 'nightly', 'trunk', 'head', 'master', 'main', 'develop']
const prereleases = ['alpha', 'beta', 'rc']

/** Numbers and words of a version, and how final it is: 0 to 2 for alpha, beta and rc, 3 for a release. */
interface ParsedVersion {
  readonly release: readonly (number | string)[]
  readonly prerelease: readonly number[]
}

/** Below 0 when `a` is the older one: Spack's order of concrete versions (`StandardVersion` in `version_types.py`). */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)]
  return compareLists(left.release, right.release) || compareLists(left.prerelease, right.prerelease)
}

/**
 * Whether a concrete version satisfies what stands behind `@` in a spec: `1.2` and everything that begins with it, `=1.2`
 * alone, a range `1.2:1.4`, `1.2:` or `:1.4`, or several of these with commas. A range's end takes in all that begins with
 * it: `:1.4` includes 1.4.7 (`ClosedOpenRange` in Spack's `version_types.py`).
 */
export function satisfiesVersion(version: string, wanted: string): boolean {
  return wanted.split(',').some((one) => {
    if (one.startsWith('=')) return compareVersions(version, one.slice(1)) === 0
    const [from = '', to = from, ...rest] = one.split(':')
    if (rest.length > 0) return false
    return (from === '' || compareVersions(from, version) <= 0) && (to === '' || isBelowNext(version, to))
  })
}

/** Below the version that comes after all that begin with `end`; 1.5-alpha is: `:1.4` includes it, as in Spack. */
function isBelowNext(version: string, end: string): boolean {
  const { release, prerelease } = parse(version)
  const {
    release: last,
    prerelease: [kind = 0, number = -1],
  } = parse(end)
  if (kind < prereleases.length)
    return (compareLists(release, last) || compareLists(prerelease, [kind, number + 1])) < 0
  const part = last.at(-1)
  if (typeof part === 'string') return compareLists(release.slice(0, last.length), last) <= 0
  const next = [...last.slice(0, -1), (part ?? 0) + 1]
  return (compareLists(release, next) || compareLists(prerelease, [prereleases.length])) < 0
}

function parse(text: string): ParsedVersion {
  // A git version is as new as the version that it stands for: `git.main=1.2`.
  const version = text.slice(text.lastIndexOf('=') + 1)
  const release = (version.match(/\d+|[A-Za-z]+/g) ?? []).map((one) => (/^\d/.test(one) ? Number(one) : one))
  const [before, last] = [release.at(-2), release.at(-1)]
  if (release.length >= 3 && typeof last === 'number' && prereleases.includes(String(before))) {
    return { release: release.slice(0, -2), prerelease: [prereleases.indexOf(String(before)), last] }
  }
  if (release.length >= 2 && prereleases.includes(String(last))) {
    return { release: release.slice(0, -1), prerelease: [prereleases.indexOf(String(last))] }
  }
  return { release, prerelease: [prereleases.length] }
}

function compareLists(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at]
    if (right === undefined) return 1
    const order = rank(left) - rank(right) || (left < right ? -1 : left > right ? 1 : 0)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** A word is older than any number, and one that means the tip of a branch newer. */
function rank(part: number | string): number {
  if (typeof part === 'number') return 1
  return infinite.includes(part) ? 2 + infinite.indexOf(part) : 0
}
