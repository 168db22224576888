import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scanCStrings } from '../../../main/relocate/c-strings.ts'
import { applyEdits, type ByteSource, bufferSource, type Scan } from '../../../main/relocate/edits.ts'
import type { Mapping } from '../../../main/relocate/prefix-map.ts'

const mapping = (from: string, to: string): Mapping => ({ from: Buffer.from(from), to: Buffer.from(to) })

function edited(bytes: Buffer, scan: Scan): Buffer {
  if (scan.kind === 'refused') throw new Error(JSON.stringify(scan.refusals))
  const copy = Buffer.from(bytes)
  applyEdits(copy, 0, scan.edits)
  return copy
}

function relocated(text: string, ...mappings: Mapping[]): string {
  const bytes = Buffer.from(text, 'latin1')
  return edited(bytes, scanCStrings(bufferSource(bytes), mappings)).toString('latin1')
}

function refusals(text: string, ...mappings: Mapping[]) {
  const scan = scanCStrings(bufferSource(Buffer.from(text, 'latin1')), mappings)
  return scan.kind === 'refused' ? scan.refusals : []
}

describe('an old path in a binary', () => {
  const near = mapping('/old/store', '/new/sto')
  const far = mapping('/a/very/long/old/store', '/new')

  test('is padded with slashes in front when its string goes on for more than 7 bytes', () => {
    expect(relocated('x/old/store/lib/libx\0', near)).toBe('x///new/sto/lib/libx\0')
    expect(relocated('x/old/store/12345678', near)).toBe('x///new/sto/12345678')
  })

  test('is padded when the string goes on for exactly 7 bytes', () => {
    expect(relocated('/old/store/123456\0', near)).toBe('///new/sto/123456\0')
  })

  test('is padded when old and new end alike in what is missing from 7 bytes', () => {
    expect(relocated('/old/store/bin\0', mapping('/old/store', '/n/store'))).toBe('///n/store/bin\0')
  })

  test('is shortened when the string ends sooner and enough of its end stays behind', () => {
    expect(relocated('/a/very/long/old/store/bin\0', far)).toBe('/new/bin\0ong/old/store/bin\0')
  })

  test('is written over when both are of one length and end alike', () => {
    expect(relocated('/old/a-store\0', mapping('/old/a-store', '/new/a-store'))).toBe('/new/a-store\0')
  })

  test('refuses at one length, too, where the ends differ that another string may share', () => {
    expect(refusals('/old/store\0', mapping('/old/store', '/new/store'))).toMatchObject([{ kind: 'cannot-shrink' }])
  })

  test('refuses to grow, and says what stands where', () => {
    expect(refusals('\0\0/old/store/share\0next', mapping('/old/store', '/new/longer/store'))).toEqual([
      {
        kind: 'cannot-grow',
        where: 'c-string',
        offset: 2,
        from: '/old/store',
        to: '/new/longer/store',
        found: '/old/store/share',
      },
    ])
  })

  test('refuses to shrink by so little that a string that shares its end would break', () => {
    expect(refusals('/old/store/bin\0', near)).toMatchObject([
      { kind: 'cannot-shrink', offset: 0, found: '/old/store/bin' },
    ])
  })

  test('is named as often as it is in the way, but not without end', () => {
    expect(refusals('/old/store\0'.repeat(3), near)).toHaveLength(3)
    expect(refusals('/old/store\0'.repeat(1000), near)).toHaveLength(20)
  })

  test('is tried with the first mapping that matches', () => {
    const list = '/old/store/pkg/lib/liba:/old/store/other/lib\0'
    expect(relocated(list, mapping('/old/store/pkg', '/p'), mapping('/old/store', '/s'))).toBe(
      `${'/'.repeat(12)}/p/lib/liba:${'/'.repeat(8)}/s/other/lib\0`,
    )
  })

  test('stays where a mapping leaves it', () => {
    expect(relocated('/old/store/up/lib/x\0', mapping('/old/store/up', '/old/store/up'), near)).toBe(
      '/old/store/up/lib/x\0',
    )
  })

  test('is left alone in bytes that something else has taken care of', () => {
    const bytes = Buffer.from('/old/store/12345678\0/old/store/12345678\0')
    const scan = scanCStrings(bufferSource(bytes), [near], [{ start: 0, end: 19 }])
    expect(edited(bytes, scan).toString()).toBe('/old/store/12345678\0///new/sto/12345678\0')
  })
})

