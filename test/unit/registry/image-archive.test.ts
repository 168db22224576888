import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BlobDescriptor, digestOf } from '../../../main/registry/digest.ts'
import { archivedBytes, archivedName, archivePath, writeImageArchive } from '../../../main/registry/image-archive.ts'
import { parseReference } from '../../../main/registry/reference.ts'
import { blob, image, type TestImage } from '../../support/registry/images.ts'
import { tarContents } from '../../support/tar-listing.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-archive-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function archived(one: TestImage, name = 'tools:v1') {
  return { manifest: { bytes: one.manifest, mediaType: one.mediaType }, config: one.config.bytes, name }
}

function reader({ layers }: TestImage): (wanted: BlobDescriptor) => Promise<Readable> {
  return async ({ digest }) => Readable.from([layers.find((one) => one.digest === digest)?.bytes ?? Buffer.alloc(0)])
}

const json = (bytes: Buffer | undefined) => JSON.parse(bytes?.toString('utf8') ?? '')
const blobPath = (digest: string) => `blobs/sha256/${digest.slice(7)}`

describe('an image archive', () => {
  it('is an OCI layout and what docker save writes, in one', async () => {
    const one = image()
    const file = join(folder, 'both.tar')
    await writeImageArchive(file, archived(one), reader(one))
    const members = await tarContents(file)
    const [layer] = one.layers
    const manifest = digestOf(one.manifest)
    expect([...members.keys()]).toEqual([
      'oci-layout',
      'index.json',
      'manifest.json',
      'blobs',
      'blobs/sha256',
      blobPath(manifest),
      blobPath(one.config.digest),
      blobPath(layer?.digest ?? ''),
    ])
    expect(json(members.get('oci-layout'))).toEqual({ imageLayoutVersion: '1.0.0' })
    expect(json(members.get('index.json'))).toMatchObject({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: one.mediaType,
          digest: manifest,
          size: one.manifest.length,
          annotations: {
            'io.containerd.image.name': 'docker.io/library/tools:v1',
            'org.opencontainers.image.ref.name': 'v1',
          },
        },
      ],
    })
    expect(json(members.get('manifest.json'))).toEqual([
      { Config: blobPath(one.config.digest), RepoTags: ['tools:v1'], Layers: [blobPath(layer?.digest ?? '')] },
    ])
    for (const [name, bytes] of members) {
      if (/[0-9a-f]{64}$/.test(name)) expect(blobPath(digestOf(bytes))).toBe(name)
    }
  })

  it('has the same bytes each time, and a layer once that the image has twice', async () => {
    const one = image()
    const [layer] = one.layers
    const twice = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: layer?.digest, size: layer?.size }
    const manifest = Buffer.from(JSON.stringify({ ...json(one.manifest), layers: [twice, twice] }))
    const files = ['first.tar', 'second.tar'].map((name) => join(folder, name))
    const heard: number[] = []
    for (const file of files) {
      const onProgress = (bytes: number) => heard.push(bytes)
      await writeImageArchive(file, archived({ ...one, manifest }), reader(one), { onProgress })
    }
    const [first, second] = await Promise.all(files.map((file) => readFile(file)))
    expect(digestOf(first ?? Buffer.alloc(0))).toBe(digestOf(second ?? Buffer.alloc(1)))
    const members = await tarContents(files[0] ?? '')
    expect(members.size).toBe(8)
    expect(json(members.get('manifest.json'))[0].Layers).toHaveLength(2)
    expect(archivedBytes(manifest)).toBe(layer?.size)
    expect(Math.max(...heard)).toBe(layer?.size)
  })

  it("gives the manifest of a Docker image OCI's media types, and leaves its config and layers", async () => {
    const one = image('docker')
    const file = join(folder, 'docker.tar')
    await writeImageArchive(file, archived(one), reader(one))
    const members = await tarContents(file)
    const [entry] = json(members.get('index.json')).manifests
    expect(entry.mediaType).toBe('application/vnd.oci.image.manifest.v1+json')
    expect(json(members.get(blobPath(entry.digest)))).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: one.config.digest,
        size: one.config.size,
      },
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest: one.layers[0]?.digest,
          size: one.layers[0]?.size,
        },
      ],
    })
    expect(members.get(blobPath(one.config.digest))?.equals(one.config.bytes)).toBe(true)
  })

  it('takes the place of a file only when it is whole', async () => {
    const one = image()
    const place = join(folder, 'kept')
    await mkdir(place)
    const file = join(place, 'image.tar')
    await writeFile(file, 'precious')
    const cut = async (): Promise<Readable> => Readable.from([Buffer.from('only a part')])
    await expect(writeImageArchive(file, archived(one), cut)).rejects.toMatchObject({ code: 'digest-mismatch' })
    const stop = new AbortController()
    const stopping = async (): Promise<Readable> => {
      stop.abort()
      return Readable.from([])
    }
    await expect(writeImageArchive(file, archived(one), stopping, { signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(await readFile(file, 'utf8')).toBe('precious')
    expect(await readdir(place)).toEqual(['image.tar'])
    await writeImageArchive(file, archived(one), reader(one))
    expect((await tarContents(file)).has('manifest.json')).toBe(true)
    expect(await readdir(place)).toEqual(['image.tar'])
  })

  it('is refused where no file can be, before a layer is read', async () => {
    const one = image()
    const never = () => Promise.reject(new Error('a layer was read'))
    await mkdir(join(folder, 'a-folder'))
    const refused = (file: string) => expect(writeImageArchive(file, archived(one), never)).rejects
    await refused(join(folder, 'a-folder')).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('a folder'),
    })
    await refused('/dev/null').toMatchObject({ code: 'usage' })
    await refused(join(folder, 'nowhere', 'image.tar')).toMatchObject({
      code: 'io',
      message: `there is no folder ${join(folder, 'nowhere')}`,
    })
    expect((await stat(join(folder, 'a-folder'))).isDirectory()).toBe(true)
  })

  it('takes nothing but an image', async () => {
    const one = image()
    const file = join(folder, 'none.tar')
    const index = { ...archived(one), manifest: { bytes: Buffer.from('{"manifests":[]}'), mediaType: one.mediaType } }
    await expect(writeImageArchive(file, index, reader(one))).rejects.toMatchObject({ code: 'manifest-invalid' })
    const other = { ...archived(one), config: blob(10).bytes }
    await expect(writeImageArchive(file, other, reader(one))).rejects.toMatchObject({ code: 'manifest-invalid' })
    await expect(writeImageArchive(file, archived(one, 'Not A Name'), reader(one))).rejects.toMatchObject({
      code: 'reference-invalid',
    })
  })

  it('follows a link to the file instead of replacing it', async () => {
    const one = image()
    await writeFile(join(folder, 'target.tar'), 'old')
    await symlink('target.tar', join(folder, 'link.tar'))
    await writeImageArchive(join(folder, 'link.tar'), archived(one), reader(one))
    expect((await tarContents(join(folder, 'target.tar'))).has('index.json')).toBe(true)
  })
})

