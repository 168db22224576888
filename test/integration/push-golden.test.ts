import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job, PushRequestInput } from '../../main/api/models.ts'
import { type CachedImage, labEnvironment, labStore, readLabImages, readLabIndex } from '../support/push/lab.ts'
import { type Machine, sampleRequest, startMachine } from '../support/push/machine.ts'
import { lookInto, type ReadImage, readImages, readIndexBytes } from '../support/push/read.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { unpackSample } from '../support/sample.ts'

/**
 * The whole of a push held against what Spack 0.22.5 pushed from the same files: tags, manifests, configs, index. The
 * layers' members are compared in layer-golden.test.ts; their compressed bytes differ, since the deflaters do.
 */

const lab = readLabImages()
const skip = await missingDockerRegistry()
/** What the environment image of the sample's roots is called; Spack wrote one of the whole lab only. */
const imageTag = labStore === undefined ? 'sample' : 'tools'

let folder = ''
let machine: Machine
let registry: DockerRegistry | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strata-push-golden-'))
  if (labStore === undefined) await unpackSample(join(folder, 'root'))
  machine = await startMachine(folder)
  if (!skip) registry = await startDockerRegistry()
})

afterAll(async () => {
  await machine.close()
  await registry?.close()
  rmSync(folder, { recursive: true, force: true })
})

function request(to: string): PushRequestInput {
  if (labStore === undefined) return sampleRequest(join(folder, 'root'), to, { tag: imageTag, updateIndex: true })
  const sysroot = labStore === '/' ? undefined : labStore
  const environment = join(folder, 'tools')
  const onDisk = join(labStore, environment)
  mkdirSync(onDisk, { recursive: true })
  for (const [name, file] of Object.entries(labEnvironment)) cpSync(file, join(onDisk, name))
  return { spack: '/home/demo/spack', sysroot, environment, to, tag: imageTag, updateIndex: true }
}

const places = [
  { name: 'an OCI layout folder', skip: undefined, to: () => `oci-layout://${folder}/layout` },
  { name: "Debian's docker-registry", skip, to: () => `oci+http://${registry?.host}/lab/cache` },
]

