import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPrefixMap } from '../../../main/relocate/prefix-map.ts'
import { isBackupFile, relocateText, TextRelocation } from '../../../main/relocate/text.ts'

const moves = [
  { from: '/old/s.x/pkg-é', to: '/n' },
  { from: '/old/s.x', to: '/a/much/longer/root' },
  { from: '/z', to: '/z' },
]
const [pkg, root, still] = moves as [(typeof moves)[0], (typeof moves)[0], (typeof moves)[0]]
const map = createPrefixMap({
  sbang: { from: '/old/bin/sbang', to: '/b/sbang' },
  packages: [pkg, still],
  storeRoot: root,
})

const relocated = (text: string) => (relocateText(Buffer.from(text), map) ?? Buffer.from(text)).toString()

/** Spack's expression over a whole file. */
function naive(text: Buffer): Buffer {
  const pairs = [...moves.slice(0, 2), { from: '/old/bin/sbang', to: '/b/sbang' }, still]
  const bytes = (path: string) => Buffer.from(path).toString('latin1')
  const old = pairs.map(({ from }) => bytes(from).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  const word = 'a-zA-Z0-9_\\-'
  const expression = new RegExp(`(?<![${word}/])([${word}]*?)(${old})([${word}/]*)`, 'g')
  const to = new Map(pairs.map((pair) => [bytes(pair.from), bytes(pair.to)]))
  return Buffer.from(
    text.toString('latin1').replace(expression, (_, before, from, after) => `${before}${to.get(from)}${after}`),
    'latin1',
  )
}

describe('old paths in a text', () => {
  test.each([
    ['prefix=/old/s.x\n', 'prefix=/a/much/longer/root\n'],
    ['-L/old/s.x/pkg-é/lib:/old/s.x/lib', '-L/n/lib:/a/much/longer/root/lib'],
    ['#!/bin/sh /old/bin/sbang\n', '#!/bin/sh /b/sbang\n'],
    ['/old/s.x', '/a/much/longer/root'],
  ])('%j becomes %j', (before, after) => {
    expect(relocated(before)).toBe(after)
  })

  test('stay where they are the end of another path', () => {
    expect(relocated('/usr/old/s.x /usr/-w/old/s.x')).toBe('/usr/old/s.x /usr/-w/old/s.x')
  })

  test('stay inside the path that a replaced one begins, up to the first character that ends a path', () => {
    expect(relocated('/old/s.x/b/old/s.x')).toBe('/a/much/longer/root/b/old/s.x')
    expect(relocated('/old/s.x/b.d/old/s.x')).toBe('/a/much/longer/root/b.d/a/much/longer/root')
  })

  test('are replaced where nothing ends them, as in Spack', () => {
    expect(relocated('/old/s.x-other /old/s.xy')).toBe('/a/much/longer/root-other /a/much/longer/rooty')
  })

  test('leave a text without any of them as it is', () => {
    expect(relocateText(Buffer.from('nothing /old/s,x'), map)).toBeUndefined()
    expect(relocateText(Buffer.from('/z stays'), map)).toBeUndefined()
  })

  test('are replaced in a text that is not UTF-8', () => {
    const latin1 = Buffer.from('caf\xe9 /old/s.x/etc\n', 'latin1')
    expect(relocateText(latin1, map)?.toString('latin1')).toBe('caf\xe9 /a/much/longer/root/etc\n')
  })

  const fragment = fc.oneof(
    fc
      .constantFrom('/old/s.x/pkg-é', '/old/s.x', '/old/bin/sbang', '/z', '/old', '/', 'w', '-', '.', ' ', '\n', 'é')
      .map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
  )

  test('are found where the expression of Spack finds them, however the text is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 30 }), fc.array(fc.nat(40), { maxLength: 10 }), (parts, cuts) => {
        const text = Buffer.concat(parts)
        const relocation = new TextRelocation(map)
        const memory = Buffer.alloc(40)
        const pieces: Buffer[] = []
        let at = 0
        for (const size of [...cuts, ...Array<number>(text.length).fill(7)]) {
          // The same memory for every piece, as a reader of a file has it.
          const length = text.copy(memory, 0, at, at + size)
          pieces.push(...relocation.update(memory.subarray(0, length)).map((piece) => Buffer.from(piece)))
          at += length
        }
        pieces.push(...relocation.end())
        expect(Buffer.concat(pieces).toString('latin1')).toBe(naive(text).toString('latin1'))
      }),
      { numRuns: 2000 },
    )
  })
})

test('the backup of an edited file is none to relocate', () => {
  expect(isBackupFile('etc/backup~')).toBe(true)
  expect(isBackupFile('etc/~backup')).toBe(false)
})
