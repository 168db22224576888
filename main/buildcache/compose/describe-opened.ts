import type { OpenedComposition } from '../../api/compose.ts'
import { plural } from '../../api/format.ts'
import type { Finding } from '../../api/models.ts'
import { settingsOf } from '../../image/assemble.ts'
import { startingVariables } from '../../image/environment.ts'
import type { CacheReading, CacheView } from './cache-reading.ts'
import { type OpenedTag, openTag } from './opened.ts'

/**
 * An image of the repository as a composition that gives it again. What lies below its packages is named by the image
 * itself (`baseOf`): its layers and settings are in this repository, while a base image that it names may have moved or
 * may be out of reach. Entry point, labels and variables that are not its packages' stay with that part; only an image
 * without one has them in the composition. Throws what `openTag` throws.
 */
export async function describeOpened(reading: CacheReading, tag: string): Promise<OpenedComposition> {
  const view = await reading.view()
  const opened = await openTag(reading, view, tag)
  reading.forgetBaseOf(tag)
  const { image, config } = opened
  const isPackage = config.spec !== undefined
  const own = image.base ? undefined : { settings: settingsOf({ ...config.config }), variables: ownVariables(opened) }
  return {
    composition: {
      roots: image.roots.flatMap((hash) => specOf(hash, view) ?? []),
      baseOf: image.base && tag,
      settings: {},
      variables: {},
      ...own,
      title: isPackage ? undefined : image.options.title,
      created: isPackage ? undefined : image.options.created,
      ...limitsOf(opened),
      ociForm: false,
      allowMissing: false,
    },
    unknown: image.unknown.map(({ position, digest, size }) => ({ position, digest, bytes: size })),
    findings: unknownFindings(opened),
  }
}

/** The shortest `name/hash`, of seven letters at least, that names one package of the cache. */
function specOf(hash: string, { catalog: { graph, tags } }: CacheView): string | undefined {
  const node = graph.nodes.get(hash)
  if (!node) return undefined
  const others = [...tags.keys()].filter((other) => other !== hash && graph.nodes.get(other)?.name === node.name)
  let length = SHORT
  while (length < hash.length && others.some((other) => other.startsWith(hash.slice(0, length)))) length += 1
  return `${node.name}/${hash.slice(0, length)}`
}

/** Letters of a DAG hash that people write. */
const SHORT = 7

/** What an image without a base sets beside its packages: not the PATH that every image begins with. */
function ownVariables({ image }: OpenedTag): Record<string, string> {
  const start = startingVariables(undefined)
  return Object.fromEntries([...image.variables].filter(([name, value]) => start.get(name) !== value))
}

/** The limit under which just as many packages are merged as were merged in the image. */
function limitsOf({ manifest, packagesOf }: OpenedTag): { squash: boolean; layerLimit?: number } {
  const contents = manifest.layers.flatMap(({ digest }) => packagesOf.get(digest) ?? [])
  const merged = manifest.layers.flatMap(({ digest }) => ((packagesOf.get(digest)?.length ?? 0) > 1 ? [digest] : []))
  if (merged.length === 0) return { squash: false }
  const isAll = merged.every((digest) => packagesOf.get(digest)?.length === contents.length)
  return isAll ? { squash: true } : { squash: false, layerLimit: manifest.layers.length }
}

function unknownFindings({ image }: OpenedTag): Finding[] {
  const { unknown } = image
  if (unknown.length === 0) return []
  return [
    {
      severity: 'warning',
      message: `${plural(unknown.length, 'layer')} above its base ${unknown.length === 1 ? 'is' : 'are'} no package of this cache: ${unknown.length === 1 ? 'it is' : 'they are'} left out`,
      hint: 'A layer of a package that was pushed again since, or one that something else made. Compose from the base and the packages that you want.',
    },
  ]
}
