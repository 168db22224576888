import { join } from 'node:path'
import type { PushRequest } from '../../api/models.ts'
import { goArchitecture } from '../../image/architecture.ts'
import { inOciForm } from '../../image/assemble.ts'
import { type BaseImage, readBaseImage } from '../../image/base.ts'
import type { Reference } from '../../registry/reference.ts'
import type { Repository } from '../../registry/repository.ts'
import { layerOrder, type SpecNode } from '../../spack/spec/graph.ts'
import { targetFamily } from '../../spack/spec/target.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import { diskSize } from '../disk-size.ts'
import { storedLayer } from '../local-layer.ts'
import { checkImageTag, packageTag } from '../package-tag.ts'
import { recipesOf } from '../recipes.ts'
import { type RemotePackage, readRemotePackage } from '../remote-package.ts'
import type { Source } from '../source.ts'
import { concretizeCommand } from './command.ts'
import { decide, type Facts } from './decide.ts'
import { describePlan } from './describe.ts'
import { countLayers } from './layer-count.ts'
import type { Preparation, PreparedPackage, PreparedPush } from './prepared.ts'
import { selectPackages } from './select.ts'

/** Questions to the registry, or to the disk, at a time. */
const LOOKUPS = 16

/** What a plan is made with. */
export interface PlanParts {
  readonly source: Source
  readonly target: Repository
  readonly baseRepository: Repository | undefined
  readonly store: BlobStore
  readonly now: number
  readonly signal?: AbortSignal
}

/**
 * Reads and decides what a push would do, package by package; changes nothing anywhere but what is known of the
 * registry. Throws `lockfile-missing`, `package-not-found`, `tag-invalid`, `not-installed` (when nothing at all could
 * be pushed) and whatever the registries answer.
 */
export async function preparePush(request: PushRequest, parts: PlanParts): Promise<PreparedPush> {
  const { source, target, baseRepository, signal } = parts
  if (request.tag !== undefined) checkImageTag(request.tag)
  checkSource(source, request)
  const selection = selectPackages(source.graph, source.roots, { ...request, specs: request.packages })
  const { chosen } = selection
  const hashes = new Set([...chosen, ...layerOrder(source.graph, [...chosen])])
  const nodes = [...hashes].flatMap((hash) => source.graph.nodes.get(hash) ?? [])
  const bases = await readBases(baseRepository, nodes, target.reference.kind, signal)

  const image = request.tag === undefined ? undefined : selection.roots
  const recipes = recipesOf(source, parts.store, installedOf(source, chosen), image)
  // Before it is known that anything will be written: what was asked once is known, so this is the first push of these.
  recipes.begin()
  try {
    const facts = await readFacts(request, parts, nodes, bases, chosen)
    const toWrite = facts.filter((one) => one.writes).map((one) => one.node.hash)
    if (toWrite.length === 0 && image === undefined) recipes.cancel()
    const redistributable = await recipes.redistribution(toWrite)
    const packages = new Map<string, PreparedPackage>()
    for (const one of facts) packages.set(one.node.hash, await settle(request, source, one, redistributable))
    const decided = { bases, packages, selection, recipes, redistributable }
    const prepared: Preparation = { request, source, target, baseRepository, ...decided }
    return { ...prepared, plan: await describePlan(prepared, parts) }
  } catch (error) {
    recipes.cancel()
    throw error
  }
}

/** What is known of a package, and whether its tag will be written as far as that says. */
type PackageFacts = Omit<Facts, 'redistributable'> & { readonly writes: boolean }

async function readFacts(
  request: PushRequest,
  { source, target, store, signal }: PlanParts,
  nodes: readonly SpecNode[],
  bases: ReadonlyMap<string, BaseImage>,
  chosen: ReadonlySet<string>,
): Promise<PackageFacts[]> {
  return mapConcurrently(nodes, LOOKUPS, async (node) => {
    const one = {
      node,
      remote: node.external ? absent : await readRemotePackage(target, store, node, signal),
      local: await storedLayer(source, store, node),
      base: bases.get(architectureOf(node)),
      installed: isInstalled(source, node.hash),
      closureSize: () => countLayers(source.graph, [node.hash]),
    }
    return { ...one, writes: chosen.has(node.hash) && decide({ ...one, redistributable: undefined }, request).writes }
  })
}

async function settle(
  request: PushRequest,
  source: Source,
  one: PackageFacts,
  redistributable: (hash: string) => boolean | undefined,
): Promise<PreparedPackage> {
  const { node } = one
  const decision = decide({ ...one, redistributable: redistributable(node.hash) }, request)
  return {
    ...decision,
    node,
    tag: packageTag(node),
    architecture: architectureOf(node),
    diskSize: decision.action === 'build' ? await sizeOnDisk(source, node.hash) : undefined,
  }
}

const absent: RemotePackage = { kind: 'absent' }

function checkSource(source: Source, request: PushRequest): void {
  const { environment } = source
  if (environment && !environment.lock) {
    throw new StrataError('lockfile-missing', `environment ${environment.name} is not concretized`, {
      hint: `Run: ${concretizeCommand(request.environment ?? environment.folder)}`,
    })
  }
  if (environment && source.roots.length === 0 && request.packages.length === 0) {
    throw new StrataError('package-not-found', `environment ${environment.name} has no roots to push`)
  }
  if (!environment && request.packages.length === 0) {
    throw new StrataError('usage', 'neither an environment nor a package was named', {
      hint: 'Name an environment with --env, or packages.',
    })
  }
}

async function readBases(
  repository: Repository | undefined,
  nodes: readonly SpecNode[],
  target: Reference['kind'],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, BaseImage>> {
  if (!repository) return new Map()
  const architectures = [...new Set(nodes.filter((node) => !node.external).map(architectureOf))]
  const bases = await Promise.all(architectures.map((one) => readBaseImage(repository, one, signal)))
  // What reads a layout folder looks for OCI's media types there: skopeo does not even see a Docker manifest.
  const fitting = target === 'layout' ? bases.map(inOciForm) : bases
  return new Map(fitting.map((base) => [base.architecture, base]))
}

/** The architecture of an image of this package, by Go's name. */
export function architectureOf(node: SpecNode): string {
  return goArchitecture(targetFamily(node.target))
}

function installedOf(source: Source, hashes: Iterable<string>): readonly string[] {
  return [...hashes].filter((hash) => isInstalled(source, hash) && !source.graph.nodes.get(hash)?.external)
}

function isInstalled(source: Source, hash: string): boolean {
  const record = source.database?.records.get(hash)
  return record?.installed === true && record.path !== undefined
}

async function sizeOnDisk(source: Source, hash: string): Promise<number> {
  const prefix = source.database?.records.get(hash)?.path
  return prefix === undefined ? 0 : diskSize(join(source.instance?.sysroot ?? '/', prefix))
}