/** Spack's expression and its rule over a whole file; undefined where Spack raises an error. */
function naive(bytes: Buffer, mappings: readonly Mapping[]): Buffer | undefined {
  const text = bytes.toString('latin1')
  const old = mappings.map(({ from }) => from.toString('latin1').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const result = Buffer.from(bytes)
  for (const match of text.matchAll(new RegExp(`(${old.join('|')})([^\\0]{0,7}\\0)?`, 'g'))) {
    const [, from = '', ending] = match
    const to = mappings.find((one) => one.from.toString('latin1') === from)?.to.toString('latin1') ?? ''
    const shorter = from.length - to.length
    if (shorter < 0) return undefined
    const missing = ending === undefined ? 0 : 7 - (ending.length - 1)
    if (missing === 0 || from.slice(-missing) === to.slice(-missing)) {
      result.write('/'.repeat(shorter) + to, match.index, 'latin1')
    } else if (shorter > 7) result.write(to + ending, match.index, 'latin1')
    else return undefined
  }
  return result
}

describe('the scan', () => {
  const part = fc.oneof(
    fc
      .constantFrom('/s/old', '/s/old/longer-package', '/up', '\0', 'lib', '/', 'a.b', '/s')
      .map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  )
  const targets = fc.constantFrom('/s/new', '/x', '/t/longer-package', '/x/old/longer-pckage', '/u')

  test('does what Spack does, or refuses where Spack does', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 25 }), targets, targets, (parts, to, root) => {
        const bytes = Buffer.concat(parts)
        const mappings = [mapping('/s/old/longer-package', to), mapping('/s/old', root), mapping('/up', '/u')]
        const scan = scanCStrings(bufferSource(bytes), mappings)
        const wanted = naive(bytes, mappings)
        expect(scan.kind).toBe(wanted === undefined ? 'refused' : 'edits')
        if (wanted !== undefined) expect(edited(bytes, scan).toString('latin1')).toBe(wanted.toString('latin1'))
      }),
      { numRuns: 3000 },
    )
  })

  test('never moves a byte: only the strings change, and no edit reaches beyond the file', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 25 }), (parts) => {
        const bytes = Buffer.concat(parts)
        const scan = scanCStrings(bufferSource(bytes), [mapping('/s/old', '/x'), mapping('/up', '/u')])
        if (scan.kind === 'refused') return
        for (const { offset, bytes: written } of scan.edits) {
          expect(offset + written.length).toBeLessThanOrEqual(bytes.length)
        }
      }),
    )
  })

  test('gives the same bytes after the way there and back, where the paths are of one length', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 25 }), (parts) => {
        const bytes = Buffer.concat(parts)
        fc.pre(!bytes.includes('/q/s-old'))
        const there = edited(bytes, scanCStrings(bufferSource(bytes), [mapping('/s/s-old', '/q/s-old')]))
        const back = edited(there, scanCStrings(bufferSource(there), [mapping('/q/s-old', '/s/s-old')]))
        expect(back.equals(bytes)).toBe(true)
      }),
    )
  })

  test('gives the same bytes after the way there and back through a shorter path, for strings with room', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{8,20}$/), { maxLength: 20 }), (names) => {
        const bytes = Buffer.from(names.map((name) => `/s/old/store/${name}\0`).join(''))
        const there = edited(bytes, scanCStrings(bufferSource(bytes), [mapping('/s/old/store', '/x')]))
        // The padding belongs to the path now.
        const padded = '/'.repeat('/s/old/store'.length - '/x'.length)
        const back = edited(there, scanCStrings(bufferSource(there), [mapping(`${padded}/x`, '/s/old/store')]))
        expect(back.equals(bytes)).toBe(true)
      }),
    )
  })

  test('finds a string on either side of the border between two reads', () => {
    const border = 1 << 20
    const old = mapping('/s/old/store', '/x')
    const string = '/s/old/store/bin\0'
    for (let at = border - 20; at <= border + 4; at++) {
      const bytes = Buffer.alloc(border + 300, 'z')
      bytes.write(string, at)
      bytes.write(string, at + 200)
      const scan = scanCStrings(bufferSource(bytes), [old])
      expect(scan.kind === 'edits' && scan.edits.map(({ offset, bytes: to }) => [offset, to.toString()])).toEqual([
        [at, '/x/bin\0'],
        [at + 200, '/x/bin\0'],
      ])
    }
  })

  test('reads a large file in order, a little at a time', () => {
    const size = 40 * 1024 ** 2
    const reads: { from: number; to: number }[] = []
    const file: ByteSource = {
      size,
      read: (offset, into) => {
        const length = Math.min(into.length, size - offset)
        into.fill('z', 0, length)
        reads.push({ from: offset, to: offset + length })
        return length
      },
    }
    expect(scanCStrings(file, [mapping('/s/old', '/x')])).toEqual({ kind: 'edits', edits: [] })
    expect(reads.every((read, index) => read.from === (reads[index - 1]?.to ?? 0))).toBe(true)
    expect(reads.at(-1)?.to).toBe(size)
    expect(Math.max(...reads.map(({ from, to }) => to - from))).toBeLessThan(2 * 1024 ** 2)
  })
})
