import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bufferSource } from '../../../main/relocate/edits.ts'
import { type ElfReading, readElfFacts } from '../../../main/relocate/elf-facts.ts'
import { libcOf } from '../../../main/relocate/libc.ts'
import { type ElfParts, makeElf } from '../../support/elf.ts'
import { missingProgram } from '../../support/programs.ts'

const execute = promisify(execFile)
const factsOf = (bytes: Buffer): ElfReading | undefined => readElfFacts(bufferSource(bytes))

const noReadelf = await missingProgram('readelf')
const noCompiler = await missingProgram('readelf', 'gcc')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-elf-facts-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What binutils says of a file. */
async function readelf(path: string): Promise<Partial<ElfReading>> {
  const { stdout } = await execute('readelf', ['-W', '-l', '-d', '-V', path], {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 256 * 1024 * 1024,
  })
  const all = (pattern: RegExp): string[] => [...stdout.matchAll(pattern)].map((match) => match[1] ?? '')
  const part = (heading: string): string => stdout.split(heading)[1]?.split('\n\n')[0] ?? ''
  const needs = part("Version needs section '.gnu.version_r'")
  const definitions = part("Version definition section '.gnu.version_d'")
  return {
    interpreter: all(/Requesting program interpreter: (.*)\]/g)[0],
    soname: all(/Library soname: \[(.*)\]/g)[0],
    needed: all(/Shared library: \[(.*)\]/g),
    rpath: all(/Library rpath: \[(.*)\]/g).flatMap((list) => list.split(':')),
    runpath: all(/Library runpath: \[(.*)\]/g).flatMap((list) => list.split(':')),
    // Each definition begins with its own name; those it inherits from come on lines of their own.
    defines: [...definitions.matchAll(/Index: \d+ {2}Cnt: \d+ {2}Name: (\S+)/g)].map((match) => match[1] ?? ''),
    versions: needs
      .split(/Version: 1 {2}File: /)
      .slice(1)
      .map((part) => ({
        library: part.split(' ')[0] ?? '',
        versions: [...part.matchAll(/Name: (\S+)/g)].map((match) => match[1] ?? ''),
      })),
  }
}

const formats = [
  { name: 'x86-64', wide: true, littleEndian: true, machine: 62, said: '64-bit little-endian x86-64' },
  { name: 'i386', wide: false, littleEndian: true, machine: 3, said: '32-bit little-endian x86' },
  { name: 's390x', wide: true, littleEndian: false, machine: 22, said: '64-bit big-endian IBM Z' },
  { name: 'ppc', wide: false, littleEndian: false, machine: 20, said: '32-bit big-endian PowerPC' },
]

const parts = (format: (typeof formats)[number], more: Partial<ElfParts> = {}): ElfParts => ({
  ...format,
  dynamic: {
    needed: ['libm.so.6', 'libc.so.6'],
    soname: 'libdemo.so.1',
    rpath: '/store/a/lib:/store/b/lib',
    runpath: '$ORIGIN/../lib',
    versions: [
      { library: 'libm.so.6', versions: ['GLIBC_2.29'] },
      { library: 'libc.so.6', versions: ['GLIBC_2.4', 'GLIBC_2.34', 'GLIBC_2.2.5'] },
    ],
    defines: ['libdemo.so.1', 'DEMO_1.0', 'DEMO_1.1'],
    symbols: ['main'],
  },
  ...more,
})

describe.each(formats)('an ELF file of $name', (format) => {
  test('tells what it is and what it needs', () => {
    expect(factsOf(makeElf(parts(format)))).toEqual({
      header: { layout: { wide: format.wide, littleEndian: format.littleEndian }, type: 3, machine: format.machine },
      description: `${format.said} shared object`,
      interpreter: undefined,
      soname: 'libdemo.so.1',
      needed: ['libm.so.6', 'libc.so.6'],
      rpath: ['/store/a/lib', '/store/b/lib'],
      runpath: ['$ORIGIN/../lib'],
      versions: parts(format).dynamic?.versions,
      defines: ['libdemo.so.1', 'DEMO_1.0', 'DEMO_1.1'],
      libc: 'glibc 2.34',
    })
  })

  test('tells the same without section headers', () => {
    expect(factsOf(makeElf(parts(format, { stripped: true })))).toEqual(factsOf(makeElf(parts(format))))
  })

  test.skipIf(noReadelf)(`tells what readelf reads${noReadelf ? ` (${noReadelf})` : ''}`, async () => {
    const path = join(folder, `made-${format.name}`)
    const bytes = makeElf(parts(format, { interpreter: '/lib/ld.so.1' }))
    await writeFile(path, bytes)
    expect(factsOf(bytes)).toMatchObject(await readelf(path))
  })
})

describe('kinds of ELF files', () => {
  const [format] = formats
  const described = (more: Partial<ElfParts>): string | undefined =>
    format && factsOf(makeElf({ ...format, ...more }))?.description
  const interpreter = '/lib64/ld-linux-x86-64.so.2'

  test('a program is told from a library, whether it is position-independent or not', () => {
    expect(described({ type: 2, interpreter, dynamic: { needed: ['libc.so.6'] } })).toMatch(/x86-64 executable$/)
    expect(described({ interpreter, dynamic: { needed: ['libc.so.6'] } })).toMatch(
      /x86-64 position-independent executable$/,
    )
    expect(described({ interpreter, dynamic: { soname: 'libc.so.6' } })).toMatch(/x86-64 shared object$/)
    expect(described({ type: 2 })).toMatch(/x86-64 static executable$/)
  })

  test('an object file and a core dump have a header and no needs', () => {
    expect(described({ type: 1 })).toMatch(/x86-64 relocatable object$/)
    expect(described({ type: 4 })).toMatch(/x86-64 core dump$/)
    expect(described({ type: 7 })).toMatch(/x86-64 file of type 7$/)
    expect(described({ type: 1, machine: 4711 })).toMatch(/machine 4711 relocatable object$/)
  })
})

