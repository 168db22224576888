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
