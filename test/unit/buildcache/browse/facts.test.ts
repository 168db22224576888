import { describe, expect, it } from 'vitest'
import { factsOf, type ImageFacts } from '../../../../main/buildcache/browse/facts.ts'
import { type CachePackages, kindOfTag } from '../../../../main/buildcache/browse/kind.ts'
import { digestOf } from '../../../../main/registry/digest.ts'
import { mediaTypes } from '../../../../main/registry/media-types.ts'

const ociConfig = 'application/vnd.oci.image.config.v1+json'
const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip'
const none: CachePackages = { layers: new Map(), hashes: new Set() }
const hash = 'a'.repeat(32)
const packageTagOf = (name: string, of = hash): string => `${name}-1.0-${of}.spack`

interface Made {
  readonly configType?: string
  readonly config?: unknown
  readonly layers?: readonly string[]
  readonly layerType?: string
  readonly more?: object
}

/** The facts of a manifest with these parts; layers are named by their content. */
async function facts({ configType = ociConfig, config = {}, layers = ['layer'], layerType = gzip, more }: Made) {
  const described = (mediaType: string, text: string) => ({ mediaType, digest: digestOf(Buffer.from(text)), size: 7 })
  const text = typeof config === 'string' ? config : JSON.stringify(config)
  return await factsOfManifest(
    {
      schemaVersion: 2,
      config: described(configType, text),
      layers: layers.map((one) => described(layerType, one)),
      ...more,
    },
    text,
  )
}

async function factsOfManifest(manifest: unknown, config = ''): Promise<ImageFacts> {
  const bytes = Buffer.from(typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
  const found = { bytes, digest: digestOf(bytes), mediaType: mediaTypes.ociManifest, size: bytes.length }
  return await factsOf(found, async () => Buffer.from(config))
}

const image = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }
const node = {
  ...{ name: 'zlib', version: '1.3', hash, namespace: 'builtin', compiler: { name: 'gcc', version: '12.2.0' } },
  arch: { platform: 'linux', platform_os: 'debian12', target: { name: 'zen4' } },
  parameters: { shared: true, pic: false, build_system: 'makefile', cflags: [] },
  dependencies: [{ name: 'gmake', hash: 'b'.repeat(32), parameters: { deptypes: ['build'], virtuals: [] } }],
}
const spec = (version = 4, nodes: readonly unknown[] = [node]) => ({ _meta: { version }, nodes })

describe('a package', () => {
  it('is not as old as the base image that it was put on', async () => {
    const config = { ...image, created: '2024-05-06T00:00:00Z', spec: spec() }
    expect((await facts({ config })).createdAt).toBeUndefined()
    const { spec: _, ...other } = config
    expect((await facts({ config: other })).createdAt).toBe(Date.UTC(2024, 4, 6))
  })

  it('says everything that its config knows', async () => {
    const found = await facts({
      config: { ...image, spec: spec(), buildcache_layout_version: 2, archive_timestamp: '2026-01-02T03:04:05+00:00' },
    })
    expect(found).toMatchObject({ kind: 'package', platform: 'linux/amd64', createdAt: Date.UTC(2026, 0, 2, 3, 4, 5) })
    expect(found.package).toMatchObject({
      ...{ hash, name: 'zlib', version: '1.3', compiler: 'gcc@12.2.0', target: 'zen4', os: 'debian12' },
      ...{ variants: '~pic+shared build_system=makefile', specVersion: 4, layoutVersion: 2, external: false },
      dependencies: [{ hash: 'b'.repeat(32), types: ['build'], virtuals: [] }],
    })
  })

  it('of a newer Spack is shown, with a word that it is newer', async () => {
    const found = await facts({ config: { ...image, spec: spec(99) } })
    expect(found).toMatchObject({ kind: 'package', package: { name: 'zlib' } })
    expect(found.problem).toMatch(/version 99/)
  })

  it('without layers is damaged', async () => {
    expect(await facts({ config: { ...image, spec: spec() }, layers: [] })).toMatchObject({
      kind: 'damaged',
      problem: 'its image has no layers',
    })
  })

  it.each([{ nodes: [node] }, { _meta: { version: 4 }, nodes: [] }, { _meta: { version: 4 }, nodes: [7] }, 'text'])(
    'whose spec is %j is damaged',
    async (broken) => {
      const found = await facts({ config: { ...image, spec: broken } })
      expect([found.kind, found.package]).toEqual(['damaged', undefined])
    },
  )

  it('under another tag is a package still, under the tag of another package it is damaged', async () => {
    const found = await facts({ config: { ...image, spec: spec() } })
    expect(kindOfTag('latest', found, none).kind).toBe('package')
    expect(kindOfTag(packageTagOf('zlib'), found, none).kind).toBe('package')
    const other = kindOfTag(packageTagOf('zlib', 'c'.repeat(32)), found, none)
    expect(other).toEqual({ kind: 'damaged', problem: `it holds another package, zlib@1.3/${hash}` })
  })
})

