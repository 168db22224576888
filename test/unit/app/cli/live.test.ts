import { describe, expect, it } from 'vitest'
import { liveLines, liveView } from '../../../../app/cli/live.ts'
import type { Job, JobItem } from '../../../../main/api/models.ts'

const MiB = 1024 ** 2

function item(name: string, phase: JobItem['phase'], done = 0, total = 0): JobItem {
  return { key: name, name, phase, done, total }
}

function job(items: readonly JobItem[], progress: Partial<Job['progress']> = {}): Job {
  const itemsDone = items.filter((one) => one.phase === 'done').length
  const sums = { itemsDone, itemsTotal: items.length, bytesDone: 5 * MiB, bytesTotal: 10 * MiB, rate: 2 * MiB }
  return {
    id: 'a',
    kind: 'push',
    title: 'Push',
    state: 'running',
    startedAt: 0,
    command: '',
    log: [],
    stack: [],
    progress: { ...sums, items: [...items], ...progress },
  }
}

const textOf = (...parameters: Parameters<typeof liveLines>): string[] => liveLines(...parameters).map(([text]) => text)

describe('the live lines', () => {
  it('show what is packed and sent, and the whole with rate and time left', () => {
    const items = [
      item('zlib', 'done'),
      item('ncurses', 'pack', MiB, 4 * MiB),
      item('vim', 'upload', 2 * MiB, 4 * MiB),
      item('lua', 'waiting'),
    ]
    expect(textOf(job(items, { secondsLeft: 75 }), 100, 24)).toEqual([
      '  packing   ncurses ██████░░░░░░░░░░░░░░░░░░  25 %   1.0 MiB of 4.0 MiB',
      '  uploading vim     ████████████░░░░░░░░░░░░  50 %   2.0 MiB of 4.0 MiB',
      '████████████░░░░░░░░░░░░  50 %  1 of 4 done · 2.0 MiB/s · 1 min 15 s left',
    ])
  })

  it('count what is sent and waits for its tag, and what failed', () => {
    const items = [item('zlib', 'upload', MiB, MiB), item('vim', 'failed')]
    const lines = textOf(job(items), 100, 24)
    expect(lines[0]).toBe('  1 layer sent, the tags follow')
    expect(lines[1]).toContain('0 of 2 done · 1 failed')
  })

  it('do not say 100 % before the last tag is written', () => {
    const all = { bytesDone: 10 * MiB, bytesTotal: 10 * MiB }
    expect(textOf(job([item('vim', 'upload', MiB, MiB)], all), 100, 24).at(-1)).toContain(' 99 %')
    expect(textOf(job([item('vim', 'done')], all), 100, 24).at(-1)).toContain('100 %')
  })

  it('say why nothing moves, and that it is being stopped', () => {
    const lines = textOf(
      job([item('vim', 'waiting')], { waiting: 'ghcr.io: waiting 12 s (429)' }),
      100,
      24,
      'Stopping.',
    )
    expect(lines[0]).toBe('  ghcr.io: waiting 12 s (429)')
    expect(lines.at(-1)).toBe('Stopping.')
  })

  it.each([20, 40, 60, 80, 200])('stay within %i columns, whatever the names', (columns) => {
    const items = Array.from({ length: 12 }, (_, i) => item(`py-${'very-long-'.repeat(i)}name`, 'pack', i, 12))
    const lines = textOf(job(items, { waiting: 'x'.repeat(300) }), columns, 24)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns)
  })

  it('stay within the rows of a small terminal and count the rest', () => {
    const items = Array.from({ length: 60 }, (_, i) => item(`package${i}`, 'pack', 1, 2))
    const lines = textOf(job(items, { waiting: 'waiting' }), 80, 10, 'Stopping.')
    expect(lines.length).toBeLessThan(10)
    expect(lines).toContain('  and 55 more')
  })
})

/** As much of a terminal as the view needs. */
function stream(isTTY: boolean): { readonly written: string[]; readonly stream: NodeJS.WriteStream } {
  const written: string[] = []
  const write = (text: string): boolean => written.push(text) > 0
  return { written, stream: { isTTY, columns: 80, rows: 24, write } as unknown as NodeJS.WriteStream }
}

describe('the live view', () => {
  it('redraws in place on a terminal and leaves nothing behind', () => {
    const { written, stream: terminal } = stream(true)
    const view = liveView(terminal)
    view.update(job([item('vim', 'pack', 1, 2), item('lua', 'pack', 1, 2)]))
    view.update(job([item('vim', 'done'), item('lua', 'pack', 1, 2)]))
    view.end()
    expect(written[0]?.split('\n')).toHaveLength(4)
    expect(written[1]?.startsWith('\u001b[3A\r\u001b[0J')).toBe(true)
    expect(written[2]).toBe('\u001b[2A\r\u001b[0J')
  })

  it('writes a line for each package that ends and each new wait where there is no terminal', () => {
    const { written, stream: file } = stream(false)
    const view = liveView(file)
    const items = [item('vim', 'pack'), item('lua', 'done')]
    view.update(job(items, { waiting: 'waiting 3 s', waitingUntil: 7000 }))
    view.update(job(items, { waiting: 'waiting 2 s', waitingUntil: 7000 }))
    view.update(job(items, { waiting: 'waiting 5 s', waitingUntil: 12_000 }))
    view.update(job([item('vim', 'failed'), item('lua', 'done')]))
    view.end()
    expect(written).toEqual(['[1/2] done   lua\n', 'waiting 3 s\n', 'waiting 5 s\n', '[2/2] failed vim\n'])
  })
})
