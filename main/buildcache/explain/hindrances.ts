import type { Finding } from '../../api/models.ts'
import { formatReference, imageName, type Reference } from '../../registry/reference.ts'
import { type Mirror, readMirrors } from '../../spack/config/mirrors.ts'
import { type ReadableFormats, readableFormats } from '../../spack/releases.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import type { Catalog } from '../catalog.ts'
import { parseMirror } from '../mirror-logins.ts'
import { INDEX_TAG } from '../package-tag.ts'
import type { Source } from '../source.ts'
import type { Commands } from './advice.ts'

/**
 * What keeps a Spack from using a cache whatever is asked of it. A `problem` stands in the way of every package; a
 * `warning` of some, or of concretizing alone.
 */
export function cacheFindings(source: Source, repository: Reference, catalog: Catalog, commands: Commands): Finding[] {
  return [
    ...mirrorFindings(source, repository),
    ...(repository.kind === 'layout' ? [] : indexFindings(source, catalog, commands)),
  ]
}

/** Whether this Spack looks there at all. Without a Spack its configuration is not known, and nothing is said. */
function mirrorFindings({ configuration, instance, environment }: Source, repository: Reference): Finding[] {
  const address = formatReference(repository)
  if (repository.kind === 'layout') {
    return [
      {
        severity: 'warning',
        message: `Spack does not read OCI layout folders such as ${repository.path}`,
        hint: `Install from it with strata install --from ${address}, or copy it to a registry: strata copy`,
      },
    ]
  }
  if (!instance || !configuration) return []
  const mirrors = readMirrors(configuration)
  const here = mirrors.filter(({ fetch }) => fetch !== undefined && isSame(fetch.url, repository))
  const mirror = here.find((one) => one.binary) ?? here[0]
  if (!mirror) {
    const known = mirrors.map((one) => one.name).join(', ')
    const where = environment === undefined ? '' : `-e ${environment.folder} `
    return [
      {
        severity: 'problem',
        message: `No mirror of this Spack is at ${address}${known === '' ? '' : `; there are ${known}`}`,
        hint: `Add it: spack ${where}mirror add --unsigned cache ${address}`,
      },
    ]
  }
  return [...mirrorSettings(mirror, readableFormats(instance?.version), instance?.version ?? '')]
}

function isSame(url: string, repository: Reference): boolean {
  const mirror = parseMirror(url)
  // Plain http may be set for a registry here, and be unknown to Spack's configuration.
  return mirror !== undefined && imageName(mirror) === imageName(repository)
}

function mirrorSettings(mirror: Mirror, formats: ReadableFormats | undefined, version: string): Finding[] {
  const file = mirror.origin?.file ?? "the mirror's configuration"
  const found: Finding[] = []
  if (!mirror.binary) {
    found.push({
      severity: 'problem',
      message: `The mirror ${mirror.name} is for sources alone (binary: false)`,
      hint: `Set binary: true in ${file}.`,
    })
  }
  if (formats?.wantsSignature && mirror.signed !== false) {
    found.push({
      severity: 'problem',
      message: `The mirror ${mirror.name} is not marked as unsigned: Spack ${version} refuses its packages, since nobody can sign those of an OCI registry`,
      hint: `Set signed: false in ${file}, or install with --no-check-signature.`,
    })
  }
  if (formats?.plainHttp === false && mirror.fetch?.url.startsWith('oci+http://')) {
    found.push({
      severity: 'problem',
      message: `Spack ${version} does not know oci+http://, the address of the mirror ${mirror.name}`,
      hint: 'Spack 1.1 does. Or put TLS before the registry and say oci://.',
    })
  }
  return found
}

/** The index is what Spack concretizes with. An install of a concrete spec looks for its tag as well. */
function indexFindings({ instance }: Source, catalog: Catalog, commands: Commands): Finding[] {
  const { indexVersion, passedOver, unlisted, gone, tags } = catalog
  const tooNew = passedOver.find(({ tag }) => tag === INDEX_TAG)
  const update = `Bring it up to date: ${commands.index}`
  if (tooNew) return [{ severity: 'warning', message: tooNew.why }]
  if (tags.size === 0) return []
  if (indexVersion === undefined) {
    const message = 'The cache has no index that can be read: Spack reuses nothing of it when it concretizes'
    return [{ severity: 'warning', message, hint: `Write one: ${commands.index}` }]
  }
  const found: Finding[] = []
  const readable = readableFormats(instance?.version)?.database
  if (readable !== undefined && Number(indexVersion) > readable) {
    found.push({
      severity: 'warning',
      message: `The index is of version ${indexVersion}; Spack ${instance?.version} reads up to ${readable} and takes it for empty`,
      hint: 'Use the Spack that fills the cache, or keep a cache for each.',
    })
  }
  if (unlisted.length > 0) {
    const message = `The index lacks ${unlisted.length} of ${tags.size} packages: Spack does not see them when it concretizes`
    found.push({ severity: 'warning', message, hint: update })
  }
  if (gone.length > 0) {
    const message = `The index lists packages that are gone (${gone.length}): Spack counts on them and then builds`
    found.push({ severity: 'warning', message, hint: update })
  }
  return found
}

/** What is known of a package's image in the cache. */
export interface CachedImage {
  /** `buildcache_layout_version`. */
  readonly layout?: number
  /** Why it is no good. */
  readonly damage?: string
}

/** What keeps a Spack from using a package that the cache has under the very hash that is wanted. */
export function packageFindings(
  node: SpecNode,
  source: Source,
  catalog: Catalog,
  { image, commands }: { readonly image: CachedImage; readonly commands: Commands },
): Finding[] {
  const { instance, database } = source
  const formats = readableFormats(instance?.version)
  const found: Finding[] = []
  const add = (severity: Finding['severity'], message: string, hint?: string): void => {
    found.push({ severity, message, ...(hint !== undefined && { hint }), hash: node.hash })
  }
  if (image.damage !== undefined)
    add('problem', `Its image cannot be used: ${image.damage}`, `Push it again: ${commands.push(node.name)} --force`)
  if (formats && image.layout !== undefined && image.layout > formats.layout) {
    const message = `Its layout version is ${image.layout}; Spack ${instance?.version} takes up to ${formats.layout}`
    add('problem', message, `Strata writes version 2: ${commands.push(node.name)} --force`)
  }
  if (formats && node.specVersion > formats.spec) {
    const message = `Its spec is of version ${node.specVersion}; Spack ${instance?.version} reads up to ${formats.spec}`
    add('problem', message, 'It was built by a newer Spack: use that one.')
  }
  const tag = catalog.tags.get(node.hash)
  if (catalog.indexVersion !== undefined && tag !== undefined && catalog.unlisted.includes(tag)) {
    const message = 'The index does not list it: Spack installs it by its tag once it is concrete, but never chooses it'
    add('warning', message, `Bring the index up to date: ${commands.index}`)
  }
  if (database?.records.get(node.hash)?.installed) add('note', 'It is installed already: Spack needs no cache for it')
  return found
}
