import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffLines, linesOf, unifiedDiff } from '../../../main/support/line-diff.ts'
import { mergeLines } from '../../../main/support/merge-lines.ts'

const text = fc
  .array(fc.constantFrom('a\n', 'b\n', 'c\n', 'd', '\r\n'), { maxLength: 14 })
  .map((lines) => lines.join(''))

/** The length of a longest common subsequence, the slow way. */
function common(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0)
  for (const line of a) {
    const next = [0]
    for (let j = 0; j < b.length; j++) {
      next.push(line === b[j] ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function applied(before: string, after: string): string {
  const lines = linesOf(before)
  const parts: string[] = []
  let at = 0
  for (const { oldStart, removed, added } of diffLines(before, after)) {
    expect(lines.slice(oldStart, oldStart + removed.length)).toEqual(removed)
    parts.push(...lines.slice(at, oldStart), ...added)
    at = oldStart + removed.length
  }
  return [...parts, ...lines.slice(at)].join('')
}

describe('a difference of lines', () => {
  it('turns one text into the other, with the fewest lines', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(applied(a, b)).toBe(b)
        const changed = diffLines(a, b).reduce((sum, hunk) => sum + hunk.removed.length + hunk.added.length, 0)
        expect(changed).toBe(linesOf(a).length + linesOf(b).length - 2 * common(linesOf(a), linesOf(b)))
      }),
      { numRuns: 500 },
    )
  })

  it('is printed as diff -u prints it', () => {
    const before = Array.from({ length: 20 }, (_, i) => `${i + 1}\n`).join('')
    const after = before.replace('2\n', 'two\n').replace('17\n', '').replace('20\n', '20')
    expect(unifiedDiff(before, after, { old: 'a', new: 'b' })).toBe(
      '--- a\n+++ b\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n@@ -14,7 +14,6 @@\n 14\n 15\n 16\n-17\n 18\n 19\n-20\n+20\n\\ No newline at end of file',
    )
    expect(unifiedDiff('', 'a\n', { old: '/dev/null', new: 'b' })).toBe('--- /dev/null\n+++ b\n@@ -0,0 +1 @@\n+a')
    expect(unifiedDiff('a', 'a', { old: 'a', new: 'b' })).toBe('')
  })

  it('of large texts that have nothing in common is one hunk', () => {
    const lines = (word: string): string => Array.from({ length: 3000 }, (_, i) => `${word} ${i}\n`).join('')
    expect(diffLines(lines('a'), lines('b'))).toHaveLength(1)
  })
})

describe('merging lines', () => {
  const base = 'a\nb\nc\nd\ne\n'
  it('keeps the changes of both sides where they lie apart', () => {
    expect(mergeLines(base, 'A\nb\nc\nd\ne\n', 'a\nb\nc\nd\nE\n')).toBe('A\nb\nc\nd\nE\n')
    expect(mergeLines(base, base, 'x\n')).toBe('x\n')
  })
  it('says no where they touch', () => {
    expect(mergeLines(base, 'a\nB\nc\nd\ne\n', 'a\nb\nC\nd\ne\n')).toBeUndefined()
    expect(mergeLines(base, 'a\nb\nc\nd\ne\nf\n', 'a\nb\nc\nd\ne\ng\n')).toBeUndefined()
  })
})
