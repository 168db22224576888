import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scanBinary } from '../../../main/relocate/binary.ts'
import { applyEdits, bufferSource } from '../../../main/relocate/edits.ts'
import { createPrefixMap } from '../../../main/relocate/prefix-map.ts'
import { type ElfParts, makeElf } from '../../support/elf.ts'
import { missingProgram } from '../../support/programs.ts'

const oldRoot = '/home/builder/spack/store'
const mapTo = (to: string) => createPrefixMap({ sbang: undefined, packages: [], storeRoot: { from: oldRoot, to } })
const shorter = mapTo('/s')
const longerRoot = `/home/somebody/${'else/'.repeat(30)}store`
const longer = mapTo(longerRoot)

function relocated(file: Buffer, map = shorter): Buffer {
  const scan = scanBinary(bufferSource(file), map)
  if (scan.kind === 'refused') throw new Error(JSON.stringify(scan.refusals))
  const size = Math.max(file.length, ...scan.edits.map(({ offset, bytes }) => offset + bytes.length))
  const result = Buffer.concat([file], size)
  applyEdits(result, 0, scan.edits)
  return result
}

const noReadelf = await missingProgram('readelf')

describe('ELF of every class and byte order', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-elf-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** What binutils reads in a file, which it must not complain about. */
  async function readelf(
    bytes: Buffer,
  ): Promise<{ interpreter?: string; paths: string[]; needed: string[]; text: string }> {
    const path = join(folder, 'file')
    await writeFile(path, bytes)
    const { stdout, stderr } = await promisify(execFile)('readelf', ['-W', '-l', '-d', '-S', '-n', '--dyn-syms', path])
    expect(stderr).toBe('')
    return {
      interpreter: /Requesting program interpreter: (.*)\]/.exec(stdout)?.[1],
      paths: [...stdout.matchAll(/Library (?:rpath|runpath): \[(.*)\]/g)].map((match) => match[1] ?? ''),
      needed: [...stdout.matchAll(/Shared library: \[(.*)\]/g)].map((match) => match[1] ?? ''),
      text: stdout,
    }
  }

  const formats = [
    { name: 'x86-64', wide: true, littleEndian: true, machine: 62 },
    { name: 'i386', wide: false, littleEndian: true, machine: 3 },
    { name: 's390x', wide: true, littleEndian: false, machine: 22 },
    { name: 'ppc', wide: false, littleEndian: false, machine: 20 },
  ]
  const interpreter = `${oldRoot}/glibc/lib/ld.so`
  const runpath = `${oldRoot}/a/lib:/usr/lib:${oldRoot}/b/lib`
  const parts = (format: (typeof formats)[number], symbols: readonly string[] = ['main', 'free']): ElfParts => ({
    ...format,
    interpreter,
    note: true,
    dynamic: { runpath, needed: ['libc.so.6'], symbols },
  })

  describe.each(formats)('$name', (format) => {
    test.skipIf(noReadelf)(`takes shorter paths in place${noReadelf ? ` (${noReadelf})` : ''}`, async () => {
      const file = makeElf(parts(format))
      const result = relocated(file)
      expect(result.length).toBe(file.length)
      expect(await readelf(result)).toMatchObject({
        interpreter: '/s/glibc/lib/ld.so',
        paths: ['/s/a/lib:/usr/lib:/s/b/lib'],
        needed: ['libc.so.6'],
      })
      expect(result.includes(oldRoot)).toBe(false)
    })

    test.skipIf(noReadelf)(`grows for longer paths${noReadelf ? ` (${noReadelf})` : ''}`, async () => {
      const result = relocated(makeElf(parts(format)), longer)
      const seen = await readelf(result)
      expect(seen).toMatchObject({
        interpreter: `${longerRoot}/glibc/lib/ld.so`,
        paths: [`${longerRoot}/a/lib:/usr/lib:${longerRoot}/b/lib`],
        needed: ['libc.so.6'],
      })
      for (const name of ['main', 'free', 'Build ID: 6465616462656566']) expect(seen.text).toContain(name)
      expect(result.includes(oldRoot)).toBe(false)
    })

    test.skipIf(noReadelf)(
      `keeps a symbol whose name ends the run path${noReadelf ? ` (${noReadelf})` : ''}`,
      async () => {
        const result = relocated(makeElf(parts(format, ['main', 'lib'])))
        const seen = await readelf(result)
        expect(seen.paths).toEqual(['/s/a/lib:/usr/lib:/s/b/lib'])
        expect(seen.text).toMatch(/ main\n.* lib\n/)
        expect(result.includes(oldRoot)).toBe(false)
      },
    )

    test('can grow again and again', () => {
      const once = relocated(makeElf(parts(format)), longer)
      const further = `${longerRoot}/further`
      const map = createPrefixMap({ sbang: undefined, packages: [], storeRoot: { from: longerRoot, to: further } })
      const twice = relocated(once, map)
      const back = createPrefixMap({ sbang: undefined, packages: [], storeRoot: { from: further, to: oldRoot } })
      expect(relocated(twice, back).includes(runpath)).toBe(true)
      expect(relocated(twice, back).length).toBe(twice.length)
    })
  })

  const [x86] = formats as [(typeof formats)[0]]

  test('replaces entry by entry, keeps what is not under an old prefix, and drops empty entries', () => {
    const rpath = `::${oldRoot}/a:$ORIGIN/../lib::/opt${oldRoot}/b:`
    const result = relocated(makeElf({ ...x86, dynamic: { rpath } }))
    expect(result.includes(`\0/s/a:$ORIGIN/../lib:/opt`)).toBe(true)
  })

  test('treats DT_RPATH and DT_RUNPATH of one file alike', () => {
    const result = relocated(makeElf({ ...x86, dynamic: { rpath: `${oldRoot}/a`, runpath: `${oldRoot}/b` } }))
    expect(result.includes('\0/s/a\0')).toBe(true)
    expect(result.includes('\0/s/b\0')).toBe(true)
    const one = { rpath: `${oldRoot}/a`, runpath: `${oldRoot}/a` }
    expect(relocated(makeElf({ ...x86, dynamic: one })).includes('\0/s/a\0')).toBe(true)
    expect(relocated(makeElf({ ...x86, note: true, dynamic: one }), longer).includes(oldRoot)).toBe(false)
  })

  test('does not take a new path for an old one, when the new root lies in the old one', () => {
    const inside = mapTo(`${oldRoot}/inside`)
    const result = relocated(makeElf({ ...x86, note: true, dynamic: { runpath: `${oldRoot}/a` } }), inside)
    expect(result.includes(`\0${oldRoot}/inside/a\0`)).toBe(true)
    expect(result.includes('inside/inside')).toBe(false)
  })

  test('moves other strings of the table along, with their own edits', () => {
    const needed = [`${oldRoot}/z/lib/libz.so.1`]
    const runpath = `${oldRoot}/a/lib`
    const packages = [{ from: `${oldRoot}/a`, to: `/a/path/that/does/not/fit/in/place/of/the/old` }]
    const map = createPrefixMap({ sbang: undefined, packages, storeRoot: { from: oldRoot, to: '/s' } })
    const result = relocated(makeElf({ ...x86, note: true, dynamic: { needed, runpath } }), map)
    expect(result.includes(`${'/'.repeat(oldRoot.length - 2)}/s/z/lib/libz.so.1\0`)).toBe(true)
    expect(result.includes(oldRoot)).toBe(false)
  })

  test('refuses a longer run path where no section header says what could move', () => {
    const file = makeElf({ ...x86, interpreter, stripped: true, dynamic: { runpath: `${oldRoot}/a` } })
    expect(scanBinary(bufferSource(file), longer)).toMatchObject({ kind: 'refused' })
  })

  test('names the interpreter and the run path that it cannot make room for', () => {
    const file = makeElf({ ...x86, interpreter, dynamic: { runpath: `${oldRoot}/a` } })
    // A section of code right behind the program headers: something may point into it.
    const interp = file.indexOf(interpreter)
    const sections = Number(file.readBigUInt64LE(40))
    file.writeBigUInt64LE(BigInt(interp - 1), sections + 64 + 24)
    const scan = scanBinary(bufferSource(file), longer)
    expect(scan.kind === 'refused' && scan.refusals).toMatchObject([
      { kind: 'cannot-grow', where: 'rpath', from: `${oldRoot}/a`, to: `${longerRoot}/a` },
      { kind: 'cannot-grow', where: 'interpreter', offset: interp, from: interpreter },
    ])
  })

  test('leaves static programs and other ELF files to the rule for C strings', () => {
    const still = makeElf({ ...x86, note: true })
    expect(scanBinary(bufferSource(still), shorter)).toEqual({ kind: 'edits', edits: [] })
    const object = makeElf(parts(x86))
    object.writeUInt16LE(1, 16)
    expect(relocated(object).includes('///s/a/lib:/usr/lib:')).toBe(true)
  })

  test('edits a damaged file in order and inside of it, or refuses it', () => {
    const file = makeElf(parts(x86))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(file.length),
        fc.boolean(),
        (changes, cut, grow) => {
          const damaged = Buffer.from(file.subarray(0, file.length - (cut % 3 === 0 ? cut : 0)))
          for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value
          const scan = scanBinary(bufferSource(damaged), grow ? longer : shorter)
          if (scan.kind === 'refused') return
          let written = 0
          for (const { offset, bytes } of scan.edits) {
            expect(offset).toBeGreaterThanOrEqual(written)
            written = offset + bytes.length
            // What goes beyond the end is a new segment, on a page of its own.
            if (written <= damaged.length) continue
            expect(offset).toBeGreaterThanOrEqual(damaged.length)
            expect(offset % 0x1000).toBe(0)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})
