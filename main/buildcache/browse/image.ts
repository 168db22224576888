import type { CatalogPackage, ImageDetail } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import { type ImageManifest, parseManifest } from '../../image/document.ts'
import { isDigest } from '../../registry/digest.ts'
import { parseObject } from '../../registry/media-types.ts'
import { formatReference } from '../../registry/reference.ts'
import { asObject, type JsonObject } from '../../spack/json.ts'
import type { SpecGraph } from '../../spack/spec/graph.ts'
import { StrataError } from '../../support/errors.ts'
import { describePackage } from '../describe-package.ts'
import { isDamage, readConfigBytes, readManifest } from '../remote-package.ts'
import type { Browsed } from './browsed.ts'
import { isListRefused, readInto, recall } from './catalog.ts'
import { describeImage, type Looked } from './detail.ts'
import { type ImageFacts, specOf } from './facts.ts'
import type { OnProgress } from './progress.ts'
import { readFacts, readImages, type TagReading } from './reading.ts'
import { knownOf } from './rows.ts'
import { unpackedBytes } from './unpacked.ts'
import { packagesOfLayers, usageOf } from './usage.ts'

/**
 * One image, by tag or digest: its layers with what each is and who else holds it. For the latter every manifest of the
 * repository is read that is not known yet, which `onProgress` follows.
 * Throws `registry-not-found`, and what the registry answers.
 */
export async function showImage(
  browsed: Browsed,
  request: Parsed<'image.show'>,
  onProgress: OnProgress,
): Promise<ImageDetail> {
  const { memory } = browsed
  try {
    const facts = await lookUp(browsed, request.tag)
    const readings = await readRepository(browsed, onProgress)
    return describeImage(await lookAt(browsed, request, facts, readings))
  } finally {
    await memory.save()
  }
}

async function lookUp(browsed: Browsed, name: string): Promise<ImageFacts> {
  const { repository, memory, now, signal } = browsed
  // What a digest says holds for ever; whether it is there does not.
  const there = !isDigest(name) || (await repository.headManifest(name, { signal })) !== undefined
  const facts = there ? await readFacts(browsed, name) : undefined
  if (!facts) {
    throw new StrataError('registry-not-found', `${formatReference(repository.reference)}: there is no ${name}`, {
      hint: 'It may have been deleted meanwhile; strata list shows what there is.',
    })
  }
  if (isDigest(name)) memory.learn(facts)
  else memory.learnTag(name, facts, now())
  return facts
}

/** What every tag holds; nothing where the registry lists none to this login. */
async function readRepository(browsed: Browsed, onProgress: OnProgress): Promise<ReadonlyMap<string, TagReading>> {
  const tags = await browsed.repository.tags({ signal: browsed.signal }).catch((error: unknown) => {
    if (isListRefused(error)) return []
    throw error
  })
  const readings = recall(browsed, tags)
  const known = knownOf(tags, browsed.memory.indexOf(), readings)
  const wanted = tags.filter((tag) => !readings.has(tag))
  await readInto(browsed, wanted, { known, readings, total: tags.length, onProgress })
  return readings
}

async function lookAt(
  browsed: Browsed,
  request: Parsed<'image.show'>,
  facts: ImageFacts,
  readings: ReadonlyMap<string, TagReading>,
): Promise<Looked> {
  const { repository, signal, memory } = browsed
  const read = [...readings.values()].flatMap((one) => (one.kind === 'read' ? [one.facts] : []))
  const indexes = [facts, ...read].filter((one) => one.images.length > 0)
  for (const index of indexes) await readImages(browsed, index)
  const imagesOf = (index: ImageFacts): ImageFacts[] => index.images.flatMap((digest) => memory.facts(digest) ?? [])
  const byLayer = packagesByLayer([facts, ...read])
  const { manifest, annotations } = await readDocument(browsed, facts)
  const config = await readConfigObject(browsed, facts)
  const own = config && specGraph(config)
  const packages = packagesOfLayers(facts, byLayer, own)
  const merged = mergedPackages(facts, read)
  const [referrers, unpacked] = await Promise.all([
    repository.referrers(facts.digest, { signal }).catch((error: unknown) => {
      if (error instanceof StrataError && !error.retryable && error.code !== 'cancelled') return []
      throw error
    }),
    manifest ? unpackedBytes(browsed, manifest.layers) : undefined,
  ])
  return {
    request,
    reference: repository.reference,
    facts,
    annotations,
    manifest,
    config,
    known: knownOf([...readings.keys()], memory.indexOf(), readings),
    images: imagesOf(facts),
    usage: usageOf(readings.values(), imagesOf),
    packages,
    merged,
    graph: await graphOf(browsed, [...packages, ...merged.flat().map((one) => one.package)], own, read),
    referrers,
    unpacked,
  }
}

