import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestOf } from '../../../main/registry/digest.ts'
import { writeImageArchive } from '../../../main/registry/image-archive.ts'
import { openRepository } from '../../../main/registry/open.ts'
import { parseReference } from '../../../main/registry/reference.ts'
import { type BlobStore, openBlobStore } from '../../../main/store/blob-store.ts'
import { type MadeImage, madeImage, readBase, systemTar } from '../../support/base-files.ts'
import { type RawMember, rawTar } from '../../support/raw-tar.ts'
import { image, opener, pushImage } from '../../support/registry/images.ts'

let folder = ''
let store: BlobStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-base-'))
  store = await openBlobStore({ root: join(folder, 'blobs') })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function write(name: string, bytes: Buffer | string): Promise<string> {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}

const refused = (base: string) => expect(readBase(base, store)).rejects

/** A docker archive as docker wrote it before version 25: a folder a layer, shared ones as links. */
function dockerArchive(
  images: readonly { readonly image: MadeImage; readonly tags: readonly string[] | null }[],
): Buffer {
  const members: RawMember[] = []
  const known = new Map<string, string>()
  const list = images.map(({ image: one, tags }) => {
    const config = `${digestOf(one.config).slice(7)}.json`
    members.push({ name: config, content: one.config })
    const layers = one.tars.map((tar, i) => {
      const name = `${digestOf(one.config).slice(7, 19)}-${i}/layer.tar`
      const first = known.get(digestOf(tar))
      if (first === undefined) members.push({ name, content: tar })
      else members.push({ name, type: '2', link: `../${first}` })
      known.set(digestOf(tar), first ?? name)
      return name
    })
    return { Config: config, RepoTags: tags, Layers: layers }
  })
  return rawTar([...members, { name: 'manifest.json', content: JSON.stringify(list) }])
}

const [bottom, middle, top] = ['bottom', 'middle', 'top'].map((name) => rawTar([{ name, content: name }]))
const tarsOf = (...tars: (Buffer | undefined)[]) => tars.map((one) => one ?? Buffer.alloc(0))

