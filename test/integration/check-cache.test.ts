import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActResult } from '../../main/api/models.ts'
import { imageMediaTypes } from '../../main/image/assemble.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { onEveryPlace } from '../support/acts/cache-places.ts'
import { madePackage, putEnvironmentImage, putImage, putPackages } from '../support/acts/made-packages.ts'
import { planAct, runAct } from '../support/acts/run-act.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, readImage } from '../support/push/read.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'

const zlib = madePackage('zlib')
const hdf5 = madePackage('hdf5', { needs: [zlib] })

onEveryPlace((place, setUp) => {
  let machine: Machine
  beforeAll(async () => {
    machine = await startMachine(await setUp.start())
  })
  afterAll(async () => {
    await machine.close()
    await setUp.end()
  })

  /** A cache with two packages, an image of both and an index, changed by `change`; and what a check says of it. */
  async function checked(
    change: (repository: Repository) => Promise<void>,
    more: { readonly deep?: boolean; readonly tags?: string[] } = {},
  ): Promise<ActResult> {
    const repository = place.repository()
    await lookInto(repository, async (opened) => {
      await putPackages(opened, [zlib, hdf5])
      await putEnvironmentImage(opened, 'tools', [zlib, hdf5])
    })
    await runAct(machine, { kind: 'index', repository })
    await lookInto(repository, change)
    const { job } = await runAct(machine, { kind: 'check', repository, ...more })
    expect(job.state).toBe('done')
    if (!job.acted) throw new Error('it has no result')
    return job.acted
  }
  const nothing = async (): Promise<void> => undefined

  it.each([false, true])('finds nothing wrong where nothing is (deep: %s)', async (deep) => {
    const result = await checked(nothing, { deep })
    expect(result).toMatchObject({ failed: [], findings: [] })
    expect(result.done).toEqual([`4 tags and 7 blobs ${deep ? 'read' : 'looked at'}`])
    expect(result.bytes > 0).toBe(deep)
  })

  it('says of a dependency without a tag that it is missing, and of the index that it lists it', async () => {
    const result = await checked(async (repository) => {
      const head = await repository.headManifest(zlib.tag)
      if (head) await repository.deleteManifest(head.digest)
    })
    expect(result.findings).toMatchObject([
      { severity: 'problem', message: 'index.spack lists 1 package without a tag: zlib@1.0' },
      { severity: 'warning', message: expect.stringContaining(`needed by ${hdf5.tag}`), hash: zlib.hash },
    ])
  })

  it('looks at the tags that were named, by name or by spec, and leaves the index alone', async () => {
    const result = await checked(nothing, { tags: ['zlib', 'tools'] })
    expect(result.done[0]).toMatch(/^2 tags/)
    expect(result.findings).toEqual([])
  })

  it('says of packages that no index lists that Spack does not know them', async () => {
    const result = await checked((repository) => putPackages(repository, [madePackage('late')]))
    expect(result.findings).toMatchObject([
      { severity: 'warning', message: `index.spack lacks 1 package: ${madePackage('late').tag}` },
    ])
  })

  it('passes over nothing: a foreign image under a package’s tag, a damaged config, an image index', async () => {
    const result = await checked(async (repository) => {
      await putEnvironmentImage(repository, 'foreign.spack', [zlib])
      await putImage(repository, 'broken.spack', Buffer.from('oops'), [zlib.layer])
      await putImage(repository, 'list.spack', Buffer.from('[]'), [])
    })
    const messages = result.findings.map((finding) => `${finding.severity} ${finding.message}`)
    expect(messages).toContainEqual(expect.stringMatching(/^problem foreign\.spack holds no spec/))
    expect(messages).toContainEqual(expect.stringMatching(/^problem .*config of broken\.spack is not JSON/))
    expect(messages).toContainEqual(expect.stringMatching(/^problem .*config of list\.spack is not valid/))
  })

  it('follows image indexes, and takes charts and signatures for what they are', async () => {
    const result = await checked(async (repository) => {
      const image = await readImage(repository, 'tools')
      const child = { mediaType: image.mediaType, digest: image.digest, size: 1 }
      const list = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [child] }
      await repository.putManifest('platforms', Buffer.from(JSON.stringify(list)), mediaTypes.ociIndex)
      const blob = Buffer.from('{}')
      const part = { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: digestOf(blob), size: blob.length }
      await repository.putBlob(part, () => Readable.from([blob]))
      const chart = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: part, layers: [part] }
      await repository.putManifest('chart', Buffer.from(JSON.stringify(chart)), mediaTypes.ociManifest)
    })
    expect(result.findings).toMatchObject([
      {
        severity: 'problem',
        message: expect.stringMatching(/^manifest sha256:\w+ has \d+ bytes instead of 1; needed by platforms/),
      },
    ])
  })

  it('deep: a layer that unpacks to something else, and one that is no gzip', async () => {
    const result = await checked(
      async (repository) => {
        const config = (diffId: string) =>
          Buffer.from(
            JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } }),
          )
        await putImage(repository, 'other', config(zlib.diffId), [gzipSync('something else')])
        await putImage(repository, 'cut', config(hdf5.diffId), [gzipSync('cut off before its end').subarray(0, 20)])
        await putImage(repository, 'plain', config(digestOf(Buffer.from('a tar'))), [Buffer.from('a tar')])
      },
      { deep: true },
    )
    const messages = result.findings.map((finding) => finding.message)
    expect(messages).toHaveLength(2)
    expect(messages).toContainEqual(
      expect.stringMatching(new RegExp(`^other: layer .* its config says ${zlib.diffId}`)),
    )
    expect(messages).toContainEqual(expect.stringMatching(/is damaged: it is no whole gzip stream; needed by cut/))
  })

  it('a config that speaks of another layer than its manifest', async () => {
    const result = await checked(async (repository) => {
      const { configBytes, manifest } = await readImage(repository, zlib.tag)
      const config = JSON.parse(configBytes.toString()) as object
      const checksum = { hash_algorithm: 'sha256', hash: '0'.repeat(64) }
      const bytes = Buffer.from(JSON.stringify({ ...config, binary_cache_checksum: checksum }))
      expect(manifest.config.mediaType).toBe(imageMediaTypes.oci.config)
      await putImage(repository, zlib.tag, bytes, [zlib.layer])
    })
    expect(result.findings).toMatchObject([
      { severity: 'problem', message: expect.stringContaining(`${zlib.tag}: its config is of the layer`) },
    ])
  })
})

