import { execFile, spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckProgress } from '../../main/api/install.ts'
import { makeSmallCache, type SmallCache } from '../support/install/cache.ts'
import { databaseOf, install, leftoversIn } from '../support/install/installer.ts'
import { listTree, walk } from '../support/install/tree.ts'
import { missingProgram } from '../support/programs.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'

/** A store whose path is longer than the one where packages were built: what works, what does not, and who knows it before. */

const run = promisify(execFile)
const noGcc = process.platform === 'linux' ? await missingProgram('gcc', 'readelf') : 'this is not Linux'

let top = ''
let longer = ''
let shorter = ''
let machine: Machine
let cache: SmallCache

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'strata-longer-'))
  shorter = join(top, 's')
  longer = join(top, 'a-store-whose-path-is-so-long-that-nothing-built-elsewhere-can-have-room-for-it'.repeat(2))
  machine = await startMachine(top)
  cache = await makeSmallCache(machine, top, { packages: 4, decorate: makePrograms })
  rmSync(cache.store, { recursive: true })
})

afterAll(async () => {
  await machine.close()
  rmSync(top, { recursive: true, force: true })
})

const [library = '', program = '', stubborn = '', dependent = ''] = [0, 1, 2, 3].map((n) => `package-0000${n}`)

/**
 * The first has a library, the second a program that finds it by its run path and has no path in its strings; the third
 * has a path in a C string; the fourth needs it.
 */
function makePrograms(prefix: string, number: number): void {
  if (number !== 2) rmSync(join(prefix, 'bin/program'))
  if (noGcc || number > 1) return
  const source = join(prefix, 'source.c')
  const lib = join(prefix, 'lib')
  const gcc = (...args: string[]): void => void execSync('gcc', args)
  if (number === 0) {
    writeFileSync(source, 'int answer(void) { return 42; }\n')
    gcc('-shared', '-fPIC', '-o', join(lib, 'libanswer.so'), source, '-Wl,-soname,libanswer.so')
  } else {
    writeFileSync(source, '#include <stdio.h>\nint answer(void);\nint main(void) { printf("%d\\n", answer()); }\n')
    const needed = join(readlinkSync(join(prefix, 'dependency')))
    gcc('-o', join(prefix, 'bin/ask'), source, `-L${needed}`, '-lanswer', `-Wl,-rpath,${needed}`)
  }
  rmSync(source)
}

