import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { InstallRequestInput } from '../../main/api/install.ts'
import { type Damage, damage, layerFile, makeSmallCache, removeTag, type SmallCache } from '../support/install/cache.ts'
import { databaseOf, type Installed, install, leftoversIn, runInstall } from '../support/install/installer.ts'
import { listTree } from '../support/install/tree.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { rawTar } from '../support/raw-tar.ts'

/** What a bad cache, a bad store or a bad moment gets: nothing registered, nothing left in a prefix, clear words. */

let top = ''
let pristine: SmallCache
let packing: Machine

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'strata-refusals-'))
  packing = await startMachine(join(top, 'packing'))
  pristine = await makeSmallCache(packing, top)
})

afterAll(async () => {
  await packing.close()
  rmSync(top, { recursive: true, force: true })
})

/** A copy of the cache to damage, a store, and a machine that has seen nothing yet. */
let cache: SmallCache
let store = ''
let machine: Machine
let count = 0

beforeEach(async () => {
  const folder = join(top, `t${count++}`)
  const layout = join(folder, 'cache')
  mkdirSync(folder)
  cpSync(pristine.layout, layout, { recursive: true })
  cache = { ...pristine, layout, from: `oci-layout://${layout}` }
  store = join(folder, 's')
  machine = await startMachine(folder)
  return () => machine.close()
})

const [bottom, middle, last] = ['package-00000', 'package-00001', 'package-00002'] as const
const tagOf = (name: string): string => cache.packages.find((one) => one.name === name)?.tag ?? ''
const run = (more: Partial<InstallRequestInput> = {}): Promise<Installed> =>
  install(machine.engine, { from: cache.from, into: store, all: true, ...more })
const installedIn = (): string[] =>
  Object.entries(databaseOf(store)).flatMap(([name, { installed }]) => (installed ? [name] : []))
const failures = ({ result }: Installed): Record<string, string> =>
  Object.fromEntries(result.failed.map(({ name, error }) => [name, error.code]))

/** The middle package was refused, what needs it with it, and what it needs is there. */
function expectOnlyBottom(done: Installed, code: string): string {
  expect(failures(done)).toEqual({ [middle]: code, [last]: 'dependency-failed' })
  expect(done.job.state).toBe('failed')
  expect(done.job.error?.code).toBe('install-incomplete')
  expect(installedIn()).toEqual([bottom])
  for (const name of [middle, last]) expect(existsSync(prefixHere(name))).toBe(false)
  expect(existsSync(join(prefixHere(bottom), 'bin/tool'))).toBe(true)
  expect(leftoversIn(store)).toEqual([])
  return done.result.failed.find((one) => one.name === middle)?.error.message ?? ''
}

function prefixHere(name: string): string {
  const one = cache.packages.find((known) => known.name === name)
  return join(store, 'linux-debian12-x86_64/gcc-12.2.0', `${name}-1.0-${one?.hash}`)
}

describe('a damaged cache', () => {
  it('whose layer has other bytes than its digest', async () => {
    const file = await layerFile(cache, tagOf(middle))
    const bytes = readFileSync(file)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9)
    writeFileSync(file, bytes)
    expect(expectOnlyBottom(await run(), 'digest-mismatch')).toMatch(/sha256:/)
  })

  const otherLayer = rawTar([{ name: 'usr/bin/tool', content: 'not of Spack' }])
  it.each<[string, Damage, string, RegExp]>([
    ['whose gzip stream is cut off', { layer: (bytes) => bytes.subarray(0, -200) }, 'layer-invalid', /inflated/],
    ['whose layer is no gzip', { layer: () => Buffer.from('hello') }, 'layer-invalid', /gzip/],
    [
      'whose tar is garbage',
      { layer: () => gzipSync(Buffer.alloc(2048, 'x')) },
      'layer-invalid',
      /tar|header|checksum/,
    ],
    ['whose layer is no Spack package', { layer: () => gzipSync(otherLayer) }, 'layer-', /Spack|prefix|outside/],
    [
      'whose config speaks of another layer',
      { layer: (bytes) => Buffer.concat([bytes, gzipSync('')]), keep: 'checksum' },
      'digest-mismatch',
      /its config is of the layer/,
    ],
    [
      'whose tar is not what its config says',
      { layer: (bytes) => Buffer.concat([bytes, gzipSync(Buffer.alloc(512))]), keep: 'diffId' },
      'digest-mismatch',
      /diffId/,
    ],
    [
      'whose tag holds another package',
      {
        config: (config) =>
          Object.assign(config, { spec: { _meta: { version: 4 }, nodes: [{ hash: 'z'.repeat(32) }] } }),
      },
      'manifest-invalid',
      /holds \/zzzz.* instead of/,
    ],
    ['whose config holds no spec', { config: (config) => delete config.spec }, 'manifest-invalid', /no spec/],
  ])('%s', async (_, how, code, words) => {
    await damage(cache.from, tagOf(middle), how)
    const done = await run()
    const found = failures(done)[middle] ?? ''
    expect(found.startsWith(code), found).toBe(true)
    expect(expectOnlyBottom(done, found)).toMatch(words)
    expect(done.result.failed.map((one) => one.error.message).join()).toContain(middle)
  })

  it('that lacks what a package needs', async () => {
    await removeTag(cache, tagOf(middle))
    const done = await run()
    expect(expectOnlyBottom(done, 'package-not-found')).toMatch(/not in this cache/)
    expect(done.plan.findings.map(({ message }) => message).join('\n')).toMatch(/index names 1 packages that are gone/)
  })

  it('whose index is older than its tags gives all the same', async () => {
    await damage(cache.from, 'index.spack', { layer: (bytes) => without(bytes, cache.packages[2]?.hash ?? '') })
    const done = await run()
    expect(done.job.state).toBe('done')
    expect(installedIn()).toEqual([bottom, middle, last])
    expect(done.plan.findings.map(({ message }) => message).join('\n')).toMatch(
      /1 packages of the cache are not in its index/,
    )
  })

  it.each([
    ['is no JSON', () => Buffer.from('{"data')],
    [
      'is of a Spack of the future',
      (bytes: Buffer) => Buffer.from(bytes.toString().replace('"version":"7"', '"version":"99"')),
    ],
  ])('whose index %s is read tag by tag', async (_, change) => {
    await damage(cache.from, 'index.spack', { layer: change })
    expect((await run()).job.state).toBe('done')
    expect(installedIn()).toEqual([bottom, middle, last])
  })

  it('with a spec of a Spack of the future installs the others', async () => {
    await removeTag(cache, 'index.spack')
    await damage(cache.from, tagOf(last), {
      config: (config) => Object.assign(config, { spec: { ...(config.spec as object), _meta: { version: 99 } } }),
    })
    const done = await run()
    expect(installedIn()).toEqual([bottom, middle])
    expect(done.plan.findings.map(({ message }) => message).join('\n')).toMatch(/specs of version 99/)
    await expect(run({ all: false, specs: [last] })).rejects.toMatchObject({ code: 'package-not-found' })
  })

  it('with a spec that the store’s Spack could not read refuses that package before it is fetched', async () => {
    await run({ all: false, specs: [bottom] })
    await removeTag(cache, 'index.spack')
    await damage(cache.from, tagOf(last), {
      config: (config) => {
        const { nodes } = config.spec as { nodes: { compiler?: unknown }[] }
        for (const node of nodes) delete node.compiler
        Object.assign(config, { spec: { _meta: { version: 5 }, nodes } })
      },
    })
    const done = await run()
    expect(failures(done)).toEqual({ [last]: 'spec-too-new' })
    expect(installedIn()).toEqual([bottom, middle])
    expect(done.plan.packages.find(({ name }) => name === last)?.problem?.hint).toMatch(/newer Spack/)
  })

  it('that is empty', async () => {
    await expect(run({ from: `oci-layout://${join(top, 'nothing')}` })).rejects.toMatchObject({
      code: 'package-not-found',
      message: 'there are no packages in this cache',
    })
  })
})

