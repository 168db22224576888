import { createHash } from 'node:crypto'
import type { PlannedPackage, PushPlan, PushRequest, StackLayer } from '../../api/models.ts'
import type { BaseImage } from '../../image/base.ts'
import { dockerLayerLimit } from '../../image/budget.ts'
import { formatReference, type Reference } from '../../registry/reference.ts'
import { layerOrder } from '../../spack/spec/graph.ts'
import { usesAmong } from '../../spack/spec/uses.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import { commandOf } from './command.ts'
import { planFindings } from './findings.ts'
import { countLayers } from './layer-count.ts'
import type { Preparation, PreparedPackage } from './prepared.ts'
import type { Selection } from './select.ts'
import { willRunFindings } from './will-run.ts'

/** Base layers looked for in the target at a time. */
const LOOKUPS = 16

/** The plan as plain data: what the window shows and `--dry-run` prints. */
export async function describePlan(
  prepared: Preparation,
  parts: { readonly store: BlobStore; readonly now: number; readonly signal?: AbortSignal },
): Promise<PushPlan> {
  const { request, source, target, selection, packages, recipes } = prepared
  const chosen = [...selection.chosen].flatMap((hash) => packages.get(hash) ?? [])
  const planned = chosen.map((one) => plannedPackage(one, selection))
  if (planned.length > 0 && planned.every((one) => one.action === 'missing' || one.action === 'external')) {
    throw new StrataError('not-installed', 'none of the packages is installed here', {
      hint: source.databaseProblem?.message ?? 'Install the environment first: spack install',
    })
  }
  const base = await describeBase(prepared, parts.signal)
  const stack = stackOf(prepared)
  const image = imageOf(request, target.reference, stack)
  const sums = sumsOf(planned, prepared, base?.bytesToCopy ?? 0)
  const willRun = await willRunFindings(prepared, parts.store)
  const findings = planFindings(prepared, planned, sums.layers, dockerLayerLimit, willRun)
  const title = `Push ${source.environment?.name ?? request.packages.join(' ')} to ${formatReference(target.reference)}`
  const content = { planned, base, image, request: { ...request, credentials: undefined }, at: source.fingerprint }
  return {
    id: createHash('sha256').update(JSON.stringify(content)).update(String(parts.now)).digest('hex').slice(0, 16),
    madeAt: parts.now,
    title,
    target: formatReference(target.reference),
    packages: planned,
    base,
    stack,
    image,
    updatesIndex: request.updateIndex,
    sums,
    environmentSource: recipes.source,
    findings,
    command: commandOf(request),
  }
}

function plannedPackage(one: PreparedPackage, selection: Selection): PlannedPackage {
  const { node, action, why, writes, tag, layer } = one
  return {
    hash: node.hash,
    name: node.name,
    version: node.version,
    tag,
    action,
    why,
    writes,
    root: selection.roots.includes(node.hash),
    digest: layer?.digest,
    size: layer?.size,
    diskSize: one.diskSize,
  }
}

async function describeBase(prepared: Preparation, signal: AbortSignal | undefined): Promise<PushPlan['base']> {
  const base = mainBase(prepared)
  if (!base) return undefined
  const { layers } = base.manifest
  const there = await mapConcurrently(layers, LOOKUPS, ({ digest }) => prepared.target.hasBlob(digest, { signal }))
  return {
    reference: formatReference(base.reference),
    digest: base.digest,
    format: base.format,
    architecture: base.architecture,
    layers: layers.length,
    bytes: layers.reduce((sum, layer) => sum + layer.size, 0),
    bytesToCopy: layers.reduce((sum, layer, i) => sum + (there[i] ? 0 : layer.size), 0),
  }
}

/** The base of the roots' architecture: what the picture and the sums show. */
function mainBase(prepared: Preparation): BaseImage | undefined {
  const root = prepared.packages.get(prepared.selection.roots[0] ?? '')
  return root && prepared.bases.get(root.architecture)
}

function stackOf(prepared: Preparation): StackLayer[] {
  const { request, selection, packages, source } = prepared
  const shown = request.tag === undefined ? [...selection.chosen] : layerOrder(source.graph, selection.roots)
  const uses = usesAmong(source.graph, shown)
  const neededBy = (hash: string): string[] => uses.get(hash)?.map((use) => use.by.name) ?? []
  const base = mainBase(prepared)
  const below = base ? baseLayers(base) : []
  const above = shown.flatMap((hash) => packages.get(hash) ?? []).filter((one) => one.action !== 'external')
  return [...below, ...above.map((one) => stackLayer(one, selection, neededBy(one.node.hash)))]
}

/** A base image's layers, each named as people name the image: `ubuntu:24.04`, layer 1 of 2. */
function baseLayers({ reference, manifest: { layers } }: BaseImage): StackLayer[] {
  const path = reference.kind === 'layout' ? reference.path : reference.repository
  const name = `${path.replace(/^.*\//, '')}${reference.tag === undefined ? '' : `:${reference.tag}`}`
  return layers.map((layer, i) => ({
    key: `base-${i}-${layer.digest}`,
    kind: 'base',
    name,
    version: layers.length > 1 ? `layer ${i + 1} of ${layers.length}` : undefined,
    state: 'base',
    bytes: layer.size,
    estimated: false,
    root: false,
    neededBy: [],
    digest: layer.digest,
  }))
}

function stackLayer(one: PreparedPackage, selection: Selection, neededBy: readonly string[]): StackLayer {
  const { node, action, layer } = one
  const usable = action === 'present' || action === 'reuse' || action === 'build'
  return {
    key: node.hash,
    kind: 'package',
    name: node.name,
    version: node.version,
    state: usable ? action : 'problem',
    bytes: layer?.size ?? one.diskSize ?? 0,
    estimated: layer === undefined,
    root: selection.roots.includes(node.hash),
    neededBy: [...neededBy],
    digest: layer?.digest,
  }
}

function imageOf(request: PushRequest, target: Reference, stack: readonly StackLayer[]): PushPlan['image'] {
  if (request.tag === undefined) return undefined
  return { tag: request.tag, reference: formatReference({ ...target, tag: request.tag }), layers: stack.length }
}

function sumsOf(planned: readonly PlannedPackage[], prepared: Preparation, baseBytes: number): PushPlan['sums'] {
  const count = (action: PlannedPackage['action']): number => planned.filter((one) => one.action === action).length
  const baseLayers = mainBase(prepared)?.manifest.layers.length ?? 0
  const images =
    prepared.request.tag === undefined ? prepared.selection.roots.map((root) => [root]) : [prepared.selection.roots]
  return {
    present: count('present'),
    reuse: count('reuse'),
    build: count('build'),
    external: count('external'),
    missing: count('missing'),
    private: count('private'),
    bytesToPack: planned.reduce((sum, one) => sum + (one.diskSize ?? 0), 0),
    bytesToUpload: planned.reduce((sum, one) => sum + (one.action === 'reuse' ? (one.size ?? 0) : 0), baseBytes),
    layers: baseLayers + Math.max(0, ...images.map((roots) => countLayers(prepared.source.graph, roots))),
    layerLimit: dockerLayerLimit,
  }
}