function execSync(file: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

describe('a longer store', () => {
  it('relocate-check says before which packages cannot be installed, and writes nothing there', async () => {
    const plan = await machine.engine.call('install.check', { from: cache.from, into: longer, all: true })
    expect(Object.fromEntries(plan.packages.map(({ name, relocation }) => [name, relocation]))).toEqual({
      [library]: 'checked',
      [program]: 'checked',
      [stubborn]: 'refused',
      [dependent]: 'checked',
    })
    const problem = plan.packages.find(({ name }) => name === stubborn)?.problem
    expect(problem?.code).toBe('relocation-impossible')
    expect(readdirSync(top)).not.toContain(longer.slice(top.length + 1))
  })

  it('relocate-check finds nothing against a shorter one, and writes nothing but into the blob store', async () => {
    const before = walk(top).filter((path) => !path.startsWith('strata/'))
    const plan = await machine.engine.call('install.check', { from: cache.from, into: shorter, all: true })
    expect(plan.packages.map(({ relocation }) => relocation)).toEqual(['checked', 'checked', 'checked', 'checked'])
    expect(walk(top).filter((path) => !path.startsWith('strata/'))).toEqual(before)
    expect(readdirSync(join(machine.blobs, 'spool'))).toEqual([])
  })

  it('relocate-check says how far it is, and ends when it is cancelled with nothing left', async () => {
    const request = { from: cache.from, into: longer, all: true }
    const heard: CheckProgress[] = []
    const stop = machine.engine.on('install.checked', ({ run, progress }) => {
      heard.push(progress)
      if (run === 'second') void machine.engine.call('run.cancel', { run })
    })
    await machine.engine.call('cache.clear', {})
    const { bytesToFetch } = await machine.engine.call('install.plan', request)
    await machine.engine.call('install.check', { ...request, run: 'first' })
    expect(heard[0]).toEqual({ packages: 0, packagesTotal: 4, bytesFetched: 0, bytesToFetch })
    expect(heard.at(-1)).toEqual({ packages: 4, packagesTotal: 4, bytesFetched: bytesToFetch, bytesToFetch })
    const cancelled = machine.engine.call('install.check', { ...request, run: 'second' })
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(readdirSync(join(machine.blobs, 'spool'))).toEqual([])
    // One that has ended is nothing to cancel.
    expect(await machine.engine.call('run.cancel', { run: 'first' })).toEqual({})
    stop()
  })

  it('takes what has room, refuses the package with a C string whole, and says which, where and what to do', async () => {
    const { plan, job, result } = await install(machine.engine, { from: cache.from, into: longer, all: true })
    expect(plan.packages.map(({ relocation }) => relocation)).toEqual(['tight', 'tight', 'tight', 'tight'])
    expect(job.error?.code).toBe('install-incomplete')
    expect(result.failed.map(({ name, error }) => [name, error.code])).toEqual([
      [stubborn, 'relocation-impossible'],
      [dependent, 'dependency-failed'],
    ])
    const records = databaseOf(longer)
    expect(Object.entries(records).flatMap(([name, one]) => (one.installed ? [name] : []))).toEqual([library, program])
    expect(leftoversIn(longer)).toEqual([])
    const from = cache.packages[2]?.prefix ?? ''
    const [first] = result.failed
    expect(first?.error.message).toContain('bin/program')
    expect(first?.error.message).toContain(`"${from}"`)
    expect(first?.error.details).toMatchObject({ file: 'bin/program', from, offset: 64, found: `${from}/share/data` })
    expect(first?.error.hint).toMatch(/padded_length/)
  })

  it('has text and links with the long paths', () => {
    const records = databaseOf(longer)
    const [at = '', needs = ''] = [records[program]?.path ?? '', records[library]?.path ?? '']
    expect(readFileSync(join(at, 'bin/tool'), 'utf8')).toBe(`#!/bin/sh\necho ${at} ${needs}\n`)
    expect(readlinkSync(join(at, 'bin/absolute'))).toBe(join(at, 'bin/tool'))
    expect(readlinkSync(join(at, 'bin/relative'))).toBe('tool')
    expect(readlinkSync(join(at, 'dependency'))).toBe(join(needs, 'lib'))
  })

  it.skipIf(noGcc)(`runs a program whose run path has grown${noGcc ? ` (skipped: ${noGcc})` : ''}`, async () => {
    const records = databaseOf(longer)
    const ask = join(records[program]?.path ?? '', 'bin/ask')
    expect((await run(ask)).stdout).toBe('42\n')
    expect((await run('readelf', ['-d', ask])).stdout).toContain(`[${records[library]?.path}/lib]`)
  })
})

describe('overwriting', () => {
  it('replaces a root by what the cache has, and leaves what it needs alone', async () => {
    const request = { from: cache.from, into: shorter, specs: [program] }
    await install(machine.engine, request)
    const records = databaseOf(shorter)
    const path = records[program]?.path ?? ''
    const pristine = listTree(path)
    writeFileSync(join(path, 'bin/mine'), 'added')
    chmodSync(join(path, 'bin/tool'), 0o600)
    expect((await install(machine.engine, request)).result.installed).toEqual([])
    expect(readFileSync(join(path, 'bin/mine'), 'utf8')).toBe('added')
    const { plan, result } = await install(machine.engine, { ...request, overwrite: true })
    expect(plan.packages.map(({ action }) => action)).toEqual(['installed', 'overwrite'])
    expect(result.installed.map(({ name }) => name)).toEqual([program])
    expect(listTree(path)).toEqual(pristine)
    expect(databaseOf(shorter)).toEqual(records)
    expect(leftoversIn(shorter)).toEqual([])
  })

  it('puts the old one back when the database cannot be written', async () => {
    const path = databaseOf(shorter)[program]?.path ?? ''
    writeFileSync(join(path, 'bin/mine'), 'added')
    const before = { tree: listTree(path), database: databaseOf(shorter) }
    // A folder in the place of the file that the new database is written to first.
    const request = { from: cache.from, into: shorter, specs: [program], overwrite: true }
    const inTheWay = join(shorter, `.spack-db/index.json.${hostname()}.${process.pid}.temp`)
    mkdirSync(inTheWay)
    const { result } = await install(machine.engine, request)
    expect(result.failed.map(({ name }) => name)).toEqual([program])
    rmSync(inTheWay, { recursive: true, force: true })
    expect({ tree: listTree(path), database: databaseOf(shorter) }).toEqual(before)
    expect(leftoversIn(shorter)).toEqual([])
  })
})
