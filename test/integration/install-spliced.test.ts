import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlannedInstall } from '../../main/api/install.ts'
import { damage } from '../support/install/cache.ts'
import { databaseOf, type Installed, install, leftoversIn } from '../support/install/installer.ts'
import { type MadePackage, type MadeStore, makeStore } from '../support/install/made-store.ts'
import { listTree, withPath } from '../support/install/tree.ts'
import { missingProgram } from '../support/programs.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { readIndexBytes } from '../support/push/read.ts'
import { isModernSpack, setUpSpack } from '../support/push/real-spack.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'

/** A package that was built with one library and is to run with another: spliced. Its files have to name the other one. */

const noGcc = process.platform === 'linux' ? await missingProgram('gcc') : 'this is not Linux'

let top = ''
let machine: Machine
let made: MadeStore
/** Has what was built; that some of it is to be spliced only the environment knows. */
let cache = ''
let environment = ''

const link = { types: ['link'] }
const mpi = { types: ['link'], virtuals: ['mpi'] }

/** `tool` was built with zlib 1.2 and mpich; here it is to run with zlib 1.3 and openmpi. */
const packages: readonly MadePackage[] = [
  { label: 'zlib', version: '1.2', fill: (prefix) => library(prefix, 1) },
  { label: 'zlib-new', name: 'zlib', version: '1.3', fill: (prefix) => library(prefix, 2) },
  { label: 'mpich', fill: (prefix) => text(prefix, 'share/note', prefix) },
  { label: 'openmpi', fill: (prefix) => text(prefix, 'share/note', prefix) },
  { label: 'tool', needs: { zlib: link, mpich: mpi }, fill: (prefix, of) => program(prefix, of('zlib'), of('mpich')) },
  { label: 'tool-spliced', name: 'tool', builtAs: 'tool', needs: { 'zlib-new': link, openmpi: mpi } },
  { label: 'app', needs: { tool: link }, fill: (prefix, of) => text(prefix, 'share/note', of('tool')) },
  { label: 'app-spliced', name: 'app', builtAs: 'app', needs: { 'tool-spliced': link } },
]

function text(prefix: string, name: string, ...words: string[]): void {
  mkdirSync(join(prefix, name, '..'), { recursive: true })
  writeFileSync(join(prefix, name), `${words.join('\n')}\n`)
}

function library(prefix: string, answer: number): void {
  text(prefix, 'share/note', prefix)
  mkdirSync(join(prefix, 'lib'))
  if (!noGcc) compile(`int answer(void) { return ${answer}; }`, join(prefix, 'lib/libz.so'), '-shared', '-fPIC')
}

/** Names its libraries in a text, in a link, in the strings of a binary, and in a run path. */
function program(prefix: string, zlib: string, mpich: string): void {
  text(prefix, 'share/note', prefix, zlib, mpich)
  mkdirSync(join(prefix, 'bin'))
  symlinkSync(join(zlib, 'share/note'), join(prefix, 'bin/link'))
  const source = `#include <stdio.h>
int answer(void);
int main(void) { printf("%d ${zlib}/share/note ${mpich}/share/note\\n", answer()); }`
  if (!noGcc) compile(source, join(prefix, 'bin/tool'), `-L${zlib}/lib`, '-lz', `-Wl,-rpath,${zlib}/lib`)
}

function compile(source: string, output: string, ...options: string[]): void {
  run('gcc', ['-x', 'c', '-', '-x', 'none', '-o', output, ...options], source)
}

function run(program: string, words: readonly string[], input: string): void {
  const { status, stderr } = spawnSync(program, words, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'strata-spliced-'))
  machine = await startMachine(top)
  made = makeStore(join(top, 'made-where-paths-are-long'), 5, packages)
  cache = `oci-layout://${join(top, 'cache')}`
  const { job } = await machine.push({ spack: made.spack, environment: made.environment, to: cache, updateIndex: true })
  expect(job.error).toBeUndefined()
  environment = join(top, 'environment')
  made.lock(environment, ['app-spliced'])
  // Nothing may still find what was built where it was built.
  rmSync(join(made.spack, 'opt'), { recursive: true })
})

afterAll(async () => {
  await machine.close()
  rmSync(top, { recursive: true, force: true })
})

/** A Spack whose store is empty. */
function emptySpack(name: string): { readonly spack: string; readonly store: string } {
  const spack = join(top, name)
  mkdirSync(join(spack, 'bin'), { recursive: true })
  writeFileSync(join(spack, 'bin/spack'), '')
  return { spack, store: join(spack, 'opt/spack') }
}

const prefixIn = (store: string, name: string): string => databaseOf(store)[name]?.path ?? ''
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8')