describe('the C library', () => {
  const libc = (needed: string[], versions: string[] = [], interpreter?: string): string | undefined =>
    libcOf({ needed, interpreter, versions: [{ library: 'libc.so.6', versions }] })

  test('is the oldest glibc that has every version, compared as numbers', () => {
    expect(libc(['libc.so.6'], ['GLIBC_2.9', 'GLIBC_2.34', 'GLIBC_2.4', 'GLIBC_PRIVATE'])).toBe('glibc 2.34')
    expect(libc(['libc.so.6'], ['GLIBC_2.2.5', 'GLIBC_2.2'])).toBe('glibc 2.2.5')
    expect(libc(['libc.so.6'], ['GLIBC_2.2.5', 'GLIBC_ABI_DT_RELR'])).toBe('glibc 2.36')
    expect(libc(['libstdc++.so.6'], ['GLIBCXX_3.4', 'CXXABI_1.3'])).toBeUndefined()
  })

  test('is musl by the interpreter, or by the name of the library', () => {
    expect(libc([], [], '/lib/ld-musl-x86_64.so.1')).toBe('musl')
    expect(libc(['libc.musl-aarch64.so.1'])).toBe('musl')
    expect(libc(['libc.so'])).toBe('musl')
    expect(libc(['libc.so.6'])).toBeUndefined()
  })
})

describe.skipIf(noCompiler)(`what a compiler makes${noCompiler ? ` (${noCompiler})` : ''}`, () => {
  const compiled = async (name: string, ...flags: readonly string[]): Promise<string> => {
    const path = join(folder, name)
    await writeFile(
      join(folder, 'a.c'),
      '#include <math.h>\n#include <stdio.h>\nint main(int c, char **v) { return printf("%f", pow(c, 0.5)); }\n',
    )
    await execute('gcc', ['-o', path, join(folder, 'a.c'), ...flags])
    return path
  }
  const cases = [
    {
      name: 'pie',
      flags: ['-pie', '-fPIE', '-lm', '-Wl,-rpath,/store/lib:/other/lib'],
      kind: 'position-independent executable',
    },
    { name: 'fixed', flags: ['-no-pie', '-lm', '-Wl,--disable-new-dtags,-rpath,/store/lib'], kind: 'executable' },
    { name: 'library', flags: ['-shared', '-fPIC', '-lm', '-Wl,-soname,liba.so.1'], kind: 'shared object' },
    { name: 'static', flags: ['-static', '-lm'], kind: 'static executable' },
    { name: 'static-pie', flags: ['-static-pie', '-fPIE', '-lm'], kind: 'static position-independent executable' },
    { name: 'object', flags: ['-c'], kind: 'relocatable object' },
    { name: 'stripped', flags: ['-s', '-lm', '-pie', '-fPIE'], kind: 'position-independent executable' },
  ]

  test.each(cases)('$name: the same as readelf reads', async ({ name, flags, kind }) => {
    const path = await compiled(name, ...flags)
    const facts = factsOf(await readFile(path))
    expect(facts).toEqual({ ...facts, ...(await readelf(path)) })
    // After the class, the byte order and the machine, which are those of the machine at hand.
    expect(facts?.description.split(' ').slice(3).join(' ')).toBe(kind)
  })

  test('programs and libraries of this machine: the same as readelf reads', async () => {
    const { stdout } = await execute('ldd', [process.execPath])
    const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '')
    expect(libraries.length).toBeGreaterThan(2)
    for (const path of [process.execPath, ...libraries]) {
      const facts = factsOf(await readFile(path))
      expect({ path, ...facts }).toEqual({ path, ...facts, ...(await readelf(path)) })
    }
  })
})

describe('a hostile ELF file', () => {
  const [format] = formats
  const file = format ? makeElf(parts(format, { interpreter: '/lib/ld.so' })) : Buffer.alloc(0)

  test('is nothing where it is cut off, at any byte', () => {
    for (let length = 0; length < file.length; length++) {
      const facts = factsOf(file.subarray(0, length))
      // The section headers come last: what lies before them is outside of no shorter file.
      expect(facts).toBeUndefined()
    }
  })

  test('tells facts or nothing whatever bytes are changed, in bounded size', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...formats),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 12 }),
        (of, changes) => {
          const bytes = makeElf(parts(of, { interpreter: '/lib/ld.so' }))
          for (const [place, byte] of changes) bytes[place % bytes.length] = byte
          const facts = factsOf(bytes)
          if (facts) expect(JSON.stringify(facts).length).toBeLessThan(64 * 1024)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('with tables of millions of entries over the same string ends soon, and small', () => {
    // A dynamic section of 65,000 needs, each of which is a string of 10,000 letters.
    const long = 'x'.repeat(10_000)
    const needed = Array.from({ length: 65_000 }, () => long)
    const bytes = format ? makeElf({ ...format, dynamic: { needed } }) : Buffer.alloc(0)
    const began = performance.now()
    const facts = factsOf(bytes)
    expect(performance.now() - began).toBeLessThan(2000)
    expect(facts?.needed.length).toBeGreaterThan(50)
    expect(JSON.stringify(facts).length).toBeLessThan(2 * 1024 * 1024)
  })

  test('has names that are shown without control characters', () => {
    const made = format ? makeElf({ ...format, dynamic: { needed: ['lib\u001b[31m\u202egpj.so'] } }) : Buffer.alloc(0)
    expect(factsOf(made)?.needed).toEqual(['lib\uFFFD[31m\uFFFDgpj.so'])
  })
})
