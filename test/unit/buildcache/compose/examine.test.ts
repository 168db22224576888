import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Examined, examine } from '../../../../main/buildcache/compose/examine.ts'
import type { BaseImage } from '../../../../main/image/base.ts'
import { type BlobDescriptor, type Digest, digestOf } from '../../../../main/registry/digest.ts'
import { parseReference } from '../../../../main/registry/reference.ts'
import { type BlobStore, openBlobStore } from '../../../../main/store/blob-store.ts'
import { StrataError } from '../../../../main/support/errors.ts'
import { type RawMember, rawTar } from '../../../support/raw-tar.ts'
import { debianBase, nodeOf, prefixOf, programFile } from '../../../support/run-layers.ts'

let folder: string
let store: BlobStore
/** Layers that can be streamed, and those that were, in the order of asking. */
const blobs = new Map<string, Buffer>()
let streamed: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-examine-'))
  store = await openBlobStore({ root: folder })
  streamed = []
  blobs.clear()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function layerOf(bytes: Buffer): BlobDescriptor {
  const digest = digestOf(bytes)
  blobs.set(digest, bytes)
  return { digest, size: bytes.length }
}

const packed = (members: readonly RawMember[]): Buffer => gzipSync(rawTar(members))

const needing = (name: string, minor: number): Buffer => {
  const versions = [{ library: 'libc.so.6', versions: [`GLIBC_2.${minor}`] }]
  const file = `${prefixOf(name)}/bin/${name}`
  const metadata = { name: `${prefixOf(name)}/.spack/spec.json`, content: '{}' }
  return packed([metadata, programFile(file, { needed: ['libc.so.6'], versions })])
}

function examinedOf(packages: Readonly<Record<string, Buffer>>, base: readonly Buffer[] = [packed(debianBase(36))]) {
  const open = async ({ digest }: BlobDescriptor): Promise<Readable> => {
    streamed.push(digest)
    const bytes = blobs.get(digest)
    if (!bytes) throw new StrataError('registry-not-found', `there is no blob ${digest}`)
    return Readable.from([bytes])
  }
  return {
    packages: Object.entries(packages).map(([name, bytes]) => ({
      node: nodeOf(name),
      layer: { ...layerOf(bytes), diffId: digestOf(bytes), title: name },
    })),
    base: base.length === 0 ? undefined : baseImage(base.map(layerOf)),
    openLayer: open,
    openBaseLayer: open,
  } satisfies Examined
}

function baseImage(layers: readonly BlobDescriptor[]): BaseImage {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip'
  return {
    reference: parseReference('oci://example.com/debian:12'),
    digest: digestOf(Buffer.from(layers.map(({ digest }) => digest).join())),
    architecture: 'amd64',
    format: 'oci',
    manifest: {
      schemaVersion: 2,
      config: { mediaType, digest: digestOf(Buffer.from('config')), size: 6 },
      layers: layers.map(({ digest, size }) => ({ mediaType, digest, size })),
    },
    config: {
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    },
  }
}

