import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Catalog } from '../../main/api/catalog.ts'
import { updateIndex } from '../../main/buildcache/cache-index.ts'
import { openBlobStore } from '../../main/store/blob-store.ts'
import { madePackage, putEnvironmentImage, putPackages } from '../support/acts/made-packages.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto } from '../support/push/read.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'

/** What is asked of a registry, and what is not asked a second time. */

const DAY = 24 * 60 * 60 * 1000
const zlib = madePackage('zlib', { version: '1.3' })
const curl = madePackage('curl', { version: '8.8.0', needs: [zlib] })

let folder = ''
let registry: FaultRegistry
let repository = ''
let now = Date.now()
let machine: Machine

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-browse-'))
  registry = await startFaultRegistry()
  repository = `oci+http://${registry.host}/me/cache`
  now = Date.now()
  machine = await startMachine(folder, { now: () => now })
})
afterEach(async () => {
  await machine.close()
  await registry.close()
  await rm(folder, { recursive: true, force: true })
})

/** The program is started anew: what it knows then is on disk. */
async function restart(): Promise<void> {
  await machine.close()
  machine = await startMachine(folder, { now: () => now })
}

function read(more: { detail?: 'all'; run?: string } = {}): Promise<Catalog> {
  return machine.engine.call('catalog.read', { repository, ...more })
}

async function put(...packages: readonly ReturnType<typeof madePackage>[]): Promise<void> {
  await lookInto(repository, (to) => putPackages(to, packages))
}

async function index(): Promise<void> {
  const store = await openBlobStore({ root: join(folder, 'writer') })
  await lookInto(repository, (to) => updateIndex(to, store, {}))
}

/** What was asked for since the last call, digests left out, in order of the alphabet. */
function asked(): string[] {
  return registry.log
    .splice(0)
    .map(({ method, url }) => `${method} ${url.replace('/v2/me/cache/', '').replace(/\?.*|sha256:[0-9a-f]+/, '')}`)
    .filter((line) => line !== 'GET /v2/')
    .sort()
}

const rowOf = (catalog: Catalog, tag: string) => catalog.rows.find((row) => row.tag === tag)

describe('each manifest and each config is fetched once ever', () => {
  it('after a restart only the tags are asked for, and what may have moved', async () => {
    await put(zlib, curl)
    await lookInto(repository, (to) => putEnvironmentImage(to, 'tools', [zlib, curl]))
    asked()
    const first = await read()
    expect(asked()).toEqual([
      ...['GET blobs/', 'GET blobs/', 'GET blobs/'],
      ...[`GET manifests/${curl.tag}`, 'GET manifests/tools', `GET manifests/${zlib.tag}`],
      ...['GET tags/list', 'HEAD manifests/index.spack'],
    ])
    await restart()
    expect(await read()).toEqual(first)
    expect(asked()).toEqual(['GET tags/list', 'HEAD manifests/index.spack', 'HEAD manifests/tools'])
  })

  it('one new package is all that is read of a cache with one new package', async () => {
    await put(zlib)
    await read()
    await put(curl)
    asked()
    expect(rowOf(await read(), curl.tag)).toMatchObject({ kind: 'package', read: true })
    const manifests = asked().filter((line) => line.includes('manifests'))
    expect(manifests).toEqual([`GET manifests/${curl.tag}`, 'HEAD manifests/index.spack'])
  })

  it('an index is read again only when it is another one; what it knows is not read at all', async () => {
    await put(zlib, curl)
    await index()
    asked()
    await read()
    expect(asked()).not.toContain(`GET manifests/${zlib.tag}`)
    await restart()
    expect((await read()).index).toMatchObject({ version: '7', packages: 2 })
    expect(asked()).toEqual(['GET tags/list', 'HEAD manifests/index.spack', 'HEAD manifests/index.spack'])
  })

  it('a manifest under a new tag is not read again for its blobs', async () => {
    await put(zlib)
    await read()
    const manifest = registry.manifests.get(`me/cache:${zlib.tag}`)
    if (manifest) registry.manifests.set('me/cache:copy', manifest)
    asked()
    expect(rowOf(await read(), 'copy')).toMatchObject({ kind: 'package', package: { name: 'zlib' } })
    expect(asked()).not.toContain('GET blobs/')
  })
})

describe('a package that was pushed again under its tag', () => {
  const rebuilt = { ...curl, layer: madePackage('other').layer, diffId: madePackage('other').diffId }

  it('is seen when somebody looks at it', async () => {
    await put(curl)
    const before = rowOf(await read(), curl.tag)?.digest
    await put(rebuilt)
    const [row] = await machine.engine.call('catalog.rows', { repository, tags: [curl.tag] })
    expect(row?.digest).not.toBe(before)
    expect(row?.ownBytes).toBe(rebuilt.layer.length)
    expect(rowOf(await read(), curl.tag)?.digest).toBe(row?.digest)
  })

  it('is seen in the list after a day at the latest', async () => {
    await put(curl)
    const before = rowOf(await read(), curl.tag)?.digest
    await put(rebuilt)
    expect(rowOf(await read(), curl.tag)?.digest).toBe(before)
    now += DAY
    expect(rowOf(await read(), curl.tag)?.digest).not.toBe(before)
  })

  it('is still told apart in the images that hold its former layer', async () => {
    const app = madePackage('app', { needs: [curl] })
    await put(zlib, curl, app)
    await put(rebuilt)
    const { layers } = await machine.engine.call('image.show', { repository, tag: app.tag })
    expect(layers.map((layer) => layer.package?.name)).toEqual(['zlib', 'curl', 'app'])
  })
})

