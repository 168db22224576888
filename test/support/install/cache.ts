import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { type Digest, digestOf } from '../../../main/registry/digest.ts'
import { generateStore } from '../generate-store.ts'
import type { Machine } from '../push/machine.ts'
import { lookInto, readImage } from '../push/read.ts'

/** A cache of made-up packages, each of which needs the one before it; with every kind of file that is relocated. */
export interface SmallCache {
  /** Its reference, an OCI layout. */
  readonly from: string
  readonly layout: string
  /** Where they were packed. */
  readonly store: string
  /** Dependencies first. */
  readonly packages: readonly SmallPackage[]
}

export interface SmallPackage {
  readonly name: string
  readonly hash: string
  readonly tag: string
  readonly prefix: string
}

export interface SmallCacheOptions {
  readonly packages?: number
  readonly packageBytes?: number
  /** Makes a file in each prefix besides. */
  readonly decorate?: (prefix: string, number: number) => void
  readonly updateIndex?: boolean
}

/** Makes the packages in `folder` and pushes them into a layout there. */
export async function makeSmallCache(
  machine: Machine,
  folder: string,
  options: SmallCacheOptions = {},
): Promise<SmallCache> {
  const { packages: count = 3, packageBytes = 20_000, decorate, updateIndex = true } = options
  const { spack, environment, prefixes } = await generateStore(join(folder, 'made-where-paths-are-long'), {
    ...{ packages: count, packageBytes, fileBytes: 5_000, dependencies: 1 },
  })
  for (const [number, prefix] of prefixes.entries()) {
    addFiles(prefix, prefixes[number - 1] ?? prefix)
    decorate?.(prefix, number)
  }
  const layout = join(folder, 'cache')
  const from = `oci-layout://${layout}`
  const { job } = await machine.push({ spack, environment, to: from, updateIndex })
  if (job.error) throw new Error(job.error.message)
  const packages = prefixes.map((prefix): SmallPackage => {
    const [, name = '', hash = ''] = /([^/]+)-1\.0-([a-z2-7]{32})$/.exec(prefix) ?? []
    return { name, hash, prefix, tag: `${name}-1.0-${hash}.spack` }
  })
  return { from, layout, store: join(spack, 'opt/spack'), packages }
}

/** A script, absolute and relative links, a hard link, and something that passes for a program. */
function addFiles(prefix: string, dependency: string): void {
  const bin = join(prefix, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'tool'), `#!/bin/sh\necho ${prefix} ${dependency}\n`, { mode: 0o755 })
  symlinkSync(join(bin, 'tool'), join(bin, 'absolute'))
  symlinkSync('tool', join(bin, 'relative'))
  symlinkSync(join(dependency, 'lib'), join(prefix, 'dependency'))
  linkSync(join(prefix, 'lib/file-000000'), join(prefix, 'lib/same'))
  writeFileSync(join(bin, 'program'), Buffer.concat([elfMagic, Buffer.from(`${prefix}/share/data\0the end\0`)]), {
    mode: 0o755,
  })
}

const elfMagic = Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(60)])

/** What a damaged, foreign or hostile cache has in place of a package. */
export interface Damage {
  /** The bytes of its last layer. */
  readonly layer?: (bytes: Buffer) => Buffer
  readonly config?: (config: Record<string, unknown>) => void
  /** What of the config goes on speaking of the old layer. */
  readonly keep?: 'checksum' | 'diffId'
}

/** Writes another image in place of a package's, whose digests all fit together. */
export async function damage(from: string, tag: string, { layer, config, keep }: Damage): Promise<void> {
  await lookInto(from, async (repository) => {
    const image = await readImage(repository, tag)
    const put = async (bytes: Buffer): Promise<{ digest: Digest; size: number }> => {
      const blob = { digest: digestOf(bytes), size: bytes.length }
      await repository.putBlob(blob, () => Readable.from([bytes]))
      return blob
    }
    const manifest = structuredClone(image.manifest) as { layers: object[]; config: object }
    const document = JSON.parse(image.configBytes.toString()) as Record<string, unknown>
    const last = image.manifest.layers.at(-1)
    if (layer && last) {
      const changed = layer(await repository.readBlobBytes(last, { limit: 1 << 26 }))
      const blob = await put(changed)
      manifest.layers = [...manifest.layers.slice(0, -1), { ...last, ...blob }]
      if (keep !== 'checksum') {
        document.binary_cache_checksum = { hash_algorithm: 'sha256', hash: blob.digest.slice(7) }
      }
      if (keep !== 'diffId') setDiffId(document, changed)
    }
    config?.(document)
    const before = JSON.parse(image.configBytes.toString()) as unknown
    if (!isDeepStrictEqual(before, document)) {
      manifest.config = { ...manifest.config, ...(await put(Buffer.from(JSON.stringify(document)))) }
    }
    await repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), image.mediaType)
  })
}

/** The digest of the uncompressed layer, where it can be inflated. */
function setDiffId(config: Record<string, unknown>, layer: Buffer): void {
  const { rootfs } = config as { rootfs?: { diff_ids: string[] } }
  try {
    rootfs?.diff_ids.splice(-1, 1, digestOf(gunzipSync(layer)))
  } catch {
    // It is to be refused for something else.
  }
}

/** The file that holds a package's own layer in a layout. */
export async function layerFile(cache: SmallCache, tag: string): Promise<string> {
  const digest = await lookInto(cache.from, async (repository) => {
    return (await readImage(repository, tag)).manifest.layers.at(-1)?.digest ?? ''
  })
  return join(cache.layout, 'blobs', digest.replace(':', '/'))
}

/** Forgets a tag: its package is in the index still. */
export async function removeTag({ from }: SmallCache, tag: string): Promise<void> {
  await lookInto(from, async (repository) => {
    const head = await repository.headManifest(tag)
    if (head) await repository.deleteManifest(head.digest)
  })
}