/** The packages in each layer that several are merged into, with the bytes of their own layers; the list is as long as the image's layers. */
function mergedPackages({ layers }: ImageFacts, read: readonly ImageFacts[]): Looked['merged'] {
  const byHash = new Map(
    read.flatMap(({ package: found, layers: own }) =>
      found ? [[found.hash, { package: found, bytes: own.at(-1)?.bytes ?? 0 }] as const] : [],
    ),
  )
  return layers.map(({ packages = [] }) => packages.flatMap((hash) => byHash.get(hash) ?? []))
}

/** Layer digest → package, of packages: their own layer is the last. */
function packagesByLayer(facts: readonly ImageFacts[]): ReadonlyMap<string, CatalogPackage> {
  return new Map(
    facts.flatMap((one) => {
      const layer = one.kind === 'package' ? one.layers.at(-1) : undefined
      return layer && one.package ? [[layer.digest, one.package] as const] : []
    }),
  )
}

async function readDocument(
  { repository, store, signal }: Browsed,
  { digest, kind }: ImageFacts,
): Promise<{ readonly manifest?: ImageManifest; readonly annotations: Readonly<Record<string, string>> }> {
  const found = kind === 'damaged' ? undefined : await readManifest(repository, store, digest, { signal })
  if (!found) return { annotations: {} }
  const document = parseManifest(found.bytes, 'its manifest')
  if (document.kind === 'manifest') {
    return { manifest: document.manifest, annotations: document.manifest.annotations ?? {} }
  }
  const annotations = Object.entries(asObject(document.index.annotations) ?? {})
  return {
    annotations: Object.fromEntries(
      annotations.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
  }
}

async function readConfigObject(
  { repository, store, signal }: Browsed,
  { config }: ImageFacts,
): Promise<JsonObject | undefined> {
  if (!config) return undefined
  try {
    return asObject(parseObject(await readConfigBytes(repository, store, config, signal)))
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

function specGraph(config: JsonObject): SpecGraph | undefined {
  const found = specOf(config)
  if (!found) return undefined
  const nodes = new Map(found.nodes.map((node) => [node.hash, node]))
  return { nodes, roots: [found.root.hash], specVersion: found.specVersion }
}

/**
 * Every package that the specs of an image's packages name. The specs of the topmost come first: each holds all that its
 * package needs, so that few configs have to be looked at.
 */
async function graphOf(
  browsed: Browsed,
  packages: readonly (CatalogPackage | undefined)[],
  own: SpecGraph | undefined,
  read: readonly ImageFacts[],
): Promise<readonly CatalogPackage[]> {
  const nodes = new Map([...(own?.nodes ?? [])].map(([hash, node]) => [hash, describePackage(node)]))
  const images = new Map<string, ImageFacts>(read.flatMap((one) => (one.package ? [[one.package.hash, one]] : [])))
  for (const { hash } of [...packages].reverse().filter((one) => one !== undefined)) {
    const image = nodes.has(hash) ? undefined : images.get(hash)
    const config = image && (await readConfigObject(browsed, image))
    for (const [key, node] of (config && specGraph(config))?.nodes ?? []) {
      if (!nodes.has(key)) nodes.set(key, describePackage(node))
    }
  }
  return [...nodes.values()]
}