describe('what goes wrong', () => {
  it('leaves out a tag that was deleted while the others were read', async () => {
    await put(zlib, curl)
    const when = ({ url }: { url: string }): boolean => url.includes(`manifests/${curl.tag}`)
    registry.faults.push({ when, act: { kind: 'status', status: 404 } })
    expect((await read()).rows.map((row) => row.tag)).toEqual([zlib.tag])
  })

  it('calls a package damaged whose config is gone, until it is back', async () => {
    await put(zlib)
    const when = ({ url }: { url: string }): boolean => url.includes('/blobs/')
    registry.faults.push({ when, times: 1, act: { kind: 'status', status: 404 } })
    expect(rowOf(await read(), zlib.tag)).toMatchObject({
      kind: 'damaged',
      problem: expect.stringMatching(/not found/),
    })
    expect(rowOf(await read(), zlib.tag)).toMatchObject({ kind: 'package' })
  })

  it('calls a manifest damaged that is cut short', async () => {
    await put(zlib, curl)
    const when = ({ method, url }: { method: string; url: string }): boolean =>
      method === 'GET' && url.includes(`manifests/${zlib.tag}`)
    registry.faults.push({ when, act: { kind: 'truncate', to: 40 } })
    expect(rowOf(await read(), zlib.tag)).toMatchObject({ kind: 'damaged' })
    expect(rowOf(await read(), curl.tag)).toMatchObject({ kind: 'package' })
  })

  it('leaves unread what the registry keeps back of one image, and shows the others', async () => {
    await put(zlib, curl)
    const when = ({ url }: { url: string }): boolean => url.includes(`manifests/${zlib.tag}`)
    registry.faults.push({ when, act: { kind: 'status', status: 412, body: 'vulnerable' } })
    const catalog = await read()
    expect(rowOf(catalog, zlib.tag)).toMatchObject({ kind: 'unread', problem: expect.stringMatching(/vulnerable/) })
    expect(rowOf(catalog, curl.tag)).toMatchObject({ kind: 'package', read: true })
  })

  it('shows what the index speaks of where the tags may not be listed, and says so', async () => {
    await put(zlib, curl)
    await index()
    const when = ({ url }: { url: string }): boolean => url.includes('tags/list')
    registry.faults.push({ when, act: { kind: 'status', status: 403 } })
    const catalog = await read()
    expect(catalog.problem).toMatch(/tags: the registry denies it/)
    expect(catalog.rows.map((row) => [row.tag, row.kind, row.read])).toEqual(
      [curl.tag, zlib.tag].map((tag) => [tag, 'package', false]),
    )
    const { layers } = await machine.engine.call('image.show', { repository, tag: zlib.tag })
    expect(layers).toMatchObject([{ package: { name: 'zlib' }, usedBy: [] }])
  })

  it('fails with the registry’s own word where the tags may not be listed and there is no index', async () => {
    await put(zlib)
    const when = ({ url }: { url: string }): boolean => url.includes('tags/list')
    registry.faults.push({ when, act: { kind: 'status', status: 403 } })
    await expect(read()).rejects.toMatchObject({ code: 'registry-denied' })
  })

  it('ends when it is cancelled, and keeps what was read until then', async () => {
    await put(zlib, curl)
    const when = ({ url }: { url: string }): boolean => url.includes(`manifests/${curl.tag}`)
    registry.faults.push({ when, times: 1, act: { kind: 'stall' } })
    const reading = read({ run: 'look' })
    reading.catch(() => undefined)
    const store = await openBlobStore({ root: machine.blobs })
    const manifest = registry.manifests.get(`me/cache:${zlib.tag}`)
    const { config } = JSON.parse(manifest?.bytes.toString() ?? '') as { config: { digest: string } }
    await expect.poll(() => store.known('config', config.digest)).toBeDefined()
    await machine.engine.call('run.cancel', { run: 'look' })
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
    asked()
    await read()
    expect(asked().filter((line) => line.startsWith('GET manifests'))).toEqual([`GET manifests/${curl.tag}`])
  })

  it('reads everything again where its memory is damaged or of another form', async () => {
    await put(zlib)
    const first = await read()
    const store = await openBlobStore({ root: machine.blobs })
    await store.rememberKnown('catalog', repository, Buffer.from('{"format":0}'))
    await restart()
    expect(await read()).toEqual(first)
  })
})