/** Every path in the tool's files leads to what it is to run with, and nothing is left of what it was built with. */
function expectSpliced(store: string): void {
  const [tool, zlib, openmpi, app] = ['tool', 'zlib', 'openmpi', 'app'].map((name) => prefixIn(store, name))
  expect(tool).toContain(made.hashOf('tool-spliced'))
  expect(zlib).toContain(made.hashOf('zlib-new'))
  expect(read(tool ?? '', 'share/note')).toBe(`${tool}\n${zlib}\n${openmpi}\n`)
  expect(readlinkSync(join(tool ?? '', 'bin/link'))).toBe(`${zlib}/share/note`)
  expect(read(app ?? '', 'share/note')).toBe(`${tool}\n`)
  expect(leftoversIn(store)).toEqual([])
  if (noGcc) return
  const { stdout } = spawnSync(join(tool ?? '', 'bin/tool'), { encoding: 'utf8' })
  const [answer, ...paths] = stdout.trim().split(' ')
  expect(answer).toBe('2')
  // Padded by slashes, since strings keep their length.
  expect(paths.map((path) => path.replace(/^\/+/, '/'))).toEqual([`${zlib}/share/note`, `${openmpi}/share/note`])
}

function specOf(
  store: string,
  name: string,
): { _meta: { version: number }; nodes: { name: string; hash: string; build_spec?: object }[] } {
  return (JSON.parse(read(prefixIn(store, name), '.spack/spec.json')) as { spec: ReturnType<typeof specOf> }).spec
}

describe('a spliced package', () => {
  const target = { spack: '', store: '' }
  let done: Installed
  const planned = (name: string): PlannedInstall | undefined => done.plan.packages.find((one) => one.name === name)

  beforeAll(async () => {
    Object.assign(target, emptySpack('spack-a'))
    done = await install(machine.engine, { from: cache, into: target.spack, environment: { environment } })
  })

  it(`has files that name what was spliced in${noGcc ? ` (programs left out: ${noGcc})` : ''}`, () => {
    expect(done.job.error).toBeUndefined()
    expect(done.result.installed.map(({ name }) => name).sort()).toEqual(['app', 'openmpi', 'tool', 'zlib'])
    expectSpliced(target.store)
  })

  it('is in the plan as what only a look at its layer tells about', () => {
    expect(planned('tool')?.relocation).toBe('unknown')
    expect(planned('tool')?.mappings.map(({ kind }) => kind)).toEqual(['package'])
    expect(planned('zlib')?.relocation).toBe('fits')
  })

  it('brings its own spec with what was built for it, and no manifest of other bytes', () => {
    const { _meta, nodes } = specOf(target.store, 'tool')
    expect(_meta.version).toBe(5)
    expect(nodes[0]).toMatchObject({
      hash: made.hashOf('tool-spliced'),
      build_spec: { name: 'tool', hash: made.hashOf('tool') },
    })
    expect(nodes.map(({ hash }) => hash).sort()).toEqual(
      ['tool-spliced', 'tool', 'zlib', 'zlib-new', 'mpich', 'openmpi'].map(made.hashOf).sort(),
    )
    expect(existsSync(join(prefixIn(target.store, 'tool'), '.spack/install_manifest.json'))).toBe(false)
    expect(existsSync(join(prefixIn(target.store, 'zlib'), '.spack/install_manifest.json'))).toBe(true)
  })

  it('is in the database with its build spec, which has no record itself', () => {
    const records = databaseOf(target.store)
    expect(Object.keys(records)).toEqual(['app', 'openmpi', 'tool', 'zlib'])
    expect(records.tool).toMatchObject({ hash: made.hashOf('tool-spliced'), ref_count: 1, explicit: false })
    expect(records.zlib).toMatchObject({ hash: made.hashOf('zlib-new'), ref_count: 1 })
    expect(records.app).toMatchObject({ explicit: true })
    const index = JSON.parse(read(target.store, '.spack-db/index.json')) as {
      database: { installs: Record<string, { spec: object }> }
    }
    expect(index.database.installs[made.hashOf('tool-spliced')]?.spec).toMatchObject({
      build_spec: { name: 'tool', hash: made.hashOf('tool') },
    })
  })

  it('comes from a cache that has it spliced, whose index knows nothing of what was built', async () => {
    const to = `oci-layout://${join(top, 'cache-of-splices')}`
    const { job } = await machine.push({ spack: target.spack, environment, to, updateIndex: true })
    expect(job.error).toBeUndefined()
    const index = (await readIndexBytes(to))?.toString() ?? ''
    expect(index).toContain(`"build_spec":{"name":"tool","hash":"${made.hashOf('tool')}"}`)
    expect(index).not.toContain(`"name":"mpich"`)
    const second = emptySpack('b')
    const again = await install(machine.engine, { from: to, into: second.spack, specs: ['app'] })
    expect(again.job.error).toBeUndefined()
    expectSpliced(second.store)
    expect(specOf(second.store, 'tool')).toEqual(specOf(target.store, 'tool'))

    // When no config says it either, nobody could read the spec that would be written.
    const built = ['tool', 'zlib', 'mpich', 'app'].map(made.hashOf)
    for (const name of ['tool', 'app']) {
      await damage(to, `${name}-1.0-${made.hashOf(`${name}-spliced`)}.spack`, {
        config: (config) => {
          const { nodes, ...spec } = config.spec as { nodes: { hash: string }[] }
          Object.assign(config, { spec: { ...spec, nodes: nodes.filter(({ hash }) => !built.includes(hash)) } })
        },
      })
    }
    const third = emptySpack('c')
    const refused = await install(machine.engine, { from: to, into: third.spack, specs: ['app'] })
    expect(refused.result.failed.map(({ name, error }) => [name, error.code])).toEqual([
      ['tool', 'spec-invalid'],
      ['app', 'spec-invalid'],
    ])
    expect(refused.result.failed[0]?.error.message).toMatch(
      /^tool\/\w{7} was spliced from tool\/\w{7}, of which the cache says nothing$/,
    )
  })
})