describe('what a registry has lost', () => {
  it('is found by name, size and digest; a repository without tags is nothing to check', async () => {
    const registry = await startFaultRegistry()
    const folder = await mkdtemp(join(tmpdir(), 'strata-check-'))
    const machine = await startMachine(folder)
    const repository = `oci+http://${registry.host}/me/cache`
    const check = async (deep: boolean) => {
      const { job } = await runAct(machine, { kind: 'check', repository, deep })
      return job.acted?.findings.map((finding) => finding.message) ?? []
    }
    try {
      expect((await planAct(machine, { kind: 'check', repository })).empty).toBe(true)
      await lookInto(repository, (opened) => putPackages(opened, [zlib, hdf5]))
      await runAct(machine, { kind: 'index', repository })
      expect(await check(true)).toEqual([])

      const layer = digestOf(zlib.layer)
      const bytes = registry.blobs.get(layer) ?? Buffer.alloc(0)
      registry.blobs.delete(layer)
      for (const deep of [false, true]) {
        const [message] = await check(deep)
        expect(message).toContain(`layer ${layer} is missing; needed by `)
        expect(message).toContain(zlib.tag)
        expect(message).toContain(hdf5.tag)
      }
      registry.blobs.set(layer, Buffer.concat([bytes, Buffer.from('x')]))
      expect((await check(false))[0]).toContain(`has ${bytes.length + 1} bytes instead of ${bytes.length}`)
      registry.blobs.set(layer, Buffer.from(bytes).fill(1, 3, 8))
      expect(await check(false)).toEqual([])
      expect((await check(true))[0]).toContain(`layer ${layer} is damaged`)
    } finally {
      await machine.close()
      await registry.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
