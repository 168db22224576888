import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImageDetail } from '../../main/api/catalog.ts'
import { imageMediaTypes } from '../../main/image/assemble.ts'
import { type Digest, digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { onEveryPlace } from '../support/acts/cache-places.ts'
import { type MadePackage, madePackage, putEnvironmentImage, putPackages } from '../support/acts/made-packages.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto } from '../support/push/read.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'
import { image, pushImage } from '../support/registry/images.ts'

const libc = madePackage('glibc', { external: true })
const zlib = madePackage('zlib', { version: '1.3', needs: [libc] })
const gmake = madePackage('gmake')
const openssl = madePackage('openssl', { needs: [zlib], builtWith: [gmake] })
const curl = madePackage('curl', { version: '8.8.0', needs: [openssl, zlib] })
const base = gzipSync(Buffer.alloc(4096))
const foreign = gzipSync(Buffer.alloc(2048, 'x'))

interface Parts {
  readonly layers: readonly Buffer[]
  readonly layerType?: string
  readonly configType?: string
  readonly config?: object
  readonly more?: object
}

/** Writes any image, or what has only the form of one. */
async function putAny(to: Repository, tag: string, parts: Parts): Promise<Digest> {
  const { layers, layerType = imageMediaTypes.oci.layer, configType = imageMediaTypes.oci.config, more } = parts
  const config = Buffer.from(JSON.stringify(parts.config ?? {}))
  const described = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length })
  for (const bytes of [config, ...layers]) await to.putBlob(described('', bytes), () => Readable.from([bytes]))
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: described(configType, config),
    layers: layers.map((bytes) => described(layerType, bytes)),
    ...more,
  }
  return await to.putManifest(tag, Buffer.from(JSON.stringify(manifest)), mediaTypes.ociManifest)
}

/** An image of packages on a base, as a push with --base-image writes it. */
function onBase(packages: readonly MadePackage[], more: object = {}): Parts {
  const diffIds = [digestOf(Buffer.alloc(4096)), ...packages.map((one) => one.diffId)]
  const config = {
    ...{
      architecture: 'amd64',
      os: 'linux',
      created: '2026-02-03T04:05:06Z',
      rootfs: { type: 'layers', diff_ids: diffIds },
    },
    config: {
      ...{ Env: ['PATH=/opt/bin:/bin', 'A=1'], Entrypoint: ['/bin/sh'], Cmd: ['-l'], WorkingDir: '/work', User: 'me' },
      ...{ Labels: { 'org.example': 'yes' }, ExposedPorts: { '80/tcp': {} } },
    },
    history: [
      { created_by: 'ADD rootfs.tar' },
      { created_by: 'CMD bash', empty_layer: true },
      ...packages.map((one) => ({ created_by: `spack install ${one.name}` })),
    ],
  }
  return { layers: [base, ...packages.map((one) => one.layer)], config, more }
}

