import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { imageMediaTypes } from '../../main/image/assemble.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import { benches } from '../support/push/bench.ts'
import { readLabImages, readLabIndex } from '../support/push/lab.ts'
import { lookInto, readIndexBytes } from '../support/push/read.ts'
import { image, pushImage } from '../support/registry/images.ts'

const { onBench } = benches()
const few = { packages: ['zlib', 'figlet'], only: 'package' as const, updateIndex: true }

interface Installs {
  readonly [hash: string]: {
    readonly spec: { readonly name: string }
    readonly ref_count: number
    readonly in_buildcache: boolean
  }
}

async function installs(to: string): Promise<Installs> {
  const bytes = await readIndexBytes(to)
  return (JSON.parse(bytes?.toString() ?? '{}') as { database: { installs: Installs } }).database.installs
}

async function putBytes(to: string, tag: string, layer: Buffer, config: Buffer): Promise<void> {
  const types = imageMediaTypes.oci
  const manifest = {
    mediaType: types.manifest,
    schemaVersion: 2,
    config: { mediaType: types.config, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: types.layer, digest: digestOf(layer), size: layer.length }],
  }
  await lookInto(to, async (repository) => {
    for (const bytes of [layer, config]) {
      await repository.putBlob({ digest: digestOf(bytes), size: bytes.length }, () => Readable.from([bytes]))
    }
    await repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), types.manifest)
  })
}

/** The lab's tags with configs as Spack wrote them, over layers that are not the real ones. */
async function putSpacksCache(to: string): Promise<void> {
  for (const [tag, { config }] of Object.entries(readLabImages())) {
    if (!tag.endsWith('.spack') || tag === 'index.spack') continue
    await putBytes(to, tag, Buffer.from(`layer of ${tag}`), Buffer.from(JSON.stringify(config)))
  }
}

describe('index.spack', () => {
  it('holds what was pushed, its dependencies and who needs them; an unchanged one is not written', () =>
    onBench(async ({ machine, request, to, writes }) => {
      await machine.push(request({ packages: ['less'], buildDependencies: false, updateIndex: true }))
      const byName = Object.fromEntries(Object.values(await installs(to)).map((one) => [one.spec.name, one]))
      expect(byName).toMatchObject({
        less: { ref_count: 0, in_buildcache: true },
        ncurses: { ref_count: 1, in_buildcache: true },
        gmake: { ref_count: 2, in_buildcache: false },
      })
      writes()
      const again = await machine.push(request({ packages: ['less'], buildDependencies: false, updateIndex: true }))
      expect(again.job.result?.tags).toEqual([])
      expect(writes()).toEqual([])
    }))

  it('that Spack wrote for its cache is left alone while nothing is new', () =>
    onBench(async ({ machine, request, to, writes }) => {
      await putSpacksCache(to)
      await putBytes(to, 'index.spack', readLabIndex(), Buffer.from('{}'))
      writes()
      const { job } = await machine.push(request(few))
      expect(job).toMatchObject({ state: 'done', result: { tags: [] } })
      expect(writes()).toEqual([])
      expect((await readIndexBytes(to))?.equals(readLabIndex())).toBe(true)
    }))

  it('that a copy compressed on the way is written plain again, as Spack needs it', () =>
    onBench(async ({ machine, request, to }) => {
      await putSpacksCache(to)
      await putBytes(to, 'index.spack', gzipSync(readLabIndex()), Buffer.from('{}'))
      const { job } = await machine.push(request(few))
      expect(job.result?.tags.map((tag) => tag.kind)).toEqual(['index'])
      expect(JSON.parse((await readIndexBytes(to))?.toString() ?? '')).toEqual(JSON.parse(readLabIndex().toString()))
    }))

  it('takes in what others pushed, and lets go of what is gone', () =>
    onBench(async ({ machine, registry, request, to }) => {
      await putSpacksCache(to)
      await machine.push(request(few))
      expect(Object.values(await installs(to)).filter((one) => one.in_buildcache)).toHaveLength(15)
      for (const key of [...registry.manifests.keys()]) if (key.includes(':vim-')) registry.manifests.delete(key)
      await machine.push(request(few))
      const names = Object.values(await installs(to)).map((one) => one.spec.name)
      expect(names).toHaveLength(14)
      expect(names).not.toContain('vim')
    }))

  it.each([
    ['not JSON', 'oops'],
    ['another document', '{"database":{"version":"7"}}'],
  ])('that is damaged (%s) is made anew from the tags', (_, content) =>
    onBench(async ({ machine, request, to }) => {
      await putBytes(to, 'index.spack', Buffer.from(content), Buffer.from('{}'))
      const { job } = await machine.push(request(few))
      expect(job.state).toBe('done')
      const inCache = Object.values(await installs(to)).filter((one) => one.in_buildcache)
      expect(inCache.map((one) => one.spec.name).sort()).toEqual(['figlet', 'zlib'])
    }),
  )

  it('passes over tags that end in .spack and are no packages, and the log says so', () =>
    onBench(async ({ machine, request, to }) => {
      await lookInto(to, async (repository) => {
        await pushImage(repository, image('oci'), 'plain-image.spack')
        const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] }))
        await repository.putManifest('an-index.spack', index, mediaTypes.ociIndex)
      })
      const { job } = await machine.push(request(few))
      expect(job.state).toBe('done')
      const log = job.log.map((line) => line.message).join('\n')
      expect(log).toContain('passed over an-index.spack')
      expect(log).toContain('passed over plain-image.spack')
      expect(Object.values(await installs(to)).filter((one) => one.in_buildcache)).toHaveLength(2)
    }))

  it('of a newer Spack is not touched', () =>
    onBench(async ({ machine, request, to }) => {
      const newer = Buffer.from('{"database":{"version":"99","installs":{}}}')
      await putBytes(to, 'index.spack', newer, Buffer.from('{}'))
      const { job } = await machine.push(request(few))
      expect(job).toMatchObject({ state: 'failed', result: { failed: [{ error: { code: 'database-too-new' } }] } })
      expect((await readIndexBytes(to))?.equals(newer)).toBe(true)
    }))
})
