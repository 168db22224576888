import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Catalog, CatalogProgress } from '../../main/api/catalog.ts'
import { updateIndex } from '../../main/buildcache/cache-index.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { openBlobStore } from '../../main/store/blob-store.ts'
import { onEveryPlace } from '../support/acts/cache-places.ts'
import { madePackage, putEnvironmentImage, putImage, putPackages } from '../support/acts/made-packages.ts'
import { writeLabCache } from '../support/browse/lab-cache.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto } from '../support/push/read.ts'
import { image, pushImage } from '../support/registry/images.ts'

const zlib = madePackage('zlib', { version: '1.3' })
const openssl = madePackage('openssl', { version: '3.3.1', needs: [zlib] })
const curl = madePackage('curl', { version: '8.8.0', needs: [openssl, zlib], archiveTimestamp: '2026-03-01T00:00:00Z' })

function kinds(catalog: Catalog): Record<string, string> {
  return Object.fromEntries(catalog.rows.map((row) => [row.tag, row.kind]))
}

async function writeIndex(repository: Repository, folder: string): Promise<void> {
  await updateIndex(repository, await openBlobStore({ root: join(folder, 'writer') }), {})
}

onEveryPlace((place, { start, end }) => {
  let folder = ''
  let machine: Machine
  beforeAll(async () => {
    folder = await start()
    machine = await startMachine(join(folder, 'machine'))
  })
  afterAll(async () => {
    await machine.close()
    await end()
  })
  const read = (repository: string, more: { detail?: 'all'; run?: string } = {}): Promise<Catalog> =>
    machine.engine.call('catalog.read', { repository, ...more })

  it('shows every tag as what it is, where there is no index', async () => {
    const repository = place.repository()
    await lookInto(repository, async (to) => {
      await putPackages(to, [zlib, curl])
      await putEnvironmentImage(to, 'tools', [zlib, openssl, curl])
      await pushImage(to, image(), 'other')
      await putImage(to, `broken-1.0-${'a'.repeat(32)}.spack`, Buffer.from('{"architecture":'), [zlib.layer])
      await putImage(to, `empty-1.0-${'b'.repeat(32)}.spack`, Buffer.from('{}'), [])
    })
    const catalog = await read(repository)
    expect(kinds(catalog)).toEqual({
      [zlib.tag]: 'package',
      [curl.tag]: 'package',
      // openssl has no tag of its own: nobody here says whose layer the one in the middle is.
      tools: 'image',
      other: 'image',
      [`broken-1.0-${'a'.repeat(32)}.spack`]: 'damaged',
      [`empty-1.0-${'b'.repeat(32)}.spack`]: 'damaged',
    })
    expect(catalog.index).toBeUndefined()
    expect(catalog).toMatchObject({ unlisted: [], gone: [], command: `strata list ${repository}` })
    const row = catalog.rows.find((one) => one.tag === curl.tag)
    const bytes = [zlib, openssl, curl].reduce((sum, one) => sum + one.layer.length, 0)
    expect(row).toMatchObject({ read: true, layers: 3, bytes, ownBytes: curl.layer.length, platform: 'linux/amd64' })
    expect(row).toMatchObject({ createdAt: Date.UTC(2026, 2, 1) })
    expect(row?.package).toMatchObject({ name: 'curl', version: '8.8.0', hash: curl.hash, layoutVersion: 2 })
  })

  it('takes from the index what it knows, reads the rest, and says where the two disagree', async () => {
    const repository = place.repository()
    const gone = madePackage('gone')
    await lookInto(repository, async (to) => {
      await putPackages(to, [zlib, openssl, gone])
      await writeIndex(to, folder)
      await putPackages(to, [curl])
      const { digest } = (await to.headManifest(gone.tag)) ?? { digest: undefined }
      if (digest) await to.deleteManifest(digest)
      await putEnvironmentImage(to, 'tools', [zlib, openssl, curl])
    })
    const events: CatalogProgress[] = []
    const stop = machine.engine.on('catalog.progress', (event) => event.run === 'look' && events.push(event))
    const catalog = await read(repository, { run: 'look' })
    stop()
    expect(catalog.index).toMatchObject({ version: '7', packages: 3 })
    expect(catalog.unlisted).toEqual([curl.tag])
    expect(catalog.gone).toEqual([{ hash: gone.hash, name: 'gone', version: '1.0' }])
    const rowOf = (tag: string) => catalog.rows.find((row) => row.tag === tag)
    expect(rowOf(zlib.tag)).toMatchObject({ read: false, listed: true, package: { name: 'zlib', specVersion: 4 } })
    expect(rowOf(curl.tag)).toMatchObject({ read: true, listed: false, ownBytes: curl.layer.length })
    expect(rowOf('index.spack')?.kind).toBe('index')
    // The first rows come at once: every tag, as far as it is known.
    expect(events[0]?.rows.map((row) => row.tag).sort()).toEqual(catalog.rows.map((row) => row.tag).sort())
    expect(events.at(-1)).toMatchObject({ read: 5, total: 5 })

    const all = await read(repository, { detail: 'all' })
    expect(all.rows.filter((row) => !row.read)).toEqual([])
    expect(kinds(all).tools).toBe('environment')
  })

  it('gives the rows of some tags as they are now, without those that are gone', async () => {
    const repository = place.repository()
    await lookInto(repository, async (to) => {
      await putPackages(to, [zlib, openssl])
      await writeIndex(to, folder)
    })
    await read(repository)
    const rows = await machine.engine.call('catalog.rows', { repository, tags: [zlib.tag, 'no-such-tag'] })
    expect(rows).toMatchObject([{ tag: zlib.tag, kind: 'package', read: true, listed: true, layers: 1 }])
  })

  it('is empty where nothing was ever pushed', async () => {
    const { rows, index, unlisted, gone } = await read(place.repository())
    expect([rows, index, unlisted, gone]).toEqual([[], undefined, [], []])
  })

  it.each([
    ['no JSON', 'this is no JSON', /not JSON/],
    ['no database', '{"packages":[]}', /not a database/],
    ['of a newer version', '{"database":{"version":"99","installs":{}}}', /version 99/],
  ])('reads the tags where the index is %s, and says so', async (_, content, problem) => {
    const repository = place.repository()
    await lookInto(repository, async (to) => {
      await putPackages(to, [zlib])
      await putImage(to, 'index.spack', Buffer.from('{}'), [Buffer.from(content)])
    })
    const catalog = await read(repository)
    expect(catalog.index).toEqual({ digest: expect.any(String), problem: expect.stringMatching(problem) })
    expect(catalog).toMatchObject({ unlisted: [], gone: [] })
    expect(catalog.rows.find((row) => row.tag === zlib.tag)).toMatchObject({ kind: 'package', read: true })
    expect(catalog.rows.find((row) => row.tag === 'index.spack')?.problem).toMatch(problem)
  })
})

