import type { ActRequest } from '../../api/acts.ts'
import type { EnvironmentRef } from '../../api/models.ts'
import type { ImageTree } from '../../registry/copy.ts'
import type { Digest } from '../../registry/digest.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import { StrataError } from '../../support/errors.ts'
import { INDEX_TAG, isPackageTag } from '../package-tag.ts'
import { stalePlan } from '../plan-shelf.ts'
import { concretizeCommand } from '../push/command.ts'
import { selectTags } from '../select-tags.ts'
import { type Host, openSource, type Source } from '../source.ts'
import { readTaggedImages } from '../tagged-images.ts'
import type { ActSetting, PreparedAct } from './act.ts'
import { decideDeletes, digestsIn } from './delete/decide.ts'
import { askDeletes, checkFresh } from './delete/prepare.ts'
import type { PreparedDelete } from './delete/prepared.ts'
import { deleteItems, runDelete } from './delete/run.ts'
import { planOf } from './plan.ts'
import { decidePrune } from './prune/decide.ts'
import { describePrune } from './prune/describe.ts'
import { type CachedPackages, readPackages } from './prune/packages.ts'

type PruneRequest = Extract<ActRequest, { kind: 'prune' }>

/**
 * Plans the end of the packages that nothing kept needs. Only packages go: images, `index.spack` and what cannot be read
 * stay. What an image is made of may lose its package's tag; its layers are the image's too, and stay.
 * Throws `usage` when nothing is to be kept, `package-not-found`, `lockfile-missing`, and what the registry answers.
 */
export async function preparePrune(request: PruneRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, store, signal, now } = setting
  checkKeep(request)
  const environments = await openEnvironments(request.keep.environments, setting.host)
  const tags = await repository.tags({ signal })
  const { trees, unreadable } = await readTaggedImages(repository, store, tags, signal)
  const cached = await readPackages(repository, store, trees, signal)
  const { deletesTags, refusal } = await askDeletes(repository, signal)
  const nodes = new Map([...environments.flatMap(({ graph }) => [...graph.nodes]), ...cached.nodes])
  const named = new Map([
    ...rootsOf(environments),
    ...(await chosenOf(request, tags, nodes, trees, cached)),
    ...(deletesTags ? [] : boundOf(trees, cached)),
  ])
  const { newest, days } = request.keep
  const { buildDependencies } = request
  const decision = decidePrune({ nodes }, cached.packages, { named, newest, days, buildDependencies, now: now() })
  const chosen = new Map(decision.dropped.map((one) => [one.tag, one.digest]))
  const removal: PreparedDelete = {
    repository,
    work: decideDeletes({ trees, chosen, deletesTags }),
    trees,
    chosen,
    absent: [],
    tags: new Set(tags),
    refusal,
    dependents: [],
    referrers: 0,
    updatesIndex: tags.includes(INDEX_TAG),
  }
  const held = new Set(cached.packages.map((one) => one.hash))
  const absentRoots = environments
    .flatMap(({ roots, graph }) => roots.flatMap((hash) => graph.nodes.get(hash) ?? []))
    .filter((node) => !held.has(node.hash) && node.external === undefined)
    .map((node) => `${node.name}@${node.version}`)
  const facts = { cached, decision, removal, unreadable: unreadable.map((one) => one.tag), absentRoots }
  return {
    plan: planOf(request, setting, describePrune(facts)),
    items: deleteItems(removal),
    checkFresh: () => checkStill(removal),
    run: (context) => runDelete(removal, setting, context),
  }
}

function checkKeep({ keep }: PruneRequest): void {
  const { environments, tags, newest, days } = keep
  if (environments.length + tags.length > 0 || newest !== undefined || days !== undefined) return
  throw new StrataError('usage', 'what is to be kept is missing', {
    hint: 'Name environments, packages, a number of versions or of days: without any of them everything would go.',
  })
}

async function openEnvironments(refs: readonly EnvironmentRef[], host: Host): Promise<readonly Source[]> {
  return Promise.all(
    refs.map(async (ref) => {
      const source = await openSource(ref, host)
      if (source.environment?.lock) return source
      throw new StrataError('lockfile-missing', `environment ${ref.environment} is not concretized`, {
        hint: `Without its lockfile nobody knows what it needs. Run: ${concretizeCommand(ref.environment)}`,
      })
    }),
  )
}

function rootsOf(environments: readonly Source[]): readonly (readonly [string, string])[] {
  return environments.flatMap(({ roots, environment }) =>
    roots.map((hash) => [hash, `a root of ${environment?.name ?? 'an environment'}`] as const),
  )
}

/** What the request names: packages, and the packages that a named image is made of. */
async function chosenOf(
  { keep }: PruneRequest,
  tags: readonly string[],
  nodes: ReadonlyMap<string, SpecNode>,
  trees: ReadonlyMap<string, ImageTree>,
  { packages, layers }: CachedPackages,
): Promise<readonly (readonly [string, string])[]> {
  const hashes = new Map(packages.map((one) => [one.tag, one.hash]))
  const catalog = {
    graph: { nodes, roots: [], specVersion: 0 },
    tags: new Map(packages.map((one) => [one.hash, one.tag])),
    ...{ gone: [], unlisted: [], passedOver: [] },
  }
  const selected = await selectTags(keep.tags, tags, async () => catalog)
  return selected.flatMap((tag): (readonly [string, string])[] => {
    const hash = hashes.get(tag)
    if (hash !== undefined) return [[hash, 'named']]
    const made = (trees.get(tag)?.blobs ?? []).flatMap(({ digest }) => layers.get(digest) ?? [])
    return made.map((one) => [one, `a layer of ${tag}`])
  })
}

/** Packages whose very image has another tag, or is a part of an image index: the registry deletes by digest only. */
function boundOf(
  trees: ReadonlyMap<string, ImageTree>,
  { packages }: CachedPackages,
): readonly (readonly [string, string])[] {
  const packageTags = new Set(packages.map((one) => one.tag))
  const others = [...trees].filter(([tag]) => !packageTags.has(tag)).map(([, tree]) => tree)
  const bound: ReadonlySet<Digest> = digestsIn(others)
  return packages
    .filter((one) => bound.has(one.digest))
    .map((one) => [one.hash, 'its image has another tag, which this registry would delete as well'] as const)
}

/** As a delete; a package that came meanwhile may need what is to go. */
async function checkStill(removal: PreparedDelete): Promise<void> {
  await checkFresh(removal)
  const added = (await removal.repository.tags()).filter((tag) => isPackageTag(tag) && !removal.tags.has(tag))
  if (added.length > 0) throw stalePlan(`${added[0]} was pushed meanwhile`)
}