for (const place of places) {
  describe.skipIf(place.skip)(`what is pushed to ${place.name}${place.skip ? ` (skipped: ${place.skip})` : ''}`, () => {
    let images: Map<string, ReadImage>
    let job: Job
    /** Digest of a layer, ours or Spack's, to the tag of its package. */
    const packageOf = new Map<string, string>()
    const ours = (): [string, ReadImage, CachedImage][] =>
      [...images].flatMap(([tag, image]): [string, ReadImage, CachedImage][] => {
        const theirs = lab[tag]
        return theirs && tag.endsWith('.spack') && tag !== 'index.spack' ? [[tag, image, theirs]] : []
      })

    beforeAll(async () => {
      job = (await machine.push(request(place.to()))).job
      images = await readImages(place.to())
      for (const all of [Object.entries(lab), [...images]]) {
        for (const [tag, { manifest }] of all) {
          const last = manifest.layers.at(-1)
          if (last && tag.endsWith('.spack')) packageOf.set(last.digest, tag)
        }
      }
    })
    const named = (layers: readonly { readonly digest: string }[]): (string | undefined)[] =>
      layers.map((layer) => packageOf.get(layer.digest))

    it('has the tags that Spack gave, and the environment image', () => {
      expect(job.error).toBeUndefined()
      expect(job.state).toBe('done')
      const sampled = new Set(['cowsay', 'figlet', 'gmake', 'hello', 'less', 'ncurses', 'relockit', 'zlib'])
      const expected = Object.keys(lab).filter(
        (tag) => labStore !== undefined || sampled.has(tag.split('-')[0] ?? '') || tag === 'index.spack',
      )
      expect([...images.keys()].sort()).toEqual([...new Set([...expected, imageTag])].sort())
      expect(ours().length).toBe(labStore === undefined ? 8 : 15)
    })

    it('has the same manifests: media types, annotations, layers in the same order', () => {
      for (const [tag, { manifest, mediaType }, theirs] of ours()) {
        expect(named(manifest.layers), tag).toEqual(named(theirs.manifest.layers))
        expect(named(manifest.layers).at(-1)).toBe(tag)
        expect(mediaType).toBe(theirs.manifest.mediaType)
        expect(withoutBytes(manifest)).toEqual(withoutBytes(theirs.manifest))
      }
    })

    it('has the same configs: keys in the same order, spec documents equal byte for byte', () => {
      for (const [tag, { config, manifest }, theirs] of ours()) {
        expect(Object.keys(config), tag).toEqual(Object.keys(theirs.config))
        expect(JSON.stringify(config.spec)).toBe(JSON.stringify(theirs.config.spec))
        expect(config).toEqual({
          ...theirs.config,
          rootfs: { type: 'layers', diff_ids: expect.any(Array) },
          config: { Env: expect.any(Array) },
          binary_cache_checksum: { hash_algorithm: 'sha256', hash: manifest.layers.at(-1)?.digest.slice(7) },
        })
      }
    })

    it('lists in each config the digests of its uncompressed layers', async () => {
      const diffIds = new Map<string, string>()
      await lookInto(place.to(), async (repository) => {
        for (const [, { manifest, config }] of ours()) {
          expect(config.rootfs.diff_ids.length).toBe(manifest.layers.length)
          for (const [i, layer] of manifest.layers.entries()) {
            const known = diffIds.get(layer.digest) ?? sha256(gunzipSync(await repository.readBlobBytes(layer, limit)))
            diffIds.set(layer.digest, known)
            expect(config.rootfs.diff_ids[i]).toBe(known)
          }
        }
      })
    })

    it('sets the environment that Spack sets, but without a Spack what only recipes know', () => {
      for (const [tag, { config }, theirs] of ours()) {
        const [mine, spacks] = [variables(config), variables(theirs.config)]
        // Without a Spack to ask, prefix inspection is all there is: it cannot know what a recipe adds.
        if (labStore !== '/') for (const name of onlyInRecipes) spacks.delete(name)
        expect(mine, tag).toEqual(spacks)
      }
    })

    it('has the index that Spack wrote for these packages', async () => {
      const index = parseIndex(await readIndexBytes(place.to()))
      const spacks = parseIndex(readLabIndex())
      expect(index.version).toBe(spacks.version)
      const hashes = new Set(ours().map(([tag]) => tag.slice(0, -'.spack'.length).slice(-32)))
      expect(new Set(Object.keys(index.installs))).toEqual(hashes)
      for (const hash of hashes) {
        const theirs = spacks.installs[hash]
        // A dependent that was not pushed here does not count.
        const refCount = labStore === undefined ? dependentsAmong(spacks, hash, hashes) : theirs?.ref_count
        expect(index.installs[hash], hash).toEqual({ ...theirs, ref_count: refCount })
      }
      expect(images.get('index.spack')?.configBytes.toString()).toBe('{}')
      expect(withoutBytes(images.get('index.spack')?.manifest)).toEqual(withoutBytes(indexManifest))
    })

    it("makes the environment image of the roots' run-time closure, which is no package", () => {
      const image = images.get(imageTag)
      if (!image) throw new Error('there is no environment image')
      expect(Object.keys(image.config)).toEqual(['architecture', 'os', 'rootfs', 'config'])
      expect(image.manifest.annotations).toBeUndefined()
      expect(image.manifest.layers.length).toBe(image.config.rootfs.diff_ids.length)
      if (labStore === undefined) {
        // gmake is needed to build only.
        const runTime = [...ours()].map(([tag]) => tag).filter((tag) => !tag.startsWith('gmake'))
        expect(new Set(named(image.manifest.layers))).toEqual(new Set(runTime))
        return
      }
      const theirs = lab.tools
      expect(named(image.manifest.layers)).toEqual(named(theirs?.manifest.layers ?? []))
      const spacks = variables(theirs?.config ?? {})
      if (labStore !== '/') for (const name of onlyInRecipes) spacks.delete(name)
      expect(variables(image.config)).toEqual(spacks)
    })
  })
}

const limit = { limit: 1 << 30 }
const onlyInRecipes = ['COWPATH', 'RELOCKIT_HOME', 'RELOCKIT_PATH']

/** As Spack writes it (`_oci_update_index`): the lab's own went through skopeo, which leaves `mediaType` out. */
const indexManifest = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  schemaVersion: 2,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: '', size: 2 },
  layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: '', size: 0 }],
}

/** A manifest without what depends on compressed bytes. */
function withoutBytes(manifest: unknown): unknown {
  return JSON.parse(JSON.stringify(manifest), (key, value: unknown) =>
    key === 'digest' || key === 'size' ? undefined : value,
  )
}

function variables(config: {
  readonly config?: { readonly Env?: readonly string[] | null } | null
}): Map<string, unknown> {
  return new Map(
    (config.config?.Env ?? []).map((entry) => {
      const equals = entry.indexOf('=')
      const value = entry.slice(equals + 1)
      // Spack repeats entries; we write each once.
      return [entry.slice(0, equals), [...new Set(value.split(':'))]]
    }),
  )
}

interface IndexDocument {
  readonly version: string
  readonly installs: Readonly<
    Record<
      string,
      { readonly spec: { readonly dependencies?: readonly { readonly hash: string }[] }; readonly ref_count: number }
    >
  >
}

function parseIndex(bytes: Buffer | undefined): IndexDocument {
  return (JSON.parse(bytes?.toString('utf8') ?? '') as { database: IndexDocument }).database
}

function dependentsAmong(index: IndexDocument, hash: string, among: ReadonlySet<string>): number {
  return Object.entries(index.installs).filter(
    ([one, { spec }]) => among.has(one) && spec.dependencies?.some((dependency) => dependency.hash === hash),
  ).length
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
