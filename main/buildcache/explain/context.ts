import type { ExplainedPackage, NearPackage } from '../../api/explain.ts'
import type { Finding } from '../../api/models.ts'
import type { Near } from '../../spack/spec/causes.ts'
import { formatSpec } from '../../spack/spec/format.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import type { Catalog } from '../catalog.ts'
import { didYouMean } from '../find-package.ts'
import type { Source } from '../source.ts'
import type { Commands } from './advice.ts'
import type { Asked } from './asked.ts'
import type { CachedImage } from './hindrances.ts'

/** What an explanation is made of. */
export interface Evidence {
  readonly source: Source
  readonly catalog: Catalog
  readonly asked: readonly Asked[]
  /** By DAG hash, of the asked packages that have a tag. */
  readonly images: ReadonlyMap<string, CachedImage>
  /** What holds for the whole cache. */
  readonly findings: readonly Finding[]
  readonly commands: Commands
}

/** The same, made ready to be looked things up in. */
export interface Context extends Evidence {
  /** Packages that have a tag. */
  readonly byName: ReadonlyMap<string, readonly SpecNode[]>
  /** By DAG hash of what is wanted and not there: what is most like it. */
  readonly near: ReadonlyMap<string, readonly Near[]>
  readonly gone: ReadonlySet<string>
  /** Something stands in the way of all of them. */
  readonly hindered: boolean
}

/** A package of the cache, by name and tag. */
export function cachedPackage(node: SpecNode, { catalog }: Context): Pick<NearPackage, CachedFacts> {
  const { hash, name, version } = node
  return { hash, name, version, spec: formatSpec(catalog.graph, hash), tag: catalog.tags.get(hash) ?? '' }
}
type CachedFacts = 'hash' | 'name' | 'version' | 'spec' | 'tag'

/** Of a package of whose name the cache has none. */
export function absentPackage(base: Omit<ExplainedPackage, 'state' | 'summary'>, context: Context): ExplainedPackage {
  const { byName, catalog, commands } = context
  // What nobody has concretized may be a slip of the pen.
  const push = base.hash === undefined ? undefined : `Push it: ${commands.push(base.name)}`
  if (byName.size === 0) {
    const finding: Finding = { severity: 'note', message: 'There are no packages in this cache', hint: push }
    return { ...base, state: 'absent', summary: `there is no ${base.name} in this cache`, findings: [finding] }
  }
  const nodes = new Map([...byName.values()].flat().map((node) => [node.hash, node]))
  const message = didYouMean({ ...catalog.graph, nodes }, base.name) ?? 'It was never pushed there, or it was deleted'
  const summary = `there is no ${base.name} in this cache at all`
  return { ...base, state: 'absent', summary, findings: [{ severity: 'note', message, hint: push }] }
}