describe('a tar of a root file system', () => {
  it('is one layer with every byte of the tar, plain or compressed, and always the same image', async () => {
    const tar = systemTar()
    const plain = await readBase(await write('rootfs.tar', tar), store)
    const packed = await readBase(await write('rootfs.tar.gz', gzipSync(tar)), store)
    expect(plain.tars).toHaveLength(1)
    expect(plain.tars[0]?.equals(tar)).toBe(true)
    expect(plain.config).toEqual({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    })
    expect(plain.manifest.layers[0]?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+gzip')
    expect(packed.digest).toBe(plain.digest)
    expect(plain.fromFile).toBe(true)
  })

  it.each(['arm64', 'ppc64le', 's390x', '386'] as const)('is for %s when its programs are', async (architecture) => {
    const file = await write('rootfs.tar', systemTar(architecture))
    expect((await readBase(file, store, architecture)).architecture).toBe(architecture)
    await refused(file).toMatchObject({ code: 'platform-missing', hint: expect.stringContaining(architecture) })
  })

  it('is imported once, counted with the blobs, and gone when they are cleared', async () => {
    const file = await write('rootfs.tar', systemTar())
    await readBase(file, store)
    const [made] = await readdir(join(store.root, 'folders'))
    const inode = () => stat(join(store.root, 'folders', made ?? ''))
    const before = (await inode()).ino
    await readBase(`file://${file}`, store)
    expect((await inode()).ino).toBe(before)
    expect((await store.info()).bytes).toBeGreaterThan(0)
    // Another content at the same path is another image.
    await write('rootfs.tar', systemTar('amd64', [{ name: './etc/new', content: 'new' }]))
    const second = await readBase(file, store)
    expect(second.tars[0]?.includes('./etc/new')).toBe(true)
    expect(await readdir(join(store.root, 'folders'))).toHaveLength(2)
    await store.clear()
    expect((await store.info()).bytes).toBe(0)
    expect(await readBase(file, store)).toMatchObject({ digest: second.digest })
    expect(await readdir(store.spoolFolder)).toEqual([])
  })

  it('is imported by several at once, and all get the same', async () => {
    const file = await write('rootfs.tar', systemTar())
    // Stores of their own on one folder, as processes have them.
    const stores = await Promise.all([1, 2, 3, 4].map(() => openBlobStore({ root: store.root })))
    const read = await Promise.all(stores.map((one) => readBase(file, one)))
    expect(new Set(read.map(({ digest }) => digest)).size).toBe(1)
    expect(await readdir(join(store.root, 'folders'))).toHaveLength(1)
    expect(await readdir(store.spoolFolder)).toEqual([])
  })
})

describe('a docker archive', () => {
  it('is an image with the config as it is and each layer compressed', async () => {
    const made = madeImage(tarsOf(bottom, top))
    const base = await readBase(await write('image.tar', dockerArchive([{ image: made, tags: ['tools:v1'] }])), store)
    expect(base.tars.map(digestOf)).toEqual(made.diffIds)
    expect(base.manifest.config.digest).toBe(digestOf(made.config))
    expect(base.manifest.layers.every(({ mediaType }) => mediaType.endsWith('tar+gzip'))).toBe(true)
    expect(base.format).toBe('oci')
    const again = await readBase(
      await write('again.tar.gz', gzipSync(dockerArchive([{ image: made, tags: null }]))),
      store,
    )
    expect(again.digest).toBe(base.digest)
  })

  it('of several images wants the name of one, says which there are, and follows links to shared layers', async () => {
    const first = madeImage(tarsOf(bottom, middle))
    const second = madeImage(tarsOf(bottom, top, top))
    const file = await write(
      'several.tar',
      dockerArchive([
        { image: first, tags: ['ubuntu:24.04'] },
        { image: second, tags: ['ghcr.io/me/tools:v1', 'tools'] },
      ]),
    )
    await refused(file).toMatchObject({
      code: 'archive-invalid',
      message: `${file} holds 2 images`,
      hint: `There are: ubuntu:24.04, ghcr.io/me/tools:v1, tools. Name one of them after the file: ${file}:ubuntu:24.04`,
    })
    await refused(`${file}:debian`).toMatchObject({ message: `${file} holds no image debian` })
    const read = async (name: string) => (await readBase(`${file}:${name}`, store)).tars.map(digestOf)
    expect(await read('ubuntu:24.04')).toEqual(first.diffIds)
    expect(await read('docker.io/library/ubuntu:24.04')).toEqual(first.diffIds)
    expect(await read('ghcr.io/me/tools:v1')).toEqual(second.diffIds)
    expect(await read('tools:latest')).toEqual(second.diffIds)
  })

  it('is refused when it lacks what its list names, or holds something else', async () => {
    const made = madeImage(tarsOf(bottom))
    const good = { Config: 'c.json', RepoTags: ['a:b'], Layers: ['l/layer.tar'] }
    const members = [
      { name: 'c.json', content: made.config },
      { name: 'l/layer.tar', content: bottom },
    ]
    const archive = (list: unknown, parts: readonly RawMember[] = members) =>
      write('bad.tar', rawTar([...parts, { name: 'manifest.json', content: JSON.stringify(list) }]))
    await refused(await archive([{ ...good, Config: 'gone.json' }])).toMatchObject({
      code: 'archive-invalid',
      message: expect.stringContaining('names gone.json, which is not in it'),
    })
    for (const name of ['../../etc/passwd', '/etc/passwd', 'l/../l/layer.tar']) {
      await refused(await archive([{ ...good, Layers: [name] }])).toMatchObject({ code: 'archive-invalid' })
    }
    const circle = ['x/layer.tar', 'y/layer.tar'].map((name, i, all) => ({ name, type: '2', link: `../${all[1 - i]}` }))
    await refused(await archive([{ ...good, Layers: ['x/layer.tar'] }], [...members, ...circle])).toMatchObject({
      message: expect.stringContaining('which is not in it'),
    })
    await refused(await archive([{ ...good, Layers: [] }])).toMatchObject({
      message: expect.stringContaining('disagree'),
    })
    const [config] = members
    const swapped = [config ?? { name: '' }, { name: 'l/layer.tar', content: top }]
    await refused(await archive([good], swapped)).toMatchObject({
      code: 'digest-mismatch',
      message: expect.stringContaining('layer 1 (l/layer.tar)'),
    })
    const zstd = { name: 'l/layer.tar', content: Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.alloc(600)]) }
    await refused(await archive([good], [config ?? zstd, zstd])).toMatchObject({
      code: 'archive-invalid',
      message: expect.stringMatching(/bad\.tar: .*zstd/),
    })
    await refused(await archive([])).toMatchObject({ message: expect.stringContaining('not what docker save writes') })
    await refused(await archive('{')).toMatchObject({ code: 'archive-invalid' })
    expect(await readdir(store.spoolFolder)).toEqual([])
  })
})

