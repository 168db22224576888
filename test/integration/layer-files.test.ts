import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FilePreview, LayerFiles } from '../../main/api/catalog.ts'
import { writeLayerFile } from '../../main/buildcache/browse/layer-files.ts'
import { readTagLayers } from '../../main/buildcache/browse/tag-layers.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { makeElf } from '../support/elf.ts'
import { type Machine, sampleRequest, startMachine } from '../support/push/machine.ts'
import { pseudoRandom } from '../support/random.ts'
import { packageLayer, rawTar } from '../support/raw-tar.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { failure } from '../support/registry/failing.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'
import { blob, opener } from '../support/registry/images.ts'
import { unpackSample } from '../support/sample.ts'
import { listTar } from '../support/tar-listing.ts'

const execute = promisify(execFile)
const skip = await missingDockerRegistry()

let folder: string
/** A machine that pushed, and one whose blob store has nothing. */
let machine: Machine
let other: Machine
let registry: DockerRegistry | undefined
let faulty: FaultRegistry

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-layer-files-'))
  await unpackSample(join(folder, 'root'))
  machine = await startMachine(join(folder, 'one'))
  other = await startMachine(join(folder, 'other'))
  if (!skip) registry = await startDockerRegistry()
  faulty = await startFaultRegistry()
})
afterAll(async () => {
  await machine.close()
  await other.close()
  await registry?.close()
  await faulty.close()
  await rm(folder, { recursive: true, force: true })
})

interface Blob {
  readonly digest: string
  readonly bytes: number
  readonly mediaType: string
}

const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip'
const noise = (length: number): Buffer => {
  const random = pseudoRandom(length)
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
}

async function withRepository<T>(reference: string, work: (repository: Repository) => Promise<T>): Promise<T> {
  const repository = await openRepository(parseReference(reference))
  try {
    return await work(repository)
  } finally {
    await repository.close()
  }
}

/** Puts bytes into a repository, and says how a manifest would name them. */
async function put(reference: string, bytes: Buffer): Promise<Blob> {
  const digest = digestOf(bytes)
  await withRepository(reference, (one) =>
    one.putBlob({ digest, size: bytes.length }, opener({ bytes, digest, size: bytes.length })),
  )
  return { digest, bytes: bytes.length, mediaType }
}

const list = (repository: string, layer: Blob): Promise<LayerFiles> =>
  other.engine.call('layer.files', { repository, ...layer })
const preview = (repository: string, layer: Blob, path: string): Promise<FilePreview> =>
  other.engine.call('layer.preview', { repository, ...layer, path })

const places = [
  { name: 'an OCI layout folder', skip: undefined, at: () => `oci-layout://${folder}/layout` },
  { name: "Debian's docker-registry", skip, at: () => `oci+http://${registry?.host}/lab/cache` },
]

