import type { ActRequest } from '../../../api/acts.ts'
import { closure, runTimeTypes, type SpecNode } from '../../../spack/spec/graph.ts'
import { StrataError } from '../../../support/errors.ts'
import { type Catalog, readCatalog } from '../../catalog.ts'
import { INDEX_TAG, isPackageTag } from '../../package-tag.ts'
import { selectTags } from '../../select-tags.ts'
import type { ActSetting } from '../act.ts'

export type CopyRequest = Extract<ActRequest, { kind: 'copy' }>

/** Which tags a copy is about. */
export interface CopySelection {
  /** Tags that were asked for, and then those that they need. */
  readonly tags: readonly string[]
  /** Of a tag that was not asked for, the name of a package that needs it. */
  readonly neededBy: ReadonlyMap<string, string>
  /** DAG hash → what the source cannot give, though a chosen package needs it. */
  readonly missing: readonly SpecNode[]
  /** What the source knows of its packages; absent when none are copied. */
  readonly catalog: Catalog | undefined
}

/**
 * Chooses what is copied: the tags and specs that were named, or everything; with `dependencies` the run-time closure of
 * each package as well, since Spack installs from a package's own tag. `index.spack` is never copied: the target's own is
 * brought up to date.
 * Throws `package-not-found` and `usage` for words that name nothing, and what the registry answers.
 */
export async function selectCopies(
  request: CopyRequest,
  { repository, store, signal }: Pick<ActSetting, 'repository' | 'store' | 'signal'>,
): Promise<CopySelection> {
  const all = await repository.tags({ signal })
  let reading: Promise<Catalog> | undefined
  const catalogOnce = (): Promise<Catalog> => {
    reading ??= readCatalog(repository, store, { signal })
    return reading
  }
  const named = request.tags.length === 0 ? all : await selectTags(request.tags, all, catalogOnce)
  const asked = named.filter((tag) => tag !== INDEX_TAG)
  if (asked.length === 0) {
    throw new StrataError('package-not-found', 'there is nothing to copy in this repository', {
      hint: named.length > 0 ? 'The index of a copy is made from its tags.' : undefined,
    })
  }
  const catalog = asked.some(isPackageTag) ? await catalogOnce() : undefined
  if (!catalog || !request.dependencies) return { tags: asked, neededBy: new Map(), missing: [], catalog }
  return { catalog, ...withDependencies(asked, catalog) }
}

function withDependencies(
  asked: readonly string[],
  { graph, tags }: Catalog,
): Pick<CopySelection, 'tags' | 'neededBy' | 'missing'> {
  const selected = new Set(asked)
  const neededBy = new Map<string, string>()
  const missing = new Map<string, SpecNode>()
  const roots = [...tags].filter(([, tag]) => selected.has(tag)).map(([hash]) => hash)
  for (const root of roots) {
    for (const hash of closure(graph, [root], runTimeTypes)) {
      const node = graph.nodes.get(hash)
      const tag = tags.get(hash) ?? (node?.buildSpec && tags.get(node.buildSpec.hash))
      if (!node || node.external) continue
      if (tag === undefined) missing.set(hash, node)
      else if (!selected.has(tag)) neededBy.set(tag, neededBy.get(tag) ?? graph.nodes.get(root)?.name ?? '')
    }
  }
  return { tags: [...asked, ...neededBy.keys()], neededBy, missing: [...missing.values()] }
}
