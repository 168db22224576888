import { describe, expect, it } from 'vitest'
import { createOutput, pageLines } from '../../../renderer/features/spack/output.ts'

const job = 'a'
const numbered = (from: number, count: number) => Array.from({ length: count }, (_, at) => `line ${from + at}`)
const page = (from: number, count: number, total: number) => ({
  lines: numbered(from, count).map((text, at) => ({ number: from + at, text })),
  total,
})

describe('the output of a run', () => {
  it('is put together from events, and what a flood left out is asked for', () => {
    const output = createOutput()
    output.takeEvent({ job, from: 0, lines: numbered(0, 3), total: 3 })
    expect(output.missing(0, 2)).toEqual([])
    output.takeEvent({ job, from: 1700, lines: numbered(1700, 500), total: 2200, partial: 'Go on? ' })
    expect([output.total(), output.partial(), output.line(2199), output.line(100)]).toEqual([
      2200,
      'Go on? ',
      'line 2199',
      undefined,
    ])
    expect(output.missing(0, 2300)).toEqual([0, 500, 1000, 1500])
    output.takePage(page(500, pageLines, 2200))
    expect(output.missing(600, 1600)).toEqual([1000, 1500])
  })

  it('does not shrink to what an older answer says', () => {
    const output = createOutput()
    output.takeEvent({ job, from: 0, lines: numbered(0, 10), total: 10, partial: 'half' })
    output.takePage(page(0, 4, 4))
    expect([output.total(), output.partial()]).toEqual([10, 'half'])
  })

  it('forgets what was not used for long, and knows that it did', () => {
    const output = createOutput()
    for (let from = 0; from < 200_000; from += pageLines) output.takePage(page(from, pageLines, 200_000))
    expect(output.line(0)).toBeUndefined()
    expect(output.missing(0, 10)).toEqual([0])
    expect(output.line(199_999)).toBe('line 199999')
  })
})
