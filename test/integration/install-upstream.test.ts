import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseOf, type Installed, install, leftoversIn, runInstall } from '../support/install/installer.ts'
import { type MadePackage, type MadeStore, makeStore } from '../support/install/made-store.ts'
import { listTree } from '../support/install/tree.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'

/** A store that builds on another one: what that has is used from there, and neither installed nor recorded here. */

let top = ''
let machine: Machine
let made: MadeStore
let cache = ''

const link = { types: ['link'] }
const build = { types: ['build'] }

const packages: readonly MadePackage[] = [
  { label: 'glibc', external: '/usr' },
  { label: 'make', fill: (prefix) => files(prefix) },
  { label: 'zlib', needs: { glibc: link, make: build }, fill: (prefix) => files(prefix) },
  { label: 'pcre', needs: { glibc: link }, fill: (prefix) => files(prefix) },
  {
    label: 'tool',
    needs: { glibc: link, make: build, pcre: link, zlib: link },
    fill: (prefix, of) => files(prefix, of('zlib'), of('pcre')),
  },
]

/** A text and a link to all that is named. */
function files(prefix: string, ...needed: string[]): void {
  mkdirSync(join(prefix, 'share'), { recursive: true })
  writeFileSync(join(prefix, 'share/note'), `${[prefix, ...needed].join('\n')}\n`)
  for (const [number, path] of needed.entries()) symlinkSync(join(path, 'share/note'), join(prefix, `share/${number}`))
}

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'strata-upstream-'))
  machine = await startMachine(top)
  made = makeStore(join(top, 'made'), 5, packages)
  cache = `oci-layout://${join(top, 'cache')}`
  const { job } = await machine.push({ spack: made.spack, environment: made.environment, to: cache, updateIndex: true })
  expect(job.error).toBeUndefined()
  renameSync(join(made.spack, 'opt'), join(made.spack, 'gone'))
})

afterAll(async () => {
  await machine.close()
  rmSync(top, { recursive: true, force: true })
})

/** A Spack whose store builds on these. */
function spackOn(name: string, ...upstreams: readonly string[]): { readonly spack: string; readonly store: string } {
  const spack = join(top, name)
  mkdirSync(join(spack, 'etc/spack'), { recursive: true })
  const trees = upstreams.map((root, number) => [`store-${number}`, { install_tree: root }])
  writeFileSync(join(spack, 'etc/spack/upstreams.yaml'), JSON.stringify({ upstreams: Object.fromEntries(trees) }))
  return { spack, store: join(spack, 'opt/spack') }
}

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8')

describe('a store that builds on another', () => {
  let shared = { spack: '', store: '' }
  let own = { spack: '', store: '' }
  let done: Installed
  let before: object

  beforeAll(async () => {
    shared = spackOn('shared')
    await install(machine.engine, { from: cache, into: shared.spack, specs: ['zlib'] })
    own = spackOn('own', shared.store)
    before = { tree: listTree(shared.store), database: read(shared.store, '.spack-db/index.json') }
    done = await install(machine.engine, { from: cache, into: own.spack, specs: ['tool'] })
  })

  it('gets what is not there, and nothing that is', () => {
    expect(done.job.error).toBeUndefined()
    expect(Object.fromEntries(done.plan.packages.map(({ name, action }) => [name, action]))).toEqual({
      glibc: 'external',
      pcre: 'install',
      zlib: 'upstream',
      tool: 'install',
    })
    expect(done.plan.packages.find(({ name }) => name === 'zlib')?.why).toContain(shared.store)
    expect(done.result.installed.map(({ name }) => name)).toEqual(['pcre', 'tool'])
    expect(leftoversIn(own.store)).toEqual([])
  })

  it('has files that name what is there', () => {
    const [tool = '', pcre = ''] = ['tool', 'pcre'].map((name) => databaseOf(own.store)[name]?.path ?? '')
    const zlib = databaseOf(shared.store).zlib?.path ?? ''
    expect(zlib.startsWith(shared.store)).toBe(true)
    expect(read(tool, 'share/note')).toBe(`${tool}\n${zlib}\n${pcre}\n`)
    expect(readlinkSync(join(tool, 'share/0'))).toBe(join(zlib, 'share/note'))
    expect(read(tool, 'share/0')).toBe(`${zlib}\n`)
  })

  it('records as Spack does: what is installed there has no record here, and no references from here', () => {
    // An external is installed in the upstream's eyes; a build tool that it only names is not.
    expect(databaseOf(own.store)).toEqual({
      make: expect.objectContaining({ installed: false, ref_count: 1 }),
      pcre: expect.objectContaining({ installed: true, ref_count: 1, explicit: false }),
      tool: expect.objectContaining({ installed: true, ref_count: 0, explicit: true }),
    })
    expect(existsSync(join(shared.store, '.spack-db/index.json'))).toBe(true)
    expect({ tree: listTree(shared.store), database: read(shared.store, '.spack-db/index.json') }).toEqual(before)
  })

  it('asks for nothing when everything is there, and a plan does not hold when the other has lost what it builds on', async () => {
    const all = await install(machine.engine, { from: cache, into: own.spack, specs: ['zlib', 'tool'] })
    expect(all.job.error).toBeUndefined()
    expect(all.result.installed).toEqual([])
    const third = spackOn('third', own.store, shared.store)
    const plan = await machine.engine.call('install.plan', { from: cache, into: third.spack, specs: ['tool'] })
    expect(plan.packages.map(({ action }) => action)).toEqual(['external', 'upstream', 'upstream', 'upstream'])
    const index = join(shared.store, '.spack-db/index.json')
    writeFileSync(index, read(index).replaceAll('"installed":true', '"installed":false'))
    await expect(runInstall(machine.engine, plan)).rejects.toMatchObject({ code: 'plan-stale' })
  })
})