describe('an examination', () => {
  test('reads every unknown layer once, says what would not run, and what the base is', async () => {
    const examined = examinedOf({ less: needing('less', 38), hello: needing('hello', 34) })
    const told: number[] = []
    const found = await examine(examined, { store, mode: 'all', onProgress: ({ done }) => told.push(done) })
    expect(found).toMatchObject({
      findings: [{ severity: 'warning', message: 'less@1.0 (bin/less) needs GLIBC_2.38, and the base has glibc 2.36' }],
      done: 3,
      total: 3,
      system: 'Debian GNU/Linux 12 (bookworm)',
      libc: 'glibc 2.36',
    })
    expect(told).toEqual([1, 2, 3])
    expect(streamed.toSorted()).toEqual([...blobs.keys()].toSorted())
  })

  test('streams nothing again, not after a restart either', async () => {
    const examined = examinedOf({ less: needing('less', 38) })
    const first = await examine(examined, { store, mode: 'all' })
    streamed = []
    expect(await examine(examined, { store, mode: 'all' })).toEqual(first)
    const restarted = await openBlobStore({ root: folder })
    expect(await examine(examined, { store: restarted, mode: 'known' })).toEqual(first)
    expect(streamed).toEqual([])
  })

  test('of what is known only streams nothing and says nothing of the rest', async () => {
    const examined = examinedOf({ less: needing('less', 38), hello: needing('hello', 39) })
    expect(await examine(examined, { store, mode: 'known' })).toEqual({ findings: [], done: 0, total: 3 })
    const [less] = examined.packages
    await examine({ ...examined, packages: less ? [less] : [] }, { store, mode: 'all' })
    streamed = []
    const found = await examine(examined, { store, mode: 'known' })
    expect(found.findings.map(({ hash }) => hash)).toEqual(['hash-less'])
    expect(found).toMatchObject({ done: 2, total: 3 })
    expect(streamed).toEqual([])
  })

  test('reads a layer from the blob store where it lies there', async () => {
    const layer = needing('less', 38)
    await store.put(layer)
    const found = await examine(examinedOf({ less: layer }), { store, mode: 'all' })
    expect(found.findings).toHaveLength(1)
    expect(streamed).not.toContain(digestOf(layer))
  })

  test('without a base has nothing to say and reads nothing', async () => {
    const found = await examine(examinedOf({ less: needing('less', 38) }, []), { store, mode: 'all' })
    expect(found).toEqual({ findings: [], done: 0, total: 0 })
    expect(streamed).toEqual([])
  })

  test('of another base on the same layers is that base’s own', async () => {
    const [libc, upper] = [packed(debianBase(36)), packed([{ name: 'etc/os-release', content: 'NAME=Other\n' }])]
    const packages = { less: needing('less', 38) }
    expect((await examine(examinedOf(packages, [libc]), { store, mode: 'all' })).system).toMatch(/Debian/)
    expect((await examine(examinedOf(packages, [libc, upper]), { store, mode: 'all' })).system).toBe('Other')
    expect((await examine(examinedOf(packages, [libc]), { store, mode: 'all' })).system).toMatch(/Debian/)
  })
})

describe('a layer that cannot be read', () => {
  test('for its form is one note, counts as looked into, and is not read again', async () => {
    const zstd = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(600)])
    const examined = examinedOf({ less: needing('less', 38), odd: zstd })
    const found = await examine(examined, { store, mode: 'all' })
    expect(found).toMatchObject({ done: 3, total: 3 })
    expect(found.findings.map(({ severity }) => severity)).toEqual(['warning', 'note'])
    expect(found.findings[1]?.message).toMatch(/odd@1.0 could not be looked into: .*zstd/)
    streamed = []
    expect(await examine(examined, { store, mode: 'all' })).toEqual(found)
    expect(streamed).toEqual([])
  })

  test('of the base takes the whole judgement with it', async () => {
    const examined = examinedOf({ less: needing('less', 38) }, [packed(debianBase(36)), Buffer.alloc(600, 'x')])
    const found = await examine(examined, { store, mode: 'all' })
    expect(found.findings.map(({ severity }) => severity)).toEqual(['note'])
    expect(found.findings[0]?.message).toContain('layer 2 of the base')
    expect(found.system).toBeUndefined()
  })

  test('because the registry does not have it is a note now, and asked for again', async () => {
    const examined = examinedOf({ less: needing('less', 38) })
    const digest: Digest | undefined = examined.packages[0]?.layer.digest
    const bytes = blobs.get(digest ?? '') ?? Buffer.alloc(0)
    blobs.delete(digest ?? '')
    const found = await examine(examined, { store, mode: 'all' })
    expect(found).toMatchObject({ done: 1, total: 2, findings: [{ severity: 'note' }] })
    blobs.set(digest ?? '', bytes)
    const again = await examine(examined, { store, mode: 'all' })
    expect(again).toMatchObject({ done: 2, total: 2, findings: [{ severity: 'warning' }] })
  })
})

describe('a cancelled examination', () => {
  test('ends with `cancelled`, closes its streams and begins no more', async () => {
    const stop = new AbortController()
    const examined = examinedOf(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, needing(name, 34)])))
    const open: Readable[] = []
    const stalled = async (): Promise<Readable> => {
      const stream = new Readable({ read: () => undefined })
      open.push(stream)
      if (open.length === 3) queueMicrotask(() => stop.abort())
      return stream
    }
    const running = examine(
      { ...examined, openLayer: stalled, openBaseLayer: stalled },
      { store, mode: 'all', signal: stop.signal },
    )
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
    await new Promise((done) => setImmediate(done))
    expect(open).toHaveLength(3)
    expect(open.every(({ destroyed }) => destroyed)).toBe(true)
  })
})