const root = process.env.SPACK_ROOT ?? ''
const noSpack = root === '' || !isModernSpack(root) ? 'SPACK_ROOT is not set, or an old Spack' : undefined
const noRegistry = noSpack ?? (await missingDockerRegistry())

describe.skipIf(noRegistry)(
  `for a real Spack${noRegistry ? ` (skipped: ${noRegistry})` : ''}`,
  { timeout: 300_000 },
  () => {
    it('is what Spack itself makes of the same cache: its files, its database, and what it finds', async () => {
      const registry = await startDockerRegistry({ tls: true })
      try {
        const { caFile = '' } = registry
        const to = `oci://${registry.host}/me/cache`
        const source = makeStore(join(top, 'another-made-where-paths-are-long'), 5, packages)
        const { spack: made, environment: all } = source
        const pushed = await machine.push({ spack: made, environment: all, to, caFiles: [caFile], updateIndex: true })
        expect(pushed.job.error).toBeUndefined()
        const names = ['zlib', 'mpich', 'openmpi', 'tool', 'app']
        // Two stores of one length, so that the same bytes come of them.
        const [theirs, ours] = ['spack-itself', 'spack-strata'].map((name) => {
          const folder = join(top, name)
          mkdirSync(folder)
          return setUpSpack(root, folder, { sysroot: '', packages: names, caFile, mirrors: { cache: to } })
        })
        if (!theirs || !ours) throw new Error('there are two')
        await theirs.run('-e', environment, 'install', '--cache-only', '--no-check-signature')
        const strata = await startMachine(join(top, 'strata-of-spack'), { env: ours.env })
        const done = await install(strata.engine, {
          from: to,
          into: root,
          caFiles: [caFile],
          environment: { environment },
        })
        await strata.close()
        expect(done.job.error).toBeUndefined()
        expect(done.plan.target.root).toBe(ours.store)

        const listed = await ours.run('find', '--no-groups', '-lp')
        for (const { hash, prefix } of done.result.installed) {
          expect(listed).toMatch(new RegExp(`^${hash.slice(0, 7)} .*${prefix}$`, 'm'))
        }
        expectSpliced(ours.store)
        expect(recordsOf(ours.store)).toEqual(recordsOf(theirs.store))
        for (const name of ['app', 'openmpi', 'tool', 'zlib']) {
          const [a, b] = [theirs, ours].map(({ store }) => {
            const tree = listTree(prefixIn(store, name), (bytes) => withPath(bytes, store, theirs.store))
            // Spack makes the prefix of a splice by another way than others', which forgets the setgid bit of folders.
            return [...tree.values()].flatMap((row) =>
              row.path.startsWith('.spack/') ? [] : [row.type === 'dir' ? { ...row, mode: row.mode.slice(-3) } : row],
            )
          })
          expect(b, name).toEqual(a)
          expect(specOf(ours.store, name)).toEqual(specOf(theirs.store, name))
        }
        const before = databaseOf(ours.store)
        await ours.run('reindex')
        expect(databaseOf(ours.store)).toEqual(before)
      } finally {
        await registry.close()
      }
    })
  },
)

/** The records of a store whole, but for their times, the store under one name. */
function recordsOf(store: string): Record<string, object> {
  const text = read(store, '.spack-db/index.json')
    .replaceAll(store, '/store')
    .replace(/"installation_time":\s*[\d.]+/g, '"t":0')
  return (JSON.parse(text) as { database: { installs: Record<string, object> } }).database.installs
}
