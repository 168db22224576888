import { readFileSync } from 'node:fs'
import { imageMediaTypes } from '../../main/image/assemble.ts'
import type { BaseImage, ImageFormat } from '../../main/image/base.ts'
import type { CachedPackage, Composition } from '../../main/image/composition.ts'
import { type ImageConfig, type ImageManifest, parseConfig, parseManifest } from '../../main/image/document.ts'
import { type Digest, digestOf } from '../../main/registry/digest.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { SpecGraph } from '../../main/spack/spec/graph.ts'
import { readNodes } from '../../main/spack/spec/read-nodes.ts'
import { type MadePackage, madeGraph } from './made-graph.ts'

export const testDigest = (text: string): Digest => digestOf(Buffer.from(text))

/** What a cache has of a made-up package; its layer's size is the length of its name in kilobytes. */
export function madeCached(
  name: string,
  env: readonly string[] | undefined,
  closure: readonly string[],
): CachedPackage {
  const layer = {
    digest: testDigest(name),
    size: name.length * 1024,
    diffId: testDigest(`tar of ${name}`),
    title: name,
  }
  return { layer, env, diffIds: [...closure, name].map((one) => testDigest(`tar of ${one}`)) }
}

/** A composition of made-up packages, all of them in the cache with a `bin` each. */
export function madeComposition(
  packages: Readonly<Record<string, MadePackage>>,
  rest: Pick<Composition, 'roots'> & Partial<Composition>,
): Composition {
  const graph = madeGraph(packages)
  const inCache = Object.entries(packages).filter(([, made]) => !made.external)
  const cached = inCache.map(([key]): [string, CachedPackage] => {
    return [key, madeCached(key, [`PATH=/s/${key}/bin:/bin:/usr/bin`], [])]
  })
  return { graph, packages: new Map(cached), ...rest }
}

/** A base image of so many layers. */
export function madeBase(
  parts: {
    readonly layers?: number
    readonly env?: readonly string[]
    readonly format?: ImageFormat
    readonly architecture?: string
    readonly config?: Readonly<Record<string, unknown>>
    readonly more?: Readonly<Record<string, unknown>>
    readonly layerType?: string
  } = {},
): BaseImage {
  const { layers = 1, format = 'oci', architecture = 'amd64', layerType = imageMediaTypes[format].layer } = parts
  const names = Array.from({ length: layers }, (_, i) => `base ${i}`)
  const config = parseConfig(
    Buffer.from(
      JSON.stringify({
        architecture,
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: names.map((name) => testDigest(`tar of ${name}`)) },
        config: { Env: parts.env ?? ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['/bin/bash'], ...parts.config },
        ...parts.more,
      }),
    ),
    'test',
  )
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: imageMediaTypes[format].manifest,
    config: { mediaType: imageMediaTypes[format].config, digest: testDigest('config'), size: 10 },
    layers: names.map((name) => ({ mediaType: layerType, digest: testDigest(name), size: 100 })),
  }
  const reference = parseReference('ubuntu:24.04')
  return { reference, digest: testDigest('base image'), architecture, format, manifest, config }
}

/** The lab's cache, as a Spack 0.22.5 pushed it: its specs, what it has of each, and the images behind its tags. */
export function labCache(): {
  readonly graph: SpecGraph
  readonly packages: ReadonlyMap<string, CachedPackage>
  readonly image: (tag: string) => { readonly manifest: ImageManifest; readonly config: ImageConfig }
} {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`../fixtures/lab/${name}`, import.meta.url), 'utf8'))
  const index = read('index-spack.json') as { database: { installs: Record<string, { spec: unknown }> } }
  const specs = Object.entries(index.database.installs).map(([hash, record]) => [hash, record.spec] as const)
  const graph = { nodes: readNodes(specs, 'index.spack', () => 4).nodes, roots: [], specVersion: 4 }
  const images = read('oci.json') as Record<string, { manifest: unknown; config: unknown }>
  const image = (tag: string) => {
    const document = parseManifest(Buffer.from(JSON.stringify(images[tag]?.manifest)), tag)
    if (document.kind === 'index') throw new Error(`${tag} is an index`)
    return { manifest: document.manifest, config: parseConfig(Buffer.from(JSON.stringify(images[tag]?.config)), tag) }
  }
  const packages = new Map<string, CachedPackage>()
  for (const node of graph.nodes.values()) {
    const tag = `${node.name}-${node.version}-${node.hash}.spack`
    if (!(tag in images)) continue
    const { manifest, config } = image(tag)
    const [last, diffId] = [manifest.layers.at(-1), config.rootfs.diff_ids.at(-1)]
    if (!last || diffId === undefined) throw new Error(`${tag} has no layers`)
    const layer = { digest: last.digest, size: last.size, diffId, title: `${node.name}@${node.version}` }
    packages.set(node.hash, { layer, env: config.config?.Env ?? undefined, diffIds: config.rootfs.diff_ids })
  }
  return { graph, packages, image }
}