describe('what Spack 0.22.5 pushed', () => {
  let folder = ''
  let machine: Machine
  let repository = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-browse-'))
    machine = await startMachine(folder)
    repository = await writeLabCache(join(folder, 'cache'))
  })
  afterAll(async () => {
    await machine.close()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(['index', 'all'] as const)(
    'is fifteen packages, an environment and an index (detail: %s)',
    async (detail) => {
      const catalog = await machine.engine.call('catalog.read', { repository, detail })
      expect(catalog).toMatchObject({ index: { version: '7', packages: 15 }, unlisted: [], gone: [] })
      const found = Object.entries(kinds(catalog)).filter(([, kind]) => kind !== 'package')
      expect(found.sort()).toEqual([
        ['index.spack', 'index'],
        ['tools', 'environment'],
      ])
      expect(catalog.rows.find((row) => row.package?.name === 'sqlite')).toMatchObject({
        read: detail === 'all',
        listed: true,
        package: { version: '3.40.1', compiler: 'gcc@12.2.0', target: 'x86_64', os: 'debian12', specVersion: 4 },
      })
    },
  )

  it('says of the environment which package each layer is, and who else holds it', async () => {
    const shown = await machine.engine.call('image.show', { repository, tag: 'tools' })
    expect(shown).toMatchObject({ kind: 'environment', platform: 'linux/amd64', tag: 'tools' })
    expect(shown.layers.map((layer) => layer.package?.name)).toEqual([
      ...['zstd', 'ncurses', 'zlib', 'nano', 'hello', 'figlet', 'readline', 'lua', 'sed', 'vim', 'cowsay', 'sqlite'],
      ...['less', 'relockit'],
    ])
    const ncurses = shown.layers[1]
    expect(ncurses?.usedBy.map((tag) => tag.replace(/-.*/, ''))).toEqual([
      ...['less', 'lua', 'nano', 'ncurses', 'readline', 'sqlite', 'vim'],
    ])
    expect(shown.stack.find((one) => one.name === 'ncurses')?.neededBy.sort()).toEqual([
      ...['less', 'lua', 'nano', 'readline', 'vim'],
    ])
    expect(shown.stack.filter((one) => one.root).map((one) => one.name)).not.toContain('readline')
    // gmake is needed to build alone: no layer, and yet in the graph.
    expect(shown.packages.map((one) => one.name)).toContain('gmake')
    expect(shown.sums).toMatchObject({ uniqueBytes: 0, sharedBytes: shown.sums.bytes })
  })
})
