import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PushPlan } from '../api/models.ts'
import { inspectPrefixes } from '../image/environment.ts'
import { askSpack, canAsk, type EnvironmentModification, type SpackAnswer } from '../spack/ask.ts'
import { prefixInspections } from '../spack/config/prefix-inspections.ts'
import { layerOrder } from '../spack/spec/graph.ts'
import type { BlobStore } from '../store/blob-store.ts'
import { toStrataError } from '../support/errors.ts'
import type { Source } from './source.ts'

/** What only the packages' recipes know. */
export interface Recipes {
  readonly source: PushPlan['environmentSource']
  /** Whether a package may be passed on; undefined when nobody could be asked. */
  redistributable(hash: string): boolean | undefined
  /** What an image of these packages does to its environment, in order. */
  modifications(roots: readonly string[]): readonly EnvironmentModification[]
}

/**
 * Asks the user's own Spack about the packages, once ever for each (the answers are kept by DAG hash in the blob
 * store), and about `image`, the roots of an environment image. Without a Spack that can be run, or when it fails,
 * the environment comes from the folders in the prefixes and nothing is known of redistribution; `source` says so.
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
  const lists = [...packages.map((hash) => [hash]), ...(image ? [image] : [])]
  const identity = `${instance.root}@${instance.version ?? 'unknown'}`
  const answers = new Map<string, Answer>()
  const unknown: (readonly string[])[] = []
  for (const list of lists) {
    const known = await store.known('recipe', keyOf(identity, list))
    if (known) answers.set(list.join(), JSON.parse(known.toString('utf8')))
    else unknown.push(list)
  }
  if (unknown.length > 0) {
    try {
      const answer = await askSpack(instance, { lists: unknown, environment: source.environment?.folder, signal })
      for (const [i, list] of unknown.entries()) {
        const one = answerOf(answer, i, list)
        answers.set(list.join(), one)
        await store.rememberKnown('recipe', keyOf(identity, list), Buffer.from(JSON.stringify(one)))
      }
    } catch (thrown) {
      const error = toStrataError(thrown)
      if (error.code === 'cancelled') throw error
      return fromPrefixes(source, `Spack could not be asked: ${error.message}`)
    }
  }
  const why = `from the recipes, as Spack ${instance.version ?? ''} at ${instance.root} evaluates them`
  return {
    source: { kind: 'spack', why },
    redistributable: (hash) => answers.get(hash)?.redistributable,
    modifications: (roots) => answers.get(roots.join())?.modifications ?? inspect(source, roots),
  }
}

interface Answer {
  readonly redistributable?: boolean
  /** Absent where the recipes could not be evaluated: then the prefixes say what they can. */
  readonly modifications?: readonly EnvironmentModification[]
}

function answerOf(answer: SpackAnswer, index: number, list: readonly string[]): Answer {
  const [only, ...others] = list
  const redistributable = only !== undefined && others.length === 0 ? answer.redistributable.get(only) : undefined
  return { redistributable, modifications: answer.modifications[index] }
}

function keyOf(identity: string, list: readonly string[]): string {
  return `${identity}:${list.join()}`
}

function fromPrefixes(source: Source, why: string): Recipes {
  return {
    source: {
      kind: 'prefixes',
      why: `from the folders in the prefixes (${why}): what recipes set beyond that is not known`,
    },
    redistributable: () => undefined,
    modifications: (roots) => inspect(source, roots),
  }
}

function inspect(source: Source, roots: readonly string[]): readonly EnvironmentModification[] {
  const { configuration } = source
  if (!configuration) return []
  const order = layerOrder(source.graph, roots)
  const prefixes = order.flatMap((hash) => source.database?.records.get(hash)?.path ?? [])
  const platform = source.graph.nodes.get(roots[0] ?? '')?.platform ?? 'linux'
  const sysroot = source.instance?.sysroot ?? '/'
  return inspectPrefixes(prefixes, prefixInspections(configuration, platform), (folder) =>
    existsSync(join(sysroot, folder)),
  )
}