for (const place of places) {
  describe.skipIf(place.skip)(`what Strata pushed to ${place.name}${place.skip ? ` (${place.skip})` : ''}`, () => {
    let zlib: Blob
    let prefix: string
    beforeAll(async () => {
      const { job } = await machine.push(sampleRequest(join(folder, 'root'), place.at()))
      expect(job.state).toBe('done')
      const layers = await withRepository(place.at(), async (repository) => {
        const tag = (await repository.tags()).find((one) => one.startsWith('zlib-')) ?? ''
        return other.engine.within({ repository: place.at() }, (browsed) => readTagLayers(browsed, tag))
      })
      const last = layers.at(-1)
      if (!last) throw new Error('no layer')
      zlib = last
      const { files } = await list(place.at(), zlib)
      prefix = files.find(({ path }) => path.endsWith('/.spack'))?.path.slice(0, -'/.spack'.length) ?? ''
    })

    it('lists as another tar reader does', async () => {
      const { files, stopped, unpackedBytes, command } = await list(place.at(), zlib)
      const hex = zlib.digest.slice('sha256:'.length)
      const { entries } = await listTar(join(machine.blobs, 'sha256', hex.slice(0, 2), hex))
      const kinds: Readonly<Record<string, string>> = { link: 'hardlink' }
      expect(files.map(({ path, kind, bytes, mode, target }) => ({ path, kind, bytes, mode, target }))).toEqual(
        entries.map(({ name, type = '', size, mode, link }) => ({
          path: name,
          kind: kinds[type ?? ''] ?? type,
          bytes: size,
          mode,
          target: link,
        })),
      )
      expect(stopped).toBeUndefined()
      expect(unpackedBytes % 512).toBe(0)
      expect(command).toBe(`strata files ${place.at()} --layer ${zlib.digest}`)
    })

    it('shows a text, and where a link leads', async () => {
      const header = await preview(place.at(), zlib, `/${prefix}/include/zlib.h`)
      expect(header.text).toMatch(/^\/\* zlib\.h -- interface of the 'zlib' general purpose compression library/)
      expect(header).toMatchObject({ shown: 64 * 1024, file: { kind: 'file', path: `${prefix}/include/zlib.h` } })
      expect(header.hex).toBeUndefined()
      const link = await preview(place.at(), zlib, 'lib/libz.so')
      expect(link).toEqual({ file: expect.objectContaining({ kind: 'symlink', target: 'libz.so.1.2.13' }), shown: 0 })
    })

    it('shows a library by its first bytes and by what it needs, its path below the prefix', async () => {
      const library = await preview(place.at(), zlib, 'lib/libz.so.1.2.13')
      expect(library.file.path).toBe(`${prefix}/lib/libz.so.1.2.13`)
      expect(library.hex).toMatch(/^7f454c46020101/)
      expect(library).toMatchObject({
        shown: 4096,
        elf: {
          description: '64-bit little-endian x86-64 shared object',
          soname: 'libz.so.1',
          needed: ['libc.so.6'],
          versions: [{ library: 'libc.so.6' }],
          libc: 'glibc 2.14',
        },
      })
      expect(library.hex).toHaveLength(8192)
    })

    it('says what is not there, and keeps nothing on disk', async () => {
      const error = await failure(preview(place.at(), zlib, 'lib/libz.so.2'))
      expect(error.code).toBe('file-missing')
      expect(await readdir(join(other.blobs, 'spool'))).toEqual([])
      expect(await readdir(join(other.blobs, 'sha256')).catch(() => [])).toEqual([])
    })
  })
}

describe('the content of files', () => {
  const at = (): string => `oci-layout://${folder}/contents`
  const elf = makeElf({ wide: true, littleEndian: true, machine: 62, dynamic: { needed: ['libm.so.6'] } })
  let layer: Blob
  beforeAll(async () => {
    const large = Buffer.concat([elf, Buffer.alloc(70 * 1024 ** 2)])
    layer = await put(
      at(),
      packageLayer([
        { name: 'old/store/linux/app-1.0-abc/empty' },
        { name: 'old/store/linux/app-1.0-abc/latin', content: Buffer.from('caf\xe9 cr\xe8me', 'latin1') },
        { name: 'old/store/linux/app-1.0-abc/cut', content: `${'x'.repeat(64 * 1024 - 1)}ü and more` },
        { name: 'old/store/linux/app-1.0-abc/zeros', content: Buffer.alloc(5000) },
        { name: 'old/store/linux/app-1.0-abc/elf', content: elf },
        { name: 'old/store/linux/app-1.0-abc/large', content: large },
        { name: 'old/store/linux/app-1.0-abc/astray', type: '1', link: 'etc/shadow' },
        { name: 'old/store/linux/app-1.0-abc/same', type: '1', link: 'old/store/linux/app-1.0-abc/elf' },
      ]),
    )
  })

  it('is text when it is UTF-8 or Latin-1, up to 64 KiB, whole letters only', async () => {
    expect(await preview(at(), layer, 'empty')).toMatchObject({ text: '', shown: 0 })
    expect(await preview(at(), layer, 'latin')).toMatchObject({ text: 'café crème', shown: 10 })
    expect(await preview(at(), layer, 'cut')).toMatchObject({ text: 'x'.repeat(64 * 1024 - 1), shown: 64 * 1024 - 1 })
    expect(await preview(at(), layer, 'zeros')).toMatchObject({ hex: '00'.repeat(4096), shown: 4096 })
  })

  it('tells what a large ELF file needs, by way of a file that is gone afterwards', async () => {
    const shown = await preview(at(), layer, 'large')
    expect(shown.elf?.needed).toEqual(['libm.so.6'])
    expect(await readdir(join(other.blobs, 'spool'))).toEqual([])
  })

  it('of a hard link is that of the file that it names', async () => {
    const shown = await preview(at(), layer, 'same')
    expect(shown.file).toMatchObject({ kind: 'hardlink', target: 'old/store/linux/app-1.0-abc/elf' })
    expect(shown.elf?.needed).toEqual(['libm.so.6'])
    expect((await failure(preview(at(), layer, 'astray'))).message).toMatch(/has no etc\/shadow$/)
  })
})

