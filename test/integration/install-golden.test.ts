import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseOf, type Installed, install } from '../support/install/installer.ts'
import { differences, listTree, type TreeRow, walk, withPath } from '../support/install/tree.ts'
import { missingProgram, onPath } from '../support/programs.ts'
import { type Machine, sampleRequest, startMachine } from '../support/push/machine.ts'
import { unpackSample } from '../support/sample.ts'

/**
 * What we install, held against what Spack 0.22.5 made of the same packages at /home/other/store, path by path.
 *
 * STRATA_LAB_CACHE (a reference to a cache with the whole lab) and STRATA_LAB_TREE (the listing of all of it, made by
 * Spack) compare everything; without them it is the sample's packages, from a cache that we push here.
 */

const goldenRoot = '/home/other/store'
const fixture = join(import.meta.dirname, '../fixtures/install/home-other-store.jsonl.gz')
const { STRATA_LAB_CACHE: labCache, STRATA_LAB_TREE: labTree } = process.env
const wholeLab = labCache !== undefined && labTree !== undefined

/**
 * A path of exactly the golden one's length: with it in place of the golden path everything that depends on lengths
 * (padding in binaries, shebangs, sizes) is the same, and nobody has to be able to write to /home.
 */
const store = mkdtempSync('/tmp/strat-')
const program = (name: string, path: string): string => join(prefixOf(name), path)
const run = promisify(execFile)

let folder = ''
let machine: Machine
let done: Installed

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strata-install-golden-'))
  machine = await startMachine(folder)
  const cache = labCache ?? (await pushSample())
  done = await install(machine.engine, { from: cache, into: store, all: true })
})

afterAll(async () => {
  await machine.close()
  for (const one of [folder, store]) rmSync(one, { recursive: true, force: true })
})

async function pushSample(): Promise<string> {
  await unpackSample(join(folder, 'root'))
  const to = `oci-layout://${folder}/cache`
  const { job } = await machine.push(sampleRequest(join(folder, 'root'), to, { updateIndex: true }))
  expect(job.error).toBeUndefined()
  return to
}

function prefixOf(name: string): string {
  return databaseOf(store)[name]?.path ?? ''
}

describe('the sample, installed elsewhere', () => {
  it('ends well, package by package', () => {
    expect(done.job.error).toBeUndefined()
    expect(done.job.state).toBe('done')
    expect(done.result.failed).toEqual([])
  })

  it('is the tree that Spack made there', () => {
    expect(store.length).toBe(goldenRoot.length)
    const theirs = new Map(readGolden().map((row) => [row.path, row]))
    const ours = listTree(store, (bytes) => withPath(bytes, store, goldenRoot))
    const packages = [...theirs.keys()].filter((path) => /^[^/]+\/[^/]+\/[^/]+$/.test(path))
    expect(packages.length).toBe(wholeLab ? 14 : 7)
    const unexplained = differences(theirs, ours).filter(({ path }) => !isExplained(path) && !isBuildTool(path))
    expect(unexplained.slice(0, 5)).toEqual([])
  })

  it('differs only where it must: in these files, and each is there', () => {
    for (const path of ['bin/sbang', ...packageFiles('binary_distribution'), ...packageFiles('install_times.json')]) {
      expect(readFileSync(join(store, path)).length, path).toBeGreaterThan(0)
    }
  })

  it('has a database in which every package counts those that need it', () => {
    const records = databaseOf(store)
    expect(Object.keys(records)).toEqual(expect.arrayContaining(['cowsay', 'gmake', 'less', 'ncurses', 'zlib']))
    expect(records.less).toMatchObject({ installed: true, explicit: true, ref_count: 0 })
    expect(records.ncurses).toMatchObject({ installed: true })
    expect(records.ncurses?.ref_count).toBeGreaterThan(0)
    for (const one of Object.values(records)) expect(one.path).toMatch(new RegExp(`^${store}/.*-${one.hash}$`))
  })
})

/**
 * Where Spack's tree differs, and why.
 *
 * - `bin/sbang`: Spack copies its own script; ours is another of the same behaviour, without the group's rights.
 * - `.spack-db`: records hold times; Spack keeps empty lock and failure files. The database is compared for itself.
 * - `.spack/binary_distribution`: each writer's own YAML, lists in another order; layer-golden.test.ts compares it.
 * - `.spack/install_times.json`: Spack's installer writes over it how long taking the package from the cache took
 *   (`_write_timer_json`); we keep what the package brought, the times of its build.
 * - `lib/kit.o`: Spack 0.22 lists no object files for relocation and so leaves the old paths in them; our layers list
 *   them, as those of Spack 1.x do. In a cache that Spack 0.22 pushed it is equal.
 */