function without(index: Buffer, hash: string): Buffer {
  const document = JSON.parse(index.toString()) as { database: { installs: Record<string, unknown> } }
  delete document.database.installs[hash]
  return Buffer.from(JSON.stringify(document))
}

describe('a store that stands in the way', () => {
  it('a prefix that its database does not know is left alone', async () => {
    mkdirSync(join(prefixHere(middle), 'bin'), { recursive: true })
    writeFileSync(join(prefixHere(middle), 'bin/mine'), 'precious')
    const done = await run()
    expect(failures(done)).toEqual({ [middle]: 'prefix-conflict', [last]: 'dependency-failed' })
    expect(readFileSync(join(prefixHere(middle), 'bin/mine'), 'utf8')).toBe('precious')
    expect(installedIn()).toEqual([bottom])
  })

  it('a prefix that comes to be there between plan and run is left alone, too', async () => {
    const plan = await machine.engine.call('install.plan', { from: cache.from, into: store, all: true })
    mkdirSync(prefixHere(middle), { recursive: true })
    writeFileSync(join(prefixHere(middle), 'mine'), 'precious')
    const done = await runInstall(machine.engine, plan)
    expect(done.result.failed.map(({ error }) => error.code)).toEqual(['prefix-conflict', 'dependency-failed'])
    expect(readFileSync(join(prefixHere(middle), 'mine'), 'utf8')).toBe('precious')
  })

  it('a package that is in the database but gone is installed anew', async () => {
    await run()
    const before = { tree: listTree(prefixHere(middle)), database: databaseOf(store) }
    rmSync(prefixHere(middle), { recursive: true })
    const done = await run()
    expect(done.result.installed.map(({ name }) => name)).toEqual([middle])
    expect(done.plan.packages.find(({ name }) => name === middle)?.why).toMatch(/gone/)
    expect({ tree: listTree(prefixHere(middle)), database: databaseOf(store) }).toEqual(before)
  })

  it('a file where the store should be', async () => {
    writeFileSync(store, 'a file')
    const { job } = await run()
    expect(job.state).toBe('failed')
    expect(job.error?.message).toContain(store)
    expect(readFileSync(store, 'utf8')).toBe('a file')
  })
})

describe('the blob store', () => {
  it('fetches again what has been damaged in it', async () => {
    await run()
    rmSync(store, { recursive: true })
    const file = await layerFile(cache, tagOf(middle))
    const hex = file.slice(-64)
    const kept = join(machine.blobs, 'sha256', hex.slice(0, 2), hex)
    const bytes = readFileSync(kept)
    writeFileSync(kept, Buffer.alloc(bytes.length, 'x'))
    const done = await run()
    expect(failures(done)).toEqual({})
    expect(done.job.log.map(({ message }) => message).join('\n')).toMatch(/damaged; it is fetched again/)
    expect(readFileSync(kept).equals(bytes)).toBe(true)
    expect(leftoversIn(store)).toEqual([])
  })
})
