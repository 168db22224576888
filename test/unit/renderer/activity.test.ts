import { describe, expect, it } from 'vitest'
import type { JobItem } from '../../../main/api/models.ts'
import { failuresOf, installSteps, shortenLine } from '../../../renderer/features/activity/progress.ts'

describe('a line of the log', () => {
  it('shows digests and hashes as short as everywhere else', () => {
    const hash = 'javfv4npq27ua4kua36pyc62su5kbq3s'
    expect(shortenLine(`linux-x86_64-gcc-12.2.0-ncurses-6.4-${hash}.spack sha256:${'5d0f1c9a'.repeat(8)}`)).toBe(
      'linux-x86_64-gcc-12.2.0-ncurses-6.4-javfv4n.spack sha256:5d0f1c9a5d0f',
    )
  })

  it('leaves words alone', () => {
    expect(shortenLine('index.spack: passed over cowsay-3.03.spack')).toBe('index.spack: passed over cowsay-3.03.spack')
  })
})

describe('the steps of a package that is installed', () => {
  const at = (phase: JobItem['phase'], done = 0, total = 0) =>
    installSteps({ key: 'k', name: 'zlib', phase, done, total })

  it('fill one after the other', () => {
    expect(at('waiting')).toEqual({ fetch: 0, unpack: 0, register: 0 })
    expect(at('fetch', 1, 4)).toEqual({ fetch: 0.25, unpack: 0, register: 0 })
    expect(at('unpack', 3, 4)).toEqual({ fetch: 1, unpack: 0.75, register: 0 })
    expect(at('register')).toEqual({ fetch: 1, unpack: 1, register: 0.5 })
    expect(at('done', 4, 4)).toEqual({ fetch: 1, unpack: 1, register: 1 })
  })

  it('never pass their end, whatever a guess of the size said', () => {
    expect(at('unpack', 9, 4).unpack).toBe(1)
  })
})

it('failures are those of a push or of an install', () => {
  const failed = [{ hash: 'h', name: 'nano', error: { code: 'digest-mismatch', message: 'not it' } }] as const
  const job = { result: undefined, installed: { installed: [], failed: [...failed], bytesFetched: 0, seconds: 1, usage: [] } } // biome-ignore format: plain data
  expect(failuresOf(job)).toHaveLength(1)
})
