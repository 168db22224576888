import type { InstallRequest, PlannedInstall } from '../../api/install.ts'
import type { Repository } from '../../registry/repository.ts'
import { specVersionOf } from '../../spack/database/database.ts'
import type { SpecGraph, SpecNode } from '../../spack/spec/graph.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError, toErrorBody } from '../../support/errors.ts'
import { type Catalog, readCatalog } from '../catalog.ts'
import { concretizeCommand } from '../push/command.ts'
import type { Source } from '../source.ts'
import { decide, isWritten } from './decide.ts'
import { describeInstall } from './describe.ts'
import { lookAtPrefix, type PrefixState } from './leftovers.ts'
import { mappingsOf, prefixesIn, relocationOf } from './prefixes.ts'
import type { PreparedInstall, PreparedInstallation } from './prepared.ts'
import { newestSpecVersion, unrecordable } from './recordable.ts'
import { findLayer } from './remote-layer.ts'
import { selectInstalls } from './select.ts'
import { databaseVersionOf, type Target } from './target.ts'

/** Questions to the registry, or to the disk, at a time. */
const LOOKUPS = 16

export interface PlanParts {
  readonly repository: Repository
  readonly target: Target
  readonly store: BlobStore
  /** The environment whose roots are asked for. */
  readonly environment: Source | undefined
  readonly now: number
  /** Called as soon as it is clear that something is to be installed, before it is clear what all. */
  readonly onWork?: () => void
  readonly signal?: AbortSignal
}

/**
 * Reads and decides what an install would do, package by package; changes nothing. Throws `package-not-found`,
 * `lockfile-missing`, `usage`, and whatever the registry and the readers of Spack's files say.
 */
export async function prepareInstall(request: InstallRequest, parts: PlanParts): Promise<PreparedInstallation> {
  const { repository, target, store, signal } = parts
  const catalog = await readCatalog(repository, store, { signal })
  const graph = withEnvironment(catalog.graph, parts.environment)
  const cached = cachedIn(catalog, graph)
  const lockRoots = request.environment ? rootsOf(parts.environment) : []
  const selection = selectInstalls(graph, new Set(cached.keys()), { ...request, lockRoots })
  const roots = new Set(selection.roots)
  const databaseVersion = databaseVersionOf(target, newestSpecVersion(graph, selection.chosen))
  const prefixOf = prefixesIn(target, graph, databaseVersion)
  const specVersion = specVersionOf(databaseVersion, target.store.paddedRoot)
  const records = target.database?.records ?? new Map()
  const layers = { repository, store, signal, unrecordable: unrecordable(graph, specVersion, records) }

  const nodes = selection.chosen.flatMap((hash) => graph.nodes.get(hash) ?? [])
  const decided = await mapConcurrently(nodes, LOOKUPS, async (node): Promise<DecidedInstall> => {
    const prefix = node.external ? (node.external.path ?? '') : prefixOf(node)
    const state = node.external ? elsewhere : await lookAtPrefix(prefix)
    const facts = {
      node,
      prefix,
      root: roots.has(node.hash),
      record: records.get(node.hash),
      state,
      cached: cached.has(node.hash),
    }
    const tag = cached.get(node.hash)
    const decision = decide(facts, request)
    const written = isWritten(decision.action)
    if (written) parts.onWork?.()
    const found = written && tag !== undefined ? await findLayer(node, tag, layers) : undefined
    return {
      layer: undefined,
      problem: undefined,
      ...decision,
      ...found,
      node,
      root: facts.root,
      prefix: prefix === '' ? undefined : prefix,
      leftovers: state.leftovers,
    }
  })

  const prefixes = new Map(decided.flatMap((one) => (one.prefix === undefined ? [] : [[one.node.hash, one.prefix]])))
  const oldPrefixes = new Map(decided.flatMap((one) => (one.oldPrefix ? [[one.node.hash, one.oldPrefix]] : [])))
  const known = { oldPrefix: (hash: string) => oldPrefixes.get(hash), newPrefix: (hash: string) => prefixes.get(hash) }
  const packages = decided.map((one): PreparedInstall => ({ ...one, planned: planned(graph, one, known) }))
  const prepared = { request, catalog, repository, target, graph, packages, prefixes, databaseVersion }
  return { ...prepared, plan: await describeInstall(prepared, parts.now) }
}

/** An external has no prefix of ours to look at. */
const elsewhere: PrefixState = { exists: false, unfinished: false, leftovers: false }

interface DecidedInstall extends Omit<PreparedInstall, 'planned'> {
  readonly oldPrefix?: string
  readonly fetched?: boolean
}

/** The cache's specs and those of the environment, whose lockfile may name what the cache does not have. */
function withEnvironment(graph: SpecGraph, environment: Source | undefined): SpecGraph {
  if (!environment) return graph
  const specVersion = Math.max(graph.specVersion, environment.graph.specVersion)
  return { ...graph, specVersion, nodes: new Map([...environment.graph.nodes, ...graph.nodes]) }
}

/** DAG hash → the tag to install it from. A spliced package is made from the one that was built. */
function cachedIn(catalog: Catalog, graph: SpecGraph): ReadonlyMap<string, string> {
  const cached = new Map(catalog.tags)
  for (const node of graph.nodes.values()) {
    const built = node.buildSpec && catalog.tags.get(node.buildSpec.hash)
    if (built !== undefined) cached.set(node.hash, built)
  }
  return cached
}

function rootsOf(environment: Source | undefined): readonly string[] {
  if (environment?.environment?.lock) return environment.roots
  const name = environment?.environment?.name ?? ''
  throw new StrataError('lockfile-missing', `environment ${name} is not concretized`, {
    hint: `Run: ${concretizeCommand(environment?.environment?.folder ?? name)}`,
  })
}

function planned(
  graph: SpecGraph,
  one: DecidedInstall,
  known: {
    readonly oldPrefix: (hash: string) => string | undefined
    readonly newPrefix: (hash: string) => string | undefined
  },
): PlannedInstall {
  const { node, root, action, why, prefix, layer, oldPrefix, fetched = false, problem } = one
  const mappings = isWritten(action) ? mappingsOf(graph, node, known) : []
  return {
    ...identity(node),
    root,
    action,
    why,
    prefix,
    digest: layer?.digest,
    size: layer?.size,
    fetched,
    oldPrefix,
    relocation: isWritten(action) ? relocationOf(node, mappings) : undefined,
    problem: problem && toErrorBody(problem),
    mappings,
  }
}

function identity({ hash, name, version }: SpecNode): Pick<PlannedInstall, 'hash' | 'name' | 'version'> {
  return { hash, name, version }
}