describe('a file that is written out', () => {
  const at = (): string => `oci-layout://${folder}/written`
  const content = noise(6_000_000)

  it('comes whole, and no faster than it is taken', async () => {
    const layer = await put(
      at(),
      gzipSync(
        rawTar([
          { name: 'data', content },
          { name: 'link', type: '1', link: 'data' },
        ]),
      ),
    )
    for (const path of ['data', 'link']) {
      const pieces: Buffer[] = []
      let waiting = 0
      const slow = new Writable({
        write: (piece: Buffer, _, done) => {
          waiting = Math.max(waiting, slow.writableLength)
          pieces.push(piece)
          setImmediate(done)
        },
      })
      const file = await other.engine.within({ repository: at() }, (place) => writeLayerFile(place, layer, path, slow))
      slow.end()
      await finished(slow)
      expect(file.path).toBe(path)
      expect(Buffer.concat(pieces).equals(content)).toBe(true)
      expect(waiting).toBeLessThan(1024 ** 2)
    }
  })

  it('ends with the error of whom it is written to', async () => {
    const layer = await put(
      at(),
      gzipSync(
        rawTar([
          { name: 'data', content },
          { name: 'more', content },
        ]),
      ),
    )
    const full = new Writable({ write: (_piece, _, done) => done(new Error('no room')) })
    const error = await failure(
      other.engine.within({ repository: at() }, (place) => writeLayerFile(place, layer, 'data', full)),
    )
    expect(error.message).toBe('no room')
  })
})

describe('an image for several platforms', () => {
  const at = (): string => `oci+http://${faulty.host}/platforms`
  const own = process.arch === 'x64' ? 'amd64' : process.arch
  const manifestOf = async (layer: string): Promise<{ digest: string; size: number; mediaType: string }> => {
    const config = blob(Buffer.from('{}'))
    const one = await put(at(), gzipSync(rawTar([{ name: layer }])))
    await put(at(), config.bytes)
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.size },
        layers: [{ mediaType, digest: one.digest, size: one.bytes }],
      }),
    )
    const digest = digestOf(bytes)
    await withRepository(at(), (repository) => repository.putManifest(digest, bytes, mediaTypes.ociManifest))
    return { digest, size: bytes.length, mediaType: mediaTypes.ociManifest }
  }
  const tagged = async (tag: string, architectures: readonly string[]): Promise<void> => {
    const manifests = []
    for (const architecture of architectures) {
      manifests.push({
        ...(await manifestOf(architecture)),
        platform: { os: architecture === 'unknown' ? 'unknown' : 'linux', architecture },
      })
    }
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }))
    await withRepository(at(), (repository) => repository.putManifest(tag, bytes, mediaTypes.ociIndex))
  }
  const filesOf = (tag: string): Promise<(string | undefined)[]> =>
    other.engine.within({ repository: at() }, async (place) => {
      const layers = await readTagLayers(place, tag)
      return Promise.all(layers.map(async (layer) => (await list(at(), { ...layer })).files[0]?.path))
    })

  it("is this machine's, or the only one; attestations are none", async () => {
    await tagged('both', ['s390x', own, 'unknown'])
    expect(await filesOf('both')).toEqual([own])
    await tagged('foreign', ['s390x', 'unknown'])
    expect(await filesOf('foreign')).toEqual(['s390x'])
  })

  it('names what there is when none of several is', async () => {
    await tagged('strange', ['s390x', 'ppc64le'])
    const error = await failure(filesOf('strange'))
    expect(error.code).toBe('platform-missing')
    expect(error.hint).toMatch(/linux\/s390x sha256:[0-9a-f]{64}, linux\/ppc64le sha256:[0-9a-f]{64}$/)
  })
})

