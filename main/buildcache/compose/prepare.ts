import type { Finding, StackLayer } from '../../api/models.ts'
import type { Digest } from '../../registry/digest.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import type { ActSetting, PreparedAct } from '../acts/act.ts'
import { planOf } from '../acts/plan.ts'
import { checkImageTag } from '../package-tag.ts'
import { stalePlan } from '../plan-shelf.ts'
import { lostLayer } from '../remote-package.ts'
import { CacheReading } from './cache-reading.ts'
import { describePublication } from './describe.ts'
import { type Destination, openDestination, type PartState } from './destination.ts'
import { examineComposition } from './examined.ts'
import { type Gathered, gather } from './gather.ts'
import { partsOf, planMerge } from './parts.ts'
import type { ComposeActRequest, PreparedComposition } from './prepared.ts'
import { compositionProblems, describeComposition } from './preview.ts'
import { composeItems, runCompose } from './run.ts'

/**
 * Plans the publication of a composition: everything is read and decided, layers of packages that nobody has looked into
 * are streamed once to tell whether the image will run, unless the request forbids it, and nothing is written.
 * Throws `tag-invalid`, `package-not-found` and `usage` for roots that fit nothing or several packages, what the base
 * image's registry answers, and `act-refused` for any other problem of the composition, of which it says the first.
 */
export async function prepareCompose(request: ComposeActRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, connection, store, now, signal, onProgress } = setting
  checkImageTag(request.tag)
  const destination = await openDestination(request, connection, store)
  if (request.attachSbom && !destination.repository) throw noReferrers(destination)
  const reading = new CacheReading({ connection, store, now, signal, believes: false })
  const [{ gathered, states }, replaces] = await Promise.all([
    decide(reading, request, destination, setting),
    destination.held(signal),
  ])
  refuse(gathered, lostBaseFindings(gathered, states))
  const examination = await examineComposition(gathered, reading, { store, mode: request.examine, signal, onProgress })
  const composition = describeComposition(gathered, request, repository.reference, examination)
  refuseFindings(composition.findings)
  const merge = await planMerge(gathered, store)
  const parts = partsOf(gathered, reading)
  const prepared = { request, gathered, destination, parts, states, merge, replaces }
  return {
    plan: { ...planOf(request, setting, describePublication(prepared)), composition },
    items: composeItems(prepared),
    stack: stackInProgress(composition.stack),
    checkFresh: () => checkFresh(prepared, setting),
    run: (context) => runCompose(prepared, setting, context),
  }
}

/** The picture as a job fills it: what is sent is counted by its digest, a layer that is made first by the key of its merge. */
function stackInProgress(stack: readonly StackLayer[]): readonly StackLayer[] {
  const keyOf = ({ digest, key }: StackLayer): string => digest ?? key
  return stack.map((layer, i) => {
    const isFirst = stack.findIndex((other) => keyOf(other) === keyOf(layer)) === i
    return { ...layer, key: isFirst ? keyOf(layer) : `${i}-${keyOf(layer)}` }
  })
}

/** Composes, and asks the destination for every layer; without the packages whose layers turn out to be lost. */
async function decide(
  reading: CacheReading,
  request: ComposeActRequest,
  destination: Destination,
  { signal, onProgress }: ActSetting,
): Promise<{ readonly gathered: Gathered; readonly states: ReadonlyMap<Digest, PartState> }> {
  const options = { maxBaseAge: Number.POSITIVE_INFINITY, onProgress }
  const gathered = await gather(reading, request, options)
  const states = await destination.examine(partsOf(gathered, reading), signal)
  const lost = gathered.composed.packages.filter(({ cached }) => states.get(cached.layer.digest) === 'lost')
  if (lost.length === 0) return { gathered, states }
  const unusable = new Map(lost.map(({ node }) => [node.hash, lostLayer]))
  const without = await gather(reading, request, { ...options, unusable })
  return { gathered: without, states: await destination.examine(partsOf(without, reading), signal) }
}

function lostBaseFindings({ composed }: Gathered, states: ReadonlyMap<Digest, PartState>): Finding[] {
  if (!composed.base?.manifest.layers.some(({ digest }) => states.get(digest) === 'lost')) return []
  return [
    {
      severity: 'problem',
      message: 'The registry has lost a layer of the base image',
      hint: 'Push the base image again, or choose another.',
    },
  ]
}

/** Throws what keeps a composition from being published, as an error. */
function refuse(gathered: Gathered, more: readonly Finding[]): void {
  for (const root of gathered.roots) if (root.hash === undefined) throw root.error
  if (gathered.baseError) throw gathered.baseError
  refuseFindings([...compositionProblems(gathered), ...more], gathered.composed.missing.length > 0)
}

function refuseFindings(findings: readonly Finding[], isMissing = false): void {
  const [first, ...others] = findings.filter(({ severity }) => severity === 'problem')
  if (!first) return
  const more = others.length > 0 ? ` (and ${others.length} more)` : ''
  throw new StrataError(isMissing ? 'package-not-found' : 'act-refused', `${first.message}${more}`, {
    hint: first.hint,
  })
}

function noReferrers({ name }: Destination): StrataError {
  return new StrataError('usage', `nothing can be attached to an image in ${name}`, {
    hint: 'Write the bill of materials to a file instead: --sbom FILE.',
  })
}

/** Roots whose tags are looked at at a time. */
const LOOKUPS = 16

async function checkFresh(
  { gathered, destination, request, replaces }: PreparedComposition,
  { repository }: ActSetting,
): Promise<void> {
  const { manifests, view, composition } = gathered
  const checkTag = async (): Promise<void> => {
    if ((await destination.held()) !== replaces) throw stalePlan(`the tag ${request.tag} has changed`)
  }
  const checkRoots = mapConcurrently(composition.roots, LOOKUPS, async (hash) => {
    const tag = view.catalog.tags.get(hash)
    const found = tag === undefined ? undefined : await repository.headManifest(tag)
    if (found?.digest !== manifests.get(hash)) throw stalePlan(`${tag ?? hash} is another image now`)
  })
  await Promise.all([checkTag(), checkRoots])
}