onEveryPlace((place, { start, end }) => {
  let folder = ''
  let machine: Machine
  let repository = ''
  let other: Digest | undefined
  const show = (tag: string): Promise<ImageDetail> => machine.engine.call('image.show', { repository, tag })
  beforeAll(async () => {
    folder = await start()
    machine = await startMachine(join(folder, 'machine'))
    repository = place.repository()
    await lookInto(repository, async (to) => {
      await putPackages(to, [zlib, openssl, curl, gmake])
      const annotations = { 'org.opencontainers.image.base.name': 'docker.io/library/ubuntu:24.04' }
      const digest = await putAny(to, 'tools', onBase([zlib, openssl, curl], { annotations }))
      const { bytes } = (await to.getManifest(digest)) ?? { bytes: Buffer.alloc(0) }
      await to.putManifest('tools-copy', bytes, mediaTypes.ociManifest)
      other = await putAny(to, 'plain', { layers: [base, foreign], config: { architecture: 'arm64', os: 'linux' } })
      const entry = { mediaType: mediaTypes.ociManifest, size: bytes.length }
      const platforms = {
        ...{ schemaVersion: 2, mediaType: mediaTypes.ociIndex },
        manifests: [
          { ...entry, digest, platform: { os: 'linux', architecture: 'amd64' } },
          { ...entry, digest: other, platform: { os: 'linux', architecture: 'arm64' } },
        ],
      }
      await to.putManifest('multi', Buffer.from(JSON.stringify(platforms)), mediaTypes.ociIndex)
      const subject = { mediaType: mediaTypes.ociManifest, digest, size: bytes.length }
      await putAny(to, 'sbom', {
        layers: [Buffer.from('{}')],
        more: { artifactType: 'application/spdx+json', subject },
      })
      const signature = {
        layers: [Buffer.from('{"sig":1}')],
        layerType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      }
      await putAny(to, `${digest.replace(':', '-')}.sig`, signature)
    })
  })
  afterAll(async () => {
    await machine.close()
    await end()
  })

  it('says of each layer what it is and who else holds it, those of image indexes included', async () => {
    const { layers, kind, base: below } = await show('tools')
    expect(kind).toBe('environment')
    expect(below).toEqual({ name: 'docker.io/library/ubuntu:24.04', digest: undefined, layers: 1 })
    expect(layers.map((layer) => [layer.kind, layer.package?.name, layer.createdBy])).toEqual([
      ['base', undefined, 'ADD rootfs.tar'],
      ['package', 'zlib', 'spack install zlib'],
      ['package', 'openssl', 'spack install openssl'],
      ['package', 'curl', 'spack install curl'],
    ])
    expect(layers[0]).toMatchObject({
      usedBy: ['multi', 'plain', 'tools-copy'],
      usedByCount: 3,
      diffId: digestOf(Buffer.alloc(4096)),
    })
    expect(layers[1]?.usedBy).toEqual([curl.tag, 'multi', openssl.tag, 'tools-copy', zlib.tag].sort())
  })

  it('says what a container is started with', async () => {
    const shown = await show('tools')
    expect(shown.config).toEqual({
      env: ['PATH=/opt/bin:/bin', 'A=1'],
      entrypoint: ['/bin/sh'],
      command: ['-l'],
      workingDirectory: '/work',
      user: 'me',
      labels: { 'org.example': 'yes' },
      ports: ['80/tcp'],
    })
    expect(shown).toMatchObject({ createdAt: Date.UTC(2026, 1, 3, 4, 5, 6), platform: 'linux/amd64' })
    expect(shown.command).toBe(`strata show ${repository}:tools`)
  })

  it('counts bytes that are its own, shared ones, and those after unpacking', async () => {
    const { sums } = await show('plain')
    expect(sums).toEqual({
      bytes: base.length + foreign.length,
      uniqueBytes: 0,
      sharedBytes: base.length + foreign.length,
      unpackedBytes: 4096 + 2048,
    })
    const own = await show(gmake.tag)
    expect(own.sums).toMatchObject({ uniqueBytes: gmake.layer.length, sharedBytes: 0, unpackedBytes: 1536 })
  })

  it('knows the other tags of the same image, and what refers to it', async () => {
    const shown = await show('tools')
    expect(shown.sameDigest).toEqual(['tools-copy'])
    expect(shown.referrers.map((one) => one.artifactType).sort()).toEqual(['application/spdx+json', 'cosign sig'])
  })

  it('feeds the picture: roots without dependents, names of those that need a layer', async () => {
    const { stack } = await show('tools')
    expect(stack.map((one) => [one.kind, one.name, one.root, one.neededBy])).toEqual([
      ['base', 'ubuntu:24.04', false, []],
      ['package', 'zlib', false, ['openssl', 'curl']],
      ['package', 'openssl', false, ['curl']],
      ['package', 'curl', true, []],
    ])
    expect(new Set(stack.map((one) => one.key)).size).toBe(4)
    expect(stack[0]?.sharedWith).toEqual(['multi', 'plain', 'tools-copy'])
  })

  it('names every package that the specs name, for the graph', async () => {
    const shown = await show('tools')
    expect(shown.packages.map((one) => one.name).sort()).toEqual(['curl', 'glibc', 'gmake', 'openssl', 'zlib'])
    expect(shown.packages.find((one) => one.name === 'glibc')?.external).toBe(true)
    expect((await show(zlib.tag)).packages.map((one) => one.name)).toEqual(['zlib', 'glibc'])
  })

  it('shows a package with its closure, by tag and by digest', async () => {
    const byTag = await show(curl.tag)
    expect(byTag).toMatchObject({ kind: 'package', package: { name: 'curl', specVersion: 4, layoutVersion: 2 } })
    expect(byTag.base).toBeUndefined()
    const byDigest = await show(byTag.digest)
    expect(byDigest).toMatchObject({ kind: 'package', digest: byTag.digest, sameDigest: [curl.tag] })
    expect(byDigest.tag).toBeUndefined()
    expect(byDigest.reference).toMatch(place.folder ? /^oci:/ : new RegExp(`@${byTag.digest}$`))
    expect(byDigest.command).toBe(`strata show ${repository}@${byTag.digest}`)
  })

  it('shows an image index by its images', async () => {
    const shown = await show('multi')
    expect(shown).toMatchObject({ kind: 'platforms', layers: [], stack: [], platform: 'linux/amd64, linux/arm64' })
    expect(shown.platforms).toMatchObject([
      { platform: 'linux/amd64', kind: 'environment' },
      { digest: other, platform: 'linux/arm64', kind: 'image', bytes: base.length + foreign.length },
    ])
  })

  it('shows what is no image, with its type', async () => {
    expect(await show('sbom')).toMatchObject({ kind: 'artifact', problem: 'an artifact (application/spdx+json)' })
  })

  it('says that there is no such tag', async () => {
    await expect(show('no-such')).rejects.toMatchObject({ code: 'registry-not-found' })
  })

  it('says of a digest that it is gone, whatever is remembered of it', async () => {
    const gone = madePackage('gone')
    await lookInto(repository, (to) => putPackages(to, [gone]))
    const { digest } = await show(gone.tag)
    await lookInto(repository, (to) => to.deleteManifest(digest as Digest))
    await expect(show(digest)).rejects.toMatchObject({ code: 'registry-not-found' })
  })

  it('compares two of them', async () => {
    const left = { repository, tag: 'tools' }
    const right = { repository, tag: openssl.tag }
    const { layers, packages, sums, command } = await machine.engine.call('image.compare', { left, right })
    expect(layers.map((one) => `${one.change} ${(one.left ?? one.right)?.package?.name}`)).toEqual([
      'removed undefined',
      'same zlib',
      'same openssl',
      'removed curl',
    ])
    expect(packages.map((one) => `${one.name} ${one.change}`)).toEqual(['curl removed', 'openssl same', 'zlib same'])
    expect(sums).toMatchObject({ sharedBytes: zlib.layer.length + openssl.layer.length, rightBytes: 0 })
    expect(command).toBe(`strata diff ${repository}:tools ${repository}:${openssl.tag}`)
  })
})

describe('images of two repositories', () => {
  it('are compared across registries', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-browse-'))
    const registry = await startFaultRegistry()
    const machine = await startMachine(folder)
    try {
      const [here, there] = [`oci+http://${registry.host}/me/cache`, `oci-layout://${folder}/cache`]
      await lookInto(here, async (to) => {
        await putPackages(to, [zlib, openssl])
        await putEnvironmentImage(to, 'env', [zlib, openssl])
      })
      await lookInto(there, (to) => pushImage(to, image(), 'env'))
      const compared = await machine.engine.call('image.compare', {
        left: { repository: here, tag: 'env' },
        right: { repository: there, tag: 'env' },
      })
      expect([compared.left.kind, compared.right.kind]).toEqual(['environment', 'image'])
      expect(compared.layers.map((one) => one.change)).toEqual(['removed', 'removed', 'added'])
    } finally {
      await machine.close()
      await registry.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
