import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { paddingAfter, type TarEntry, tarEndLength, tarHeader } from '../../../main/layer/tar-header.ts'
import { missingProgram } from '../../support/programs.ts'

const noPython = await missingProgram('python3')

/** Path segments as bytes: ASCII, other scripts, bytes that are no UTF-8; short ones and ones past 100 bytes. */
const segment = fc.oneof(
  fc.string({ minLength: 1, maxLength: 140 }).map((text) => Buffer.from(text.replace(/[/\0]/g, '_'))),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).map((text) => Buffer.from(text.replace(/[/\0]/g, '_'))),
  fc
    .uint8Array({ minLength: 1, maxLength: 130 })
    .map((bytes) => Buffer.from(bytes.map((b) => (b === 0 || b === 47 ? 95 : b)))),
)
const path = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((parts) => Buffer.from(parts.map((p) => p.toString('latin1')).join('/'), 'latin1'))
const size = fc.oneof(fc.nat(4096), fc.integer({ min: 8 ** 11 - 2, max: 8 ** 11 + 2 }), fc.maxSafeNat())
const entry: fc.Arbitrary<TarEntry> = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), name: path, mode: fc.constantFrom(0o644, 0o755), size }),
  fc.record({ kind: fc.constant('directory' as const), name: path, mode: fc.constant(0o755), size: fc.constant(0) }),
  fc.record({
    kind: fc.constantFrom('symlink' as const, 'hardlink' as const),
    name: path,
    mode: fc.constant(0o755),
    size: fc.constant(0),
    link: path,
  }),
)

/** Python's tarfile, which is what Spack writes with, makes the same header of each entry and prints it in base64. */
const pythonHeaders = `
import base64, json, sys, tarfile
types = {"file": tarfile.REGTYPE, "directory": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE, "hardlink": tarfile.LNKTYPE}
for line in sys.stdin:
    e = json.loads(line)
    text = lambda b: base64.b64decode(b).decode("utf-8", "surrogateescape")
    info = tarfile.TarInfo(text(e["name"]))
    info.type, info.mode, info.size, info.linkname = types[e["kind"]], e["mode"], e["size"], text(e["link"])
    print(base64.b64encode(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")).decode())
`

describe('tarHeader', () => {
  test.skipIf(noPython)('writes byte for byte what Python writes, whatever the name, the target and the size', () => {
    const entries = fc.sample(entry, 400)
    const asked = entries.map((one) => {
      const base64 = (bytes: Uint8Array = new Uint8Array(0)): string => Buffer.from(bytes).toString('base64')
      return `${JSON.stringify({ ...one, name: base64(one.name), link: base64(one.link) })}\n`
    })
    const lines = execFileSync('python3', ['-c', pythonHeaders], { input: asked.join(''), encoding: 'utf8' })
      .trim()
      .split('\n')
    entries.forEach((one, at) => {
      const python = Buffer.from(lines[at] ?? '', 'base64').toString('latin1')
      expect(tarHeader(one).toString('latin1'), `entry ${asked[at]}`).toBe(python)
    })
  })

  test('is always whole blocks', () => {
    fc.assert(fc.property(entry, (one) => tarHeader(one).length % 512 === 0))
  })

  test('refuses names that no tar can hold', () => {
    const bad = (name: string, link?: string) => () =>
      tarHeader({ kind: 'symlink', name: Buffer.from(name), mode: 0o755, size: 0, link: Buffer.from(link ?? '') })
    expect(bad('')).toThrow(expect.objectContaining({ code: 'tar-unrepresentable' }))
    expect(bad('a\0b')).toThrow(expect.objectContaining({ code: 'tar-unrepresentable' }))
    expect(bad('a', 'b\0c')).toThrow(expect.objectContaining({ code: 'tar-unrepresentable' }))
  })
})

test('content is filled up to a block, the stream to a record of twenty', () => {
  fc.assert(
    fc.property(fc.nat(), (bytes) => {
      const padded = bytes + paddingAfter(bytes)
      const end = tarEndLength(padded)
      return (
        padded % 512 === 0 &&
        padded - bytes < 512 &&
        end >= 1024 &&
        (padded + end) % 10_240 === 0 &&
        end < 1024 + 10_240
      )
    }),
  )
})
