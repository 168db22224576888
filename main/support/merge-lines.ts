import { diffLines, type Hunk, linesOf } from './line-diff.ts'

/**
 * The text with the changes of both sides, where these lie apart: at least one line that neither changed is between any two.
 * Undefined where they touch, and nobody but a person can say what is meant.
 */
export function mergeLines(base: string, mine: string, theirs: string): string | undefined {
  const own = diffLines(base, mine)
  const other = diffLines(base, theirs)
  if (own.some((a) => other.some((b) => touch(a, b)))) return undefined
  const lines = linesOf(base)
  const parts: string[] = []
  let at = 0
  for (const hunk of [...own, ...other].sort((a, b) => a.oldStart - b.oldStart)) {
    parts.push(...lines.slice(at, hunk.oldStart), ...hunk.added)
    at = hunk.oldStart + hunk.removed.length
  }
  return [...parts, ...lines.slice(at)].join('')
}

function touch(a: Hunk, b: Hunk): boolean {
  return a.oldStart <= b.oldStart + b.removed.length && b.oldStart <= a.oldStart + a.removed.length
}
