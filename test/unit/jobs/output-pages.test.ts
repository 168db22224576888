import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOutputLog } from '../../../main/jobs/output-log.ts'
import { openOutputPages } from '../../../main/jobs/output-pages.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-output-'))
  file = join(folder, 'jobs', 'one.log')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `line ${from + at} of \u001b[32mmany\u001b[0m`)

async function written(lines: readonly string[]): Promise<void> {
  const log = await createOutputLog(file)
  await log.append(lines)
  await log.close()
}

describe('pages of a kept output', () => {
  it('begin anywhere, end where asked, and say where the next one begins', async () => {
    await written(numbered(0, 5000))
    const pages = openOutputPages()
    for (const from of [0, 1, 1023, 1024, 1025, 4000]) {
      const { lines, total, next } = await pages.read(file, { from, count: 3 })
      expect(lines).toEqual(numbered(from, from + 3).map((text, at) => ({ number: from + at, text })))
      expect([total, next]).toEqual([5000, from + 3])
    }
    expect(await pages.read(file, { from: -2, count: 500 })).toEqual({
      lines: numbered(4998, 5000).map((text, at) => ({ number: 4998 + at, text })),
      total: 5000,
    })
    expect(await pages.read(file, { from: 5000, count: 1 })).toEqual({ lines: [], total: 5000 })
  })

  it('follow a file that grows, a line that is half written left out', async () => {
    const log = await createOutputLog(file)
    const pages = openOutputPages()
    await log.append(['one'])
    expect((await pages.read(file, { from: 0, count: 9 })).total).toBe(1)
    await log.append(['two'])
    await appendFile(file, 'half')
    const both = await Promise.all([1, 2].map(() => pages.read(file, { from: 0, count: 9 })))
    for (const page of both) expect(page).toMatchObject({ total: 2, lines: [{ text: 'one' }, { text: 'two' }] })
    await log.close()
  })

  it('find words across colours, whatever their case', async () => {
    await written(numbered(0, 3000))
    const pages = openOutputPages()
    const { lines, next } = await pages.read(file, { from: 0, count: 2, search: 'LINE 27 OF MANY' })
    expect([lines.map((line) => line.number), next]).toEqual([[27], undefined])
    const some = await pages.read(file, { from: 0, count: 2, search: '99 of' })
    expect([some.lines.map((line) => line.number), some.next]).toEqual([[99, 199], 299])
  })

  it('are empty for what is not there', async () => {
    expect(await openOutputPages().read(file, { from: 0, count: 1 })).toEqual({ lines: [], total: 0 })
  })
})

describe('the file of an output', () => {
  it('stops at its limit and says so', async () => {
    const log = await createOutputLog(file, 100)
    for (let line = 0; line < 50; line++) await log.append(['0123456789'])
    await log.close()
    expect(log.total()).toBe(9)
    expect(await readFile(file, 'utf8')).toHaveLength(99)
    expect(log.problem()).toContain('not kept')
  })

  it('that cannot be made ends nothing', async () => {
    await written(['before'])
    const log = await createOutputLog(join(file, 'below-a-file'))
    await log.append(['lost'])
    expect([log.total(), log.problem()]).toEqual([0, expect.stringContaining('not kept')])
  })
})
