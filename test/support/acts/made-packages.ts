import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { imageMediaTypes } from '../../../main/image/assemble.ts'
import { type Digest, digestOf } from '../../../main/registry/digest.ts'
import type { Repository } from '../../../main/registry/repository.ts'
import { mapConcurrently } from '../../../main/support/concurrency.ts'

/** A package as a cache holds it, made up: its spec is all that is true of it. */
export interface MadePackage {
  readonly name: string
  readonly version: string
  readonly hash: string
  readonly tag: string
  readonly specVersion: number
  /** Link and run dependencies. */
  readonly needs: readonly MadePackage[]
  readonly builtWith: readonly MadePackage[]
  readonly external: boolean
  readonly archiveTimestamp: string | undefined
  readonly node: Readonly<Record<string, unknown>>
  /** Compressed. */
  readonly layer: Buffer
  readonly diffId: Digest
  /** Of its image's config. */
  readonly env: readonly string[]
}

export type MadeOptions = Partial<
  Pick<MadePackage, 'version' | 'specVersion' | 'needs' | 'builtWith' | 'external' | 'archiveTimestamp'>
>

/** The same name and version make the same package. */
export function madePackage(name: string, options: MadeOptions = {}): MadePackage {
  const { version = '1.0', specVersion = 4, needs = [], builtWith = [], external = false, archiveTimestamp } = options
  const hash = base32(createHash('sha1').update(`${name}@${version}`).digest())
  const edge = (one: MadePackage, deptypes: readonly string[]) =>
    specVersion >= 4 ? { name: one.name, hash: one.hash, parameters: { deptypes, virtuals: [] } } : {}
  const node = {
    name,
    version,
    arch: { platform: 'linux', platform_os: 'debian12', target: 'x86_64' },
    ...(specVersion === 4 && { compiler: { name: 'gcc', version: '12.2.0' } }),
    namespace: 'builtin',
    parameters: { build_system: 'generic', shared: true },
    ...(specVersion >= 5 && { annotations: { original_specfile_version: specVersion } }),
    ...(external && { external: { path: '/usr', module: null, extra_attributes: {} } }),
    dependencies: [
      ...needs.map((one) => edge(one, ['build', 'link'])),
      ...builtWith.map((one) => edge(one, ['build'])),
    ],
    hash,
  }
  const tar = Buffer.concat([Buffer.alloc(1024), Buffer.from(`${name}@${version}`.padEnd(512, '\0'))])
  const layer = gzipSync(tar)
  const tag = `${name}-${version}-${hash}.spack`
  const facts = { name, version, hash, tag, specVersion, needs, builtWith, external, archiveTimestamp }
  return { ...facts, node, layer, diffId: digestOf(tar), env: ['PATH=/bin:/usr/bin'] }
}

/** Writes packages as Spack does: the closure's layers, the package's own last. Neither an index nor dependencies. */
export async function putPackages(repository: Repository, packages: readonly MadePackage[]): Promise<void> {
  await mapConcurrently(packages, 8, async (one) => {
    const layers = [...closureOf(one, (each) => each.needs)].filter((each) => !each.external).reverse()
    const nodes = [...closureOf(one, (each) => [...each.needs, ...each.builtWith])].map((each) => each.node)
    const config = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: layers.map((each) => each.diffId) },
        config: { Env: one.env },
        spec: { _meta: { version: one.specVersion }, nodes },
        buildcache_layout_version: 2,
        binary_cache_checksum: { hash_algorithm: 'sha256', hash: digestOf(one.layer).slice(7) },
        ...(one.archiveTimestamp && { archive_timestamp: one.archiveTimestamp }),
      }),
    )
    await putImage(
      repository,
      one.tag,
      config,
      layers.map((each) => each.layer),
    )
  })
}

/** Writes an image of these packages' layers that is no package itself. */
export async function putEnvironmentImage(
  repository: Repository,
  tag: string,
  packages: readonly MadePackage[],
): Promise<void> {
  const diffIds = packages.map((one) => one.diffId)
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds }, config: {} }
  await putImage(
    repository,
    tag,
    Buffer.from(JSON.stringify(config)),
    packages.map((one) => one.layer),
  )
}

export async function putImage(
  repository: Repository,
  tag: string,
  config: Buffer,
  layers: readonly Buffer[],
): Promise<Digest> {
  const types = imageMediaTypes.oci
  const described = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length })
  for (const bytes of [config, ...layers]) {
    await repository.putBlob(described('', bytes), () => Readable.from([bytes]))
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: described(types.config, config),
    layers: layers.map((bytes) => described(types.layer, bytes)),
  }
  return repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), types.manifest)
}

/** The package first, then what it leads to. */
function closureOf(root: MadePackage, next: (one: MadePackage) => readonly MadePackage[]): ReadonlySet<MadePackage> {
  const found = new Set([root])
  for (const one of found) for (const each of next(one)) found.add(each)
  return found
}

function base32(bytes: Buffer): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) text += letters[(value >> (bits - 5)) & 31]
    value &= (1 << bits) - 1
  }
  return text
}
