import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PushPlan } from '../api/models.ts'
import { inspectPrefixes } from '../image/environment.ts'
import { askSpack, canAsk, type EnvironmentModification } from '../spack/ask.ts'
import { prefixInspections } from '../spack/config/prefix-inspections.ts'
import type { SpackInstance } from '../spack/instances.ts'
import { layerOrder } from '../spack/spec/graph.ts'
import { storedRecipeAllows } from '../spack/stored-recipe.ts'
import type { BlobStore } from '../store/blob-store.ts'
import { mapConcurrently } from '../support/concurrency.ts'
import { toStrataError } from '../support/errors.ts'
import type { Source } from './source.ts'

/** Recipes read at a time. */
const LOOKUPS = 16

/** What an image of these packages does to its environment, in order. */
export type ImageEnvironments = (roots: readonly string[]) => readonly EnvironmentModification[]

/** What only the packages' recipes know. */
export interface Recipes {
  readonly source: PushPlan['environmentSource']
  /** Whether a package may be passed on; undefined when nobody could be asked. */
  redistributable(hash: string): boolean | undefined
  /**
   * Evaluates the recipes for the images that are going to be written: a second or two of Spack's Python, so it is begun
   * with the packing and awaited by the first image. When Spack fails, `log` says so and the prefixes have to do.
   */
  evaluate(signal: AbortSignal, log: (message: string) => void): Promise<ImageEnvironments>
}

/**
 * What the recipes say of redistribution, and who will say what they do to the environment of the images of `packages`
 * and of `image`, the roots of an environment image.
 *
 * Most recipes plainly say nothing against redistribution: their text in the prefix is enough. About the others the
 * user's own Spack is asked, once ever for each: the answers are kept by DAG hash in the blob store. Without a Spack
 * that can be run nothing is known (what a recipe inherits is in that Spack), and `source` says so.
 */
export async function readRecipes(
  source: Source,
  store: BlobStore,
  packages: readonly string[],
  image: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Recipes> {
  const { instance } = source
  if (!instance) return fromPrefixes(source, 'no Spack at hand')
  if (!canAsk(instance)) {
    const why =
      instance.sysroot === undefined ? `${instance.root} has no bin/spack` : 'a Spack below a sysroot cannot be run'
    return fromPrefixes(source, why)
  }
  const allowed = await mapConcurrently(packages, LOOKUPS, (hash) => allowedByText(source, hash))
  const doubtful = packages.filter((_, i) => !allowed[i])
  const told = await ask(source, instance, store, doubtful.map(alone), signal).catch((thrown: unknown) => {
    const error = toStrataError(thrown)
    if (error.code === 'cancelled') throw error
    return new Map<string, Answer>()
  })
  const plain = new Set(packages.filter((_, i) => allowed[i]))
  const lists = [...packages.map(alone), ...(image ? [image] : [])]
  return {
    source: {
      kind: 'spack',
      why: `from the recipes, as Spack ${instance.version ?? ''} at ${instance.root} evaluates them`,
    },
    redistributable: (hash) => (plain.has(hash) ? true : told.get(hash)?.redistributable),
    evaluate: async (abort, log) => {
      const answers = await ask(source, instance, store, lists, abort).catch((thrown: unknown) => {
        const error = toStrataError(thrown)
        if (error.code === 'cancelled') throw error
        log(`${error.message}; the environment variables come from the folders in the prefixes instead`)
        return new Map<string, Answer>()
      })
      const inspect = inspector(source)
      return (roots) => answers.get(roots.join())?.modifications ?? inspect(roots)
    },
  }
}

interface Answer {
  /** Of a single package; absent where its recipe could not be read. */
  readonly redistributable?: boolean
  /** Absent where the recipes could not be evaluated: then the prefixes say what they can. */
  readonly modifications?: readonly EnvironmentModification[]
}

/** Spack's answers for lists of packages, by the list's hashes: those known from before, and one call for the others. */
async function ask(
  source: Source,
  instance: SpackInstance,
  store: BlobStore,
  lists: readonly (readonly string[])[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>()
  const unknown: (readonly string[])[] = []
  const keyOf = (list: readonly string[]): string => `${instance.root}@${instance.version ?? ''}:${list.join()}`
  for (const list of lists) {
    const known = await store.known('recipe', keyOf(list))
    if (known) answers.set(list.join(), JSON.parse(known.toString('utf8')))
    else unknown.push(list)
  }
  if (unknown.length === 0) return answers
  const answer = await askSpack(instance, { lists: unknown, environment: source.environment?.folder, signal })
  for (const [i, list] of unknown.entries()) {
    const [only = '', ...others] = list
    const redistributable = others.length === 0 ? answer.redistributable.get(only) : undefined
    const one: Answer = { redistributable, modifications: answer.modifications[i] }
    answers.set(list.join(), one)
    // What could not be evaluated may be the next time, with another recipe repository.
    if (one.modifications) await store.rememberKnown('recipe', keyOf(list), Buffer.from(JSON.stringify(one)))
  }
  return answers
}

function alone(hash: string): readonly string[] {
  return [hash]
}

async function allowedByText(source: Source, hash: string): Promise<boolean> {
  const prefix = source.database?.records.get(hash)?.path
  const name = source.graph.nodes.get(hash)?.name
  if (prefix === undefined || name === undefined) return false
  return (await storedRecipeAllows(prefix, name, source.instance?.sysroot)) === true
}

function fromPrefixes(source: Source, why: string): Recipes {
  return {
    source: {
      kind: 'prefixes',
      why: `from the folders in the prefixes (${why}): what recipes set beyond that is not known`,
    },
    redistributable: () => undefined,
    evaluate: async () => inspector(source),
  }
}

/** Prefix inspection; each prefix is looked into once, however many images it is part of. */
function inspector(source: Source): ImageEnvironments {
  const { configuration, graph } = source
  if (!configuration) return () => []
  const sysroot = source.instance?.sysroot ?? '/'
  const found = new Map<string, readonly EnvironmentModification[]>()
  return (roots) => {
    const platform = graph.nodes.get(roots[0] ?? '')?.platform ?? 'linux'
    return layerOrder(graph, roots).flatMap((hash) => {
      const prefix = source.database?.records.get(hash)?.path
      if (prefix === undefined) return []
      const known = found.get(hash)
      if (known) return known
      const table = prefixInspections(configuration, platform)
      const steps = inspectPrefixes([prefix], table, (folder) => existsSync(join(sysroot, folder)))
      found.set(hash, steps)
      return steps
    })
  }
}
