import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scanBinary } from '../../../main/relocate/binary.ts'
import { applyEdits, bufferSource } from '../../../main/relocate/edits.ts'
import { createPrefixMap } from '../../../main/relocate/prefix-map.ts'
import { missingProgram } from '../../support/programs.ts'

const missing = await missingProgram('gcc', 'readelf', 'patchelf')

async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { env: { PATH: process.env.PATH } })
  return stdout.trim()
}

/** Flags of linkers that leave different things behind the program headers. */
const programs = [
  { name: 'pie', flags: [] },
  { name: 'fixed', flags: ['-no-pie'] },
  { name: 'no-notes', flags: ['-Wl,--build-id=none', '-Wl,-z,nognustack'] },
  { name: 'old-hash', flags: ['-Wl,--hash-style=sysv', '-Wl,-z,noseparate-code', '-Wl,--disable-new-dtags'] },
  { name: 'large-bss', flags: ['-DROOM=600000000'] },
]

const programSource = `
#include <stdio.h>
const char *word(void);
#ifdef ROOM
static char room[ROOM];
int main(void) { room[ROOM - 1] = room[1]; puts(word()); return room[ROOM / 2]; }
#else
int main(void) { puts(word()); return 0; }
#endif
`

describe.skipIf(missing)(`programs that gcc makes${missing ? ` (${missing})` : ''}`, () => {
  let folder: string
  let oldRoot: string
  let newRoot: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-grow-'))
    oldRoot = join(folder, 'old')
    newRoot = join(folder, 'a-root-that-is-longer-than-the-old-one', 'x'.repeat(200))
    await mkdir(join(oldRoot, 'lib'), { recursive: true })
    await mkdir(join(newRoot, 'lib'), { recursive: true })
    await build()
    for (const file of ['lib/libword.so', 'lib/libdeep.so', 'plain', ...programs.map(({ name }) => name)])
      await relocate(file)
    await copyFile(join(oldRoot, 'lib/ld.so'), join(newRoot, 'lib/ld.so'))
    await chmod(join(newRoot, 'lib/ld.so'), 0o755)
    // So that nothing can be found where it was.
    await rm(oldRoot, { recursive: true })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** A program that needs a library that needs another, each found by its run path, and with an interpreter of their own. */
  async function build(): Promise<void> {
    const source = async (name: string, text: string): Promise<string> => {
      await writeFile(join(folder, name), text)
      return join(folder, name)
    }
    const lib = join(oldRoot, 'lib')
    const common = [`-L${lib}`, `-Wl,-rpath,${lib}`]
    const deep = await source('deep.c', 'const char *deep(void) { return "found"; }\n')
    await run('gcc', '-shared', '-fPIC', deep, '-o', join(lib, 'libdeep.so'))
    const word = await source('word.c', 'const char *deep(void);\nconst char *word(void) { return deep(); }\n')
    await run(
      'gcc',
      '-shared',
      '-fPIC',
      '-Wl,--build-id=none',
      word,
      '-o',
      join(lib, 'libword.so'),
      ...common,
      '-ldeep',
    )
    const main = await source('main.c', programSource)
    await run('gcc', main, '-o', join(oldRoot, 'plain'), ...common, '-lword', `-Wl,-rpath-link,${lib}`)
    const interpreter =
      /program interpreter: (.*)\]/.exec(await run('readelf', '-lW', join(oldRoot, 'plain')))?.[1] ?? ''
    await copyFile(interpreter, join(lib, 'ld.so'))
    for (const { name, flags } of programs) {
      const own = `-Wl,--dynamic-linker=${join(lib, 'ld.so')}`
      await run('gcc', main, '-o', join(oldRoot, name), ...flags, own, ...common, '-lword', `-Wl,-rpath-link,${lib}`)
    }
  }

  async function relocate(file: string): Promise<void> {
    const bytes = await readFile(join(oldRoot, file))
    const map = createPrefixMap({ sbang: undefined, packages: [], storeRoot: { from: oldRoot, to: newRoot } })
    const scan = scanBinary(bufferSource(bytes), map)
    if (scan.kind === 'refused') throw new Error(JSON.stringify(scan.refusals))
    const result = Buffer.concat([bytes], Math.max(bytes.length, ...scan.edits.map((e) => e.offset + e.bytes.length)))
    applyEdits(result, 0, scan.edits)
    await mkdir(dirname(join(newRoot, file)), { recursive: true })
    await writeFile(join(newRoot, file), result, { mode: 0o755 })
  }

  test.each(programs.map(({ name }) => name))('run at a longer path with their own interpreter: %s', async (name) => {
    const path = join(newRoot, name)
    expect(await run(path)).toBe('found')
    expect(await run('readelf', '-lW', path)).toContain(`interpreter: ${newRoot}/lib/ld.so]`)
    expect(await run('patchelf', '--print-rpath', path)).toBe(`${newRoot}/lib`)
    expect((await readFile(path)).includes(oldRoot)).toBe(false)
  })

  test('find their libraries there, by the system’s own interpreter too', async () => {
    const path = join(newRoot, 'plain')
    expect(await run(path)).toBe('found')
    expect(await run('ldd', path)).toContain(`libword.so => ${newRoot}/lib/libword.so`)
    expect(await run('ldd', path)).toContain(`libdeep.so => ${newRoot}/lib/libdeep.so`)
  })

  test('still run after strip and after patchelf', async () => {
    for (const name of ['plain', 'pie', 'fixed', 'old-hash']) {
      const stripped = join(newRoot, `${name}-stripped`)
      await run('strip', join(newRoot, name), '-o', stripped)
      expect(await run(stripped)).toBe('found')
      const patched = join(newRoot, `${name}-patched`)
      await run(
        'patchelf',
        '--set-rpath',
        `${newRoot}/lib:/${'y'.repeat(5000)}`,
        '--output',
        patched,
        join(newRoot, name),
      )
      expect(await run(patched)).toBe('found')
    }
  })

  test('a library without run path is not touched', async () => {
    expect(await run('readelf', '-dW', join(newRoot, 'lib/libdeep.so'))).not.toContain('path')
  })
})