describe('an OCI layout', () => {
  const layout = async (name: string, ...tags: string[]) => {
    const path = join(folder, name)
    const repository = await openRepository(parseReference(`oci-layout://${path}`))
    for (const tag of tags) await pushImage(repository, image('oci', tag), tag)
    return path
  }

  it('is read where it is, by its tag or as the only image', async () => {
    const one = await layout('one', 'v1')
    const digest = digestOf(image('oci', 'v1').manifest)
    expect(await readBase(one, store)).toMatchObject({ digest, fromFile: true })
    expect(await readBase(`${one}:v1`, store)).toMatchObject({ digest })
    expect(await readBase(`file://${one}`, store)).toMatchObject({ digest })
    expect(await readBase(`oci-layout://${one}:v1`, store)).toMatchObject({ digest, fromFile: true })
    const two = await layout('two', 'v1', 'v2')
    expect(await readBase(`${two}:v1`, store)).toMatchObject({ digest })
    await refused(two).toMatchObject({
      code: 'layout-invalid',
      hint: `There are: v1, v2. Name one of them after it: ${two}:v1`,
    })
    await refused(`${two}:v3`).toMatchObject({ message: `${two} holds no image v3`, hint: 'There are: v1, v2.' })
    expect((await store.info()).bytes).toBe(0)
  })

  it('may come in a tar, which is imported with every blob checked', async () => {
    const digest = digestOf(image('oci', 'v2').manifest)
    const path = await layout('two', 'v1', 'v2')
    const files = async (names: readonly string[]): Promise<RawMember[]> =>
      Promise.all(names.map(async (name) => ({ name: `./${name}`, content: await readFile(join(path, name)) })))
    const blobs = (await readdir(join(path, 'blobs/sha256'))).map((name) => `blobs/sha256/${name}`)
    const members = await files(['oci-layout', 'index.json', ...blobs])
    const file = await write('layout.tar.gz', gzipSync(rawTar(members)))
    expect(await readBase(`${file}:v2`, store)).toMatchObject({ digest, fromFile: true })
    await refused(file).toMatchObject({ code: 'layout-invalid', hint: expect.stringContaining(`${file}:v1`) })
    await refused(`${file}:v3`).toMatchObject({ message: `${file} holds no image v3` })
    const damaged = members.map((one) => ({ ...one, content: one.name.includes('blobs') ? 'x' : one.content }))
    await refused(`${await write('damaged.tar', rawTar(damaged))}:v2`).toMatchObject({ code: 'digest-mismatch' })
    const climbing = [
      ...members,
      { name: '../../escaped', content: 'x' },
      { name: 'blobs/sha256/../../y', content: 'x' },
    ]
    expect(await readBase(`${await write('climbing.tar', rawTar(climbing))}:v2`, store)).toMatchObject({ digest })
    expect(await readdir(folder)).not.toContain('escaped')
  })

  it('is what our own archives hold, under the name that they have', async () => {
    const one = image('oci', 'own')
    const file = join(folder, 'own.tar')
    const archived = { manifest: { bytes: one.manifest, mediaType: one.mediaType }, config: one.config.bytes }
    await writeImageArchive(file, { ...archived, name: 'me/tools:v1' }, async () => {
      const [layer] = one.layers
      if (!layer) throw new Error('no layer')
      return opener(layer)()
    })
    for (const base of [file, `${file}:me/tools:v1`]) {
      const read = await readBase(base, store)
      expect(read.manifest.layers.map(({ digest }) => digest)).toEqual(one.layers.map(({ digest }) => digest))
      expect(read.manifest.config.digest).toBe(one.config.digest)
    }
  })
})

