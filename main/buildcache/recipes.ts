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
  /**
   * Has the user's Spack begin, if it has to be asked at all: most of a second of Python, which runs beside the questions
   * to the registry and then the packing. Further calls do nothing.
   */
  begin(): void
  /** Whether these packages may be passed on; undefined where nobody could be asked. */
  redistribution(hashes: readonly string[]): Promise<(hash: string) => boolean | undefined>
  /** What the recipes do to the images' environments. When Spack fails, `log` says so and the prefixes have to do. */
  evaluate(signal: AbortSignal, log: (message: string) => void): Promise<ImageEnvironments>
  /** Stops Spack: most likely nobody will want the answer any more. */
  cancel(): void
}

/**
 * The recipes of `packages`, which are installed, and of `image`, the roots of an environment image.
 *
 * Most recipes plainly say nothing against redistribution: their text in the prefix is enough. About the others, and about
 * environments, the user's own Spack is asked, once ever for each: the answers are kept by DAG hash in the blob store.
 * Without a Spack that can be run nothing is known (what a recipe inherits is in that Spack), and `source` says so.
 */
export function recipesOf(
  source: Source,
  store: BlobStore,
  packages: readonly string[],
  image: readonly string[] | undefined,
): Recipes {
  const { instance } = source
  if (!instance) return fromPrefixes(source, 'no Spack at hand')
  if (!canAsk(instance)) {
    const why =
      instance.sysroot === undefined ? `${instance.root} has no bin/spack` : 'a Spack below a sysroot cannot be run'
    return fromPrefixes(source, why)
  }
  let stop = new AbortController()
  const lists = [...packages.map((hash) => [hash]), ...(image ? [image] : [])]
  let asked: Promise<ReadonlyMap<string, Answer>> | undefined
  const answers = (): Promise<ReadonlyMap<string, Answer>> => {
    if (!asked) {
      asked = ask(source, instance, store, lists, stop.signal)
      // A failure is for whoever awaits it; until then it must not end the process.
      asked.catch(() => undefined)
    }
    return asked
  }
  return {
    source: {
      kind: 'spack',
      why: `from the recipes, as Spack ${instance.version ?? ''} at ${instance.root} evaluates them`,
    },
    begin: () => void answers(),
    redistribution: async (hashes) => {
      const allowed = await mapConcurrently(hashes, LOOKUPS, (hash) => allowedByText(source, hash))
      const plain = new Set(hashes.filter((_, i) => allowed[i]))
      const told = plain.size === hashes.length ? new Map<string, Answer>() : await orNothing(answers())
      return (hash) => (plain.has(hash) ? true : told.get(hash)?.redistributable)
    },
    evaluate: async (signal, log) => {
      const cancel = (): void => stop.abort(signal.reason)
      signal.addEventListener('abort', cancel, { once: true })
      const told = await orNothing(answers(), (message) =>
        log(`${message}; the environment variables come from the folders in the prefixes instead`),
      )
      signal.removeEventListener('abort', cancel)
      const inspect = inspector(source)
      return (roots) => told.get(roots.join())?.modifications ?? inspect(roots)
    },
    cancel: () => {
      stop.abort()
      // Should the plan be run all the same, Spack is asked anew.
      stop = new AbortController()
      asked = undefined
    },
  }
}

/** What Spack answered, or nothing when it failed; a cancellation stays one. */
async function orNothing(
  answers: Promise<ReadonlyMap<string, Answer>>,
  onFailure: (message: string) => void = () => undefined,
): Promise<ReadonlyMap<string, Answer>> {
  return answers.catch((thrown: unknown) => {
    const error = toStrataError(thrown)
    if (error.code === 'cancelled') throw error
    onFailure(error.message)
    return new Map()
  })
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
    begin: () => undefined,
    redistribution: async () => () => undefined,
    evaluate: async () => inspector(source),
    cancel: () => undefined,
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
