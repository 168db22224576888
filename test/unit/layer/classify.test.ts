import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClassifiers, type FileClass, isExecutableMagic } from '../../../main/layer/classify.ts'

/** Spack 1.x's rule said plainly over a whole file; what the streaming classifier must agree with. */
function naive(bytes: Buffer, prefixes: readonly string[]): FileClass {
  if (bytes.length < 8) return 'other'
  if (isExecutableMagic(bytes.subarray(0, 8))) return 'binary'
  const utf8 = Buffer.from(bytes.toString('utf8')).equals(bytes) // U+FFFD stands for what is not UTF-8
  const latin1 = !/[\0\x7f-\x9f]/.test(bytes.toString('latin1'))
  if (!utf8 && !latin1) return 'other'
  const alternatives = prefixes.map((prefix) =>
    Buffer.from(prefix)
      .toString('latin1')
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  )
  const known = new RegExp(`(?<![a-zA-Z0-9_\\-/])([a-zA-Z0-9_\\-]*?)(${alternatives.join('|')})`)
  return known.test(bytes.toString('latin1')) ? 'text' : 'other'
}

function classify(pieces: readonly Buffer[], prefixes: readonly string[]): FileClass {
  const classifier = createClassifiers(prefixes)()
  for (const piece of pieces) classifier.update(piece)
  return classifier.end()
}

const prefixes = ['/s', '/s/é/pkg-1', '/other/store']
const elf = Buffer.from([0x7f, 0x45, 0x4c, 0x46])
/** What decides: prefixes and parts of them, word characters and slashes before them, text and bytes of every kind. */
const fragment = fc.oneof(
  fc
    .constantFrom(
      '/s',
      '/s/é/pkg-1',
      '/other/store',
      '/other/stor',
      '/o',
      'x',
      '-',
      '_',
      '/',
      ' ',
      '\n',
      '"',
      'é',
      '日本',
      '😀',
    )
    .map((t) => Buffer.from(t)),
  fc
    .constantFrom(
      [0],
      [0x7f],
      [0x9f],
      [0xa0],
      [0xc3],
      [0xe6, 0x97],
      [0xf0, 0x9f, 0x98],
      [0xed, 0xa0, 0x80],
      [0xc0, 0x80],
      [0xff],
    )
    .map((b) => Buffer.from(b)),
  fc.constant(elf),
)
const content = fc.array(fragment, { maxLength: 24, size: 'max' }).map((parts) => Buffer.concat(parts))
const plainText = fc
  .array(fc.constantFrom('/s', '/other/store', '/oth', 'er/store', '/', 'a', ' ', 'é'), { maxLength: 24, size: 'max' })
  .map((parts) => Buffer.from(parts.join('')))

describe('classification', () => {
  test('agrees with the rule applied to the whole file, however it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.oneof(content, plainText), fc.array(fc.nat(120), { maxLength: 12 }), (bytes, cuts) => {
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
        expect(classify(pieces, prefixes)).toBe(naive(bytes, prefixes))
      }),
      { numRuns: 3000 },
    )
  })

  test('agrees with it byte by byte', () => {
    fc.assert(
      fc.property(fc.oneof(content, plainText), (bytes) => {
        const pieces = Array.from(bytes, (byte) => Buffer.from([byte]))
        expect(classify(pieces, prefixes)).toBe(naive(bytes, prefixes))
      }),
      { numRuns: 1000 },
    )
  })

  const cases: [string, Buffer, FileClass][] = [
    ['a script that names the prefix', Buffer.from('#!/s/bin/sh\n'), 'text'],
    ['a script that does not', Buffer.from('#!/bin/sh -e\n'), 'other'],
    ['the same path as the tail of another one', Buffer.from('cat /usr/s/lib'), 'other'],
    ['a prefix after -L', Buffer.from('ld -L/s/lib'), 'text'],
    ['Latin-1 text', Buffer.from('caf\xe9 in /s/lib', 'latin1'), 'text'],
    ['Latin-1 with a control byte', Buffer.from('caf\xe9\x80 in /s/lib', 'latin1'), 'other'],
    ['UTF-8 with a NUL in it', Buffer.from('/s/lib\0 and more'), 'text'],
    [
      'a cut-off UTF-8 sequence, which Latin-1 forbids',
      Buffer.from([...Buffer.from('in /s/lib '), 0xc3, 0x80, 0xf0, 0x9f]),
      'other',
    ],
    ['an ELF object', Buffer.concat([elf, Buffer.alloc(60)]), 'binary'],
    ['less than a magic number, though it begins as ELF', elf, 'other'],
    ['a universal Mach-O', Buffer.from('cafebabe00000002', 'hex'), 'binary'],
    ['a Java class', Buffer.from('cafebabe00000034', 'hex'), 'other'],
    ['an empty file', Buffer.alloc(0), 'other'],
  ]
  for (const [name, bytes, expected] of cases) {
    test(`${name} is ${expected}`, () => {
      expect(classify([bytes], prefixes)).toBe(expected)
    })
  }
})