function isExplained(path: string): boolean {
  if (!wholeLab && path.endsWith('/lib/kit.o')) return true
  return /^(bin\/sbang|\.spack-db(\/.*)?)$|\/\.spack\/(binary_distribution|install_times\.json)$/.test(path)
}

/** Nobody asked Spack for the build tool; we asked for everything in the cache. */
function isBuildTool(path: string): boolean {
  return /\/gmake-/.test(path)
}

function packageFiles(name: string): string[] {
  return walk(store).filter((path) => path.endsWith(`/.spack/${name}`))
}

function readGolden(): TreeRow[] {
  const text = labTree === undefined ? gunzipSync(readFileSync(fixture)).toString() : readFileSync(labTree, 'utf8')
  const rows = text.trim().split('\n')
  return rows.map((line) => {
    const row = JSON.parse(line) as TreeRow
    return row.type === 'file' ? { ...row, sha256: row.sha256.slice(0, 12) } : row
  })
}

const foreign = process.platform !== 'linux' || process.arch !== 'x64' ? 'the sample is for Linux on x86_64' : undefined
const noElf = foreign ?? (await missingProgram('readelf'))

describe.skipIf(foreign)(`what was installed${foreign ? ` (skipped: ${foreign})` : ''}`, () => {
  const output = async (file: string, ...args: string[]): Promise<string> =>
    (await run(file, args, { env: { PATH: '/usr/bin:/bin', TERM: 'dumb' } })).stdout

  it('runs', async () => {
    expect(await output(program('less', 'bin/less'), '--version')).toMatch(/^less 590/)
    expect(await output(program('hello', 'bin/hello'))).toBe('Hello, world!\n')
    expect(await output(program('gmake', 'bin/make'), '--version')).toMatch(/^GNU Make 4\.3/)
    if (await onPath('perl')) expect(await output(program('cowsay', 'bin/cowsay'), 'moved')).toContain('< moved >')
    expect((await output(program('figlet', 'bin/figlet'), 'Hi')).split('\n').length).toBeGreaterThan(4)
  })

  it('prints the new paths where a program has them inside, padded with slashes', async () => {
    const printed = await output(program('relockit', 'bin/real'))
    expect(printed).not.toContain('/home/demo')
    const [own, data, path = ''] = printed.split('\n').map((line) => line.replace(/\/{2,}/g, '/'))
    expect(own).toBe(prefixOf('relockit'))
    expect(data).toBe(program('relockit', 'share/kit/data.bin'))
    expect(path.split(':')).toEqual([
      program('relockit', 'lib'),
      program('zlib', 'lib'),
      '/usr/lib',
      program('relockit', 'share'),
    ])
  })

  it('calls a script whose first line is too long through the new sbang', () => {
    const [first] = readFileSync(program('relockit', 'bin/longbang'), 'utf8').split('\n')
    expect(first).toBe(`#!/bin/sh ${store}/bin/sbang`)
  })

  it.skipIf(!wholeLab)('runs the rest of the lab', async () => {
    expect(await output(program('vim', 'bin/vim'), '--version')).toMatch(/^VIM - Vi IMproved 9\.0/)
    expect(await output(program('lua', 'bin/lua'), '-e', 'print(6 * 7)')).toBe('42\n')
    expect(await output(program('sqlite', 'bin/sqlite3'), ':memory:', 'select 6 * 7')).toBe('42\n')
  })

  it.skipIf(noElf)(`finds every library inside the store${noElf ? ` (skipped: ${noElf})` : ''}`, async () => {
    const found: string[] = []
    for (const path of walk(store)) {
      if (!/\/(bin|lib)\/[^/]+$/.test(path) || !isElf(join(store, path))) continue
      const listed = await output('/usr/bin/ldd', join(store, path)).catch(() => '')
      expect(listed, path).not.toContain('not found')
      expect(listed, path).not.toContain('/home/demo')
      found.push(...(listed.match(/lib(ncursesw?|z|relockit)\S* => \S+/g) ?? []))
    }
    expect(found.length).toBeGreaterThan(0)
    for (const line of found) expect(line).toContain(` => ${store}/`)
  })
})

function isElf(file: string): boolean {
  try {
    return readFileSync(file).subarray(0, 4).equals(Buffer.from('\x7fELF'))
  } catch {
    return false
  }
}