describe("an archive's name", () => {
  it('names a file, and is nothing that a repository could be', () => {
    expect(archivePath('docker-archive:/srv/tools.tar')).toBe('/srv/tools.tar')
    expect(archivePath('oci-archive:///srv/./tools.tar')).toBe('/srv/tools.tar')
    expect(archivePath('oci-layout:///srv/tools')).toBeUndefined()
    expect(archivePath('ghcr.io/docker-archive:tag')).toBeUndefined()
  })

  it.each([
    ['docker-archive:tools.tar', 'not absolute'],
    ['docker-archive:', 'not absolute'],
    ['oci-archive:/srv/', 'a folder'],
    ['docker-archive:/srv/tools.tar:tools:v1', 'colon'],
  ])('refuses %s', (text, why) => {
    expect(() => archivePath(text)).toThrow(why)
  })

  it('calls an image as its registry does, and one of a folder as nobody else does', () => {
    const name = (text: string) => archivedName(parseReference(text))
    expect(name('ghcr.io/me/cache:tools')).toBe('ghcr.io/me/cache:tools')
    expect(name(`oci+http://127.0.0.1:5000/cache@sha256:${'ab'.repeat(32)}`)).toBe('127.0.0.1:5000/cache:abababababab')
    expect(name('oci-layout:///srv/My Cache:tools')).toBe('localhost/my-cache:tools')
    expect(name('oci-layout:///srv/___')).toBe('localhost/image:latest')
  })
})