describe('what is no base image', () => {
  it('is refused with a list of what can be given', async () => {
    const list = expect.stringContaining('a tar of a root file system')
    await refused(await write('empty.tar', '')).toMatchObject({ code: 'archive-invalid', hint: list })
    await refused(await write('text', 'hello '.repeat(300))).toMatchObject({ code: 'archive-invalid', hint: list })
    await refused(await write('list.json', '{"a": 1}'.repeat(200))).toMatchObject({ code: 'archive-invalid' })
    await refused(await write('nothing.tar', rawTar([]))).toMatchObject({ code: 'archive-invalid', hint: list })
    const sources = rawTar([{ name: 'src/main.c', content: 'int main;' }])
    await refused(await write('sources.tar', sources)).toMatchObject({
      code: 'archive-invalid',
      message: expect.stringContaining('neither an archive of images nor one of a system'),
      hint: list,
    })
    await mkdir(join(folder, 'folder'))
    await refused(join(folder, 'folder')).toMatchObject({ code: 'layout-invalid', hint: list })
    await mkdir(join(folder, 'system/usr'), { recursive: true })
    await refused(join(folder, 'system')).toMatchObject({ hint: expect.stringContaining('tar -C') })
    await refused('/dev/null').toMatchObject({ code: 'archive-invalid' })
    await refused(join(folder, 'gone.tar')).toMatchObject({ code: 'file-missing' })
    await refused('./gone.tar').toMatchObject({ code: 'reference-invalid' })
    await refused('file://other/host').toMatchObject({ code: 'reference-invalid' })
  })

  it('is told how to unpack what is compressed with something else', async () => {
    const file = await write('rootfs.tar.xz', Buffer.concat([Buffer.from('fd377a585a00', 'hex'), Buffer.alloc(600)]))
    await refused(file).toMatchObject({ code: 'archive-invalid', hint: `Unpack it first: xz -dk ${file}` })
    const zstd = await write('rootfs.tar.zst', Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.alloc(600)]))
    await refused(zstd).toMatchObject({ hint: `Unpack it first: zstd -dk ${zstd}` })
  })

  it('is found cut off, plain or compressed, and leaves nothing behind', async () => {
    const tar = systemTar('amd64', [{ name: './big', content: Buffer.alloc(3_000_000, 'noise') }])
    await refused(await write('cut.tar', tar.subarray(0, 1_000_000))).toMatchObject({
      code: 'archive-invalid',
      message: expect.stringContaining('cut off'),
    })
    const packed = gzipSync(tar)
    await refused(await write('cut.tar.gz', packed.subarray(0, packed.length - 200))).toMatchObject({
      code: 'archive-invalid',
      message: expect.stringContaining('cut off'),
    })
    expect(await readdir(store.spoolFolder)).toEqual([])
    expect(await readdir(join(store.root, 'folders')).catch(() => [])).toEqual([])
  })

  it('is not read where that is not allowed', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may read everything')
    const file = await write('secret.tar', systemTar())
    await chmod(file, 0)
    await refused(file).toMatchObject({ code: 'permission-denied' })
  })
})