describe('layers that are no such thing', () => {
  const at = (): string => `oci-layout://${folder}/strange`

  it('are refused by what they are, with a command that looks into them and does', async () => {
    const tar = rawTar([{ name: 'inside', content: 'x' }])
    await writeFile(join(folder, 'a.tar'), tar)
    const packed = await execute('zstd', ['-q', '-f', join(folder, 'a.tar'), '-o', join(folder, 'a.zst')]).then(
      () => readFile(join(folder, 'a.zst')),
      () => Buffer.from('28b52ffd', 'hex'),
    )
    const layer = await put(at(), packed)
    const error = await failure(list(at(), layer))
    expect(error.message).toBe(
      `layer ${layer.digest.slice(0, 19)}: it is compressed with zstd, which Strata does not read`,
    )
    const command = /^Look into it with: (.*)$/.exec(error.hint ?? '')?.[1] ?? ''
    if (packed.length > 4) expect((await execute('sh', ['-c', command])).stdout).toMatch(/inside\n$/)
    const remote = await put(`oci+http://${faulty.host}/strange`, packed)
    expect((await failure(list(`oci+http://${faulty.host}/strange`, remote))).hint).toBe(
      `Look into it with: skopeo copy --src-tls-verify=false docker://${faulty.host}/strange:TAG dir:image && zstd -dc image/${layer.digest.slice(7)} | tar -tv`,
    )
  })

  it('are plain archives, too, and truncated ones as far as they go', async () => {
    const tar = rawTar([
      { name: 'one', content: 'x' },
      { name: 'two', content: noise(100_000) },
    ])
    expect((await list(at(), await put(at(), tar))).files).toHaveLength(2)
    const cut = await list(at(), await put(at(), gzipSync(tar).subarray(0, 50_000)))
    expect(cut.files.map(({ path }) => path)).toEqual(['one', 'two'])
    expect(cut.stopped).toBe('its gzip stream is cut off')
  })

  it('are not read by another digest than sha256', async () => {
    const error = await failure(list(at(), { digest: `sha512:${'0'.repeat(128)}`, bytes: 1, mediaType }))
    expect(error).toMatchObject({ code: 'usage' })
  })
})

describe('a registry', () => {
  const at = (): string => `oci+http://${faulty.host}/cache`
  const tar = rawTar([
    { name: 'first', content: 'wanted' },
    { name: 'large', content: noise(6_000_000) },
  ])
  const requests = (digest: string) => faulty.log.filter(({ method, url }) => method === 'GET' && url.endsWith(digest))

  it('that has other bytes under a digest: they are listed, and not to be trusted', async () => {
    const good = gzipSync(tar, { level: 1 })
    const bad = Buffer.from(gzipSync(rawTar([{ name: 'evil', content: noise(5_990_000) }]), { level: 0 }))
    const layer = await put(at(), good)
    const other = Buffer.concat([bad, Buffer.alloc(Math.max(0, good.length - bad.length))]).subarray(0, good.length)
    faulty.blobs.set(layer.digest, other)
    const { files, stopped } = await list(at(), layer)
    expect(files.map(({ path }) => path)).toEqual(['evil'])
    expect(stopped).toMatch(
      /the bytes that came have the digest sha256:.*: this is not the layer that the manifest names, and what is listed is not to be trusted$/,
    )
  })

  it('is read no further than to the end of the file that is shown', async () => {
    const layer = await put(at(), gzipSync(Buffer.concat([tar, Buffer.alloc(512)])))
    faulty.faults.push({
      when: ({ url }) => url.endsWith(layer.digest),
      times: 1,
      act: { kind: 'cut-answer', after: 1_000_000 },
    })
    expect((await preview(at(), layer, 'first')).text).toBe('wanted')
    expect(requests(layer.digest)).toHaveLength(1)
  })

  it('that stops sending is left at once when the call is cancelled', async () => {
    const layer = await put(at(), gzipSync(Buffer.concat([tar, Buffer.alloc(1024)])))
    faulty.faults.push({
      when: ({ method, url }) => method === 'GET' && url.endsWith(layer.digest),
      act: { kind: 'drip', milliseconds: 60_000 },
    })
    const call = failure(other.engine.call('layer.files', { repository: at(), ...layer, run: 'mine' }))
    while (requests(layer.digest).length === 0) await new Promise((resolve) => setImmediate(resolve))
    await other.engine.call('run.cancel', { run: 'mine' })
    expect((await call).code).toBe('cancelled')
    faulty.faults.pop()
  })

  it('is not asked for a layer that the blob store has', async () => {
    const layer = await put(at(), gzipSync(Buffer.concat([tar, Buffer.alloc(2048)])))
    await other.engine.within({ repository: at() }, ({ store, repository }) =>
      store.fetch(repository, {
        digest: digestOf(faulty.blobs.get(layer.digest) ?? Buffer.alloc(0)),
        size: layer.bytes,
      }),
    )
    const before = requests(layer.digest).length
    expect(before).toBe(1)
    expect((await list(at(), layer)).files).toHaveLength(2)
    expect(requests(layer.digest)).toHaveLength(before)
  })
})