describe('what is no package under the tag of one', () => {
  it.each([
    ['an image', { config: image }, /no spec/],
    ['a chart', { configType: 'application/vnd.cncf.helm.config.v1+json' }, /no package but a Helm chart/],
    ['a config that is cut', { config: '{"architecture":' }, /not a JSON object/],
    ['a config that is a list', { config: '[]' }, /not a JSON object/],
  ])('is damaged: %s', async (_, made: Made, why) => {
    const { kind, problem } = kindOfTag(packageTagOf('zlib'), await facts(made), none)
    expect([kind, problem]).toEqual(['damaged', expect.stringMatching(why)])
  })

  it.each([['{"schemaVersion":2,"layers":['], ['[]'], ['{}'], ['{"schemaVersion":1,"fsLayers":[]}'], ['']])(
    'is damaged: the manifest %s',
    async (text) => {
      expect(kindOfTag(packageTagOf('zlib'), await factsOfManifest(text), none)).toMatchObject({ kind: 'damaged' })
    },
  )

  it('is damaged: an image index, which elsewhere is several platforms', async () => {
    const digest = digestOf(Buffer.from('one'))
    const entry = (platform: object) => ({ mediaType: mediaTypes.ociManifest, digest, size: 1, platform })
    const found = await factsOfManifest({
      schemaVersion: 2,
      manifests: [
        entry({ os: 'linux', architecture: 'arm64', variant: 'v8' }),
        entry({ os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.1' }),
        entry({ os: 'unknown', architecture: 'unknown' }),
      ],
    })
    expect(found).toMatchObject({ kind: 'platforms', platform: 'linux/arm64/v8, windows/amd64 10.0.20348.1' })
    expect(kindOfTag('multi', found, none).kind).toBe('platforms')
    expect(kindOfTag(packageTagOf('zlib'), found, none).kind).toBe('damaged')
  })
})

describe('foreign images and artifacts are shown as what they are', () => {
  const cosign = `sha256-${'0'.repeat(64)}`
  it.each<[string, string, Made]>([
    ['image', 'ubuntu', { config: image }],
    ['image', 'windows', { config: { ...image, os: 'windows', 'os.version': '10.0.20348.1' } }],
    ['image', 'scratch', { config: image, layers: [] }],
    ['chart', 'chart', { configType: 'application/vnd.cncf.helm.config.v1+json' }],
    ['signature', `${cosign}.sig`, { config: image, layerType: 'application/vnd.dev.cosign.simplesigning.v1+json' }],
    ['signature', 'notation', { configType: 'application/vnd.cncf.notary.signature' }],
    ['attestation', `${cosign}.att`, { config: image, layerType: 'application/vnd.dsse.envelope.v1+json' }],
    ['attestation', 'provenance', { config: image, layerType: 'application/vnd.in-toto+json' }],
    ['artifact', 'sbom', { more: { artifactType: 'application/spdx+json' } }],
    ['artifact', 'empty', { configType: 'application/vnd.oci.empty.v1+json' }],
    ['index', 'index.spack', { config: {} }],
  ])('%s: %s', async (kind, tag, made) => {
    expect(kindOfTag(tag, await facts(made), none).kind).toBe(kind)
  })

  it('with its platform, Windows with its version', async () => {
    const { platform } = await facts({ config: { ...image, os: 'windows', 'os.version': '10.0.20348.1' } })
    expect(platform).toBe('windows/amd64 10.0.20348.1')
  })
})

describe('an environment', () => {
  const digest = (text: string) => digestOf(Buffer.from(text))
  const packages: CachePackages = {
    layers: new Map([
      [digest('one'), hash],
      [digest('two'), 'b'.repeat(32)],
    ]),
    hashes: new Set([hash, 'b'.repeat(32), 'c'.repeat(32)]),
  }
  const kindOf = async (made: Made) => kindOfTag('env', await facts({ config: image, ...made }), packages).kind

  it('is an image whose layers above its base are those of packages', async () => {
    expect(await kindOf({ layers: ['base', 'one', 'two'] })).toBe('environment')
    expect(await kindOf({ layers: ['base', 'other'] })).toBe('image')
    expect(await kindOf({ layers: ['base', 'one', 'built upon it'] })).toBe('image')
  })

  it('is one as well where packages are merged into a layer that says so', async () => {
    const [base, merged] = ['base', 'merged'].map((text) => ({
      ...{ mediaType: gzip, digest: digestOf(Buffer.from(text)), size: 7 },
      ...(text === 'merged' && { annotations: { 'io.github.strata.packages': `${hash} ${'c'.repeat(32)}` } }),
    }))
    const found = await facts({ config: image, more: { layers: [base, merged] } })
    expect(found.layers.map((layer) => layer.packages)).toEqual([undefined, [hash, 'c'.repeat(32)]])
    expect(kindOfTag('tools', found, { layers: new Map(), hashes: new Set([hash]) }).kind).toBe('environment')
    expect(kindOfTag('tools', found, none).kind).toBe('image')
  })

  it('is taken for one by its variables as long as nobody has read the packages that they name', async () => {
    const naming = (named: string) => ({ ...image, config: { Env: [`PATH=/opt/gcc-1.0-${named}/bin:/bin`] } })
    expect(await kindOf({ config: naming('c'.repeat(32)), layers: ['unread'] })).toBe('environment')
    expect(await kindOf({ config: naming('d'.repeat(32)), layers: ['unread'] })).toBe('image')
    expect(await kindOf({ config: naming(hash), layers: ['another build of it'] })).toBe('image')
  })
})
