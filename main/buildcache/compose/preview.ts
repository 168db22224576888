import type { ComposeRequest, CompositionPreview, PreviewPackage } from '../../api/compose.ts'
import { plural } from '../../api/format.ts'
import type { Finding, StackLayer } from '../../api/models.ts'
import type { BudgetLayer } from '../../image/budget.ts'
import type { ComposedPackage } from '../../image/composition.ts'
import { noBaseFinding, noPackageFinding } from '../../image/composition-findings.ts'
import type { VariableSource } from '../../image/merged-variables.ts'
import { formatReference, imageName, type Reference } from '../../registry/reference.ts'
import { assertNever } from '../../support/assert.ts'
import { StrataError } from '../../support/errors.ts'
import { gravestFirst } from '../../support/findings.ts'
import { composeCommand } from '../acts/command.ts'
import { checkImageTag } from '../package-tag.ts'
import type { Examination } from './examine.ts'
import { compositionText } from './file.ts'
import type { Gathered } from './gather.ts'
import { asProblem, rootFindings } from './roots.ts'

type MergedBand = Extract<BudgetLayer, { readonly kind: 'merged' }>

/** What comes of a composition, in the contract's words. */
export function describeComposition(
  gathered: Gathered,
  request: ComposeRequest,
  repository: Reference,
  examination: Examination,
): CompositionPreview {
  const { composed, roots, composition } = gathered
  const findings = gravestFirst([...tagProblems(request), ...compositionProblems(gathered), ...examination.findings])
  const stack = stackOf(gathered, request)
  const band = composed.budget.layers.find((layer) => layer.kind === 'merged')
  const merged = new Set(band?.items.map((item) => item.hash))
  const { bytesToMerge: _, ...sums } = composed.sums
  return {
    repository: formatReference({ ...repository, tag: undefined, digest: undefined }),
    architecture: composed.architecture,
    roots: roots.map(({ spec, hash }) => ({ spec, hash })),
    base: describeBase(gathered, request, examination),
    packages: composed.packages.map((one) => describePackage(one, merged, gathered, request)),
    missing: composed.missing.map(({ hash, name, why, neededBy }) => ({ hash, name, why, neededBy: [...neededBy] })),
    stack,
    merge: describeMerge(gathered, band),
    sums: { ...sums, uniqueBytes: uniqueBytes(stack) },
    variables: composed.variables.variables.map(({ name, value, list, from }) => ({
      name,
      value,
      list,
      from: [...new Set(from.map((source) => sourceName(source, gathered)))],
    })),
    conflicts: composed.variables.conflicts.map(({ name, says, value, settled }) => ({
      name,
      says: says.map((one) => ({ value: one.value, by: one.by.map((source) => sourceName(source, gathered)) })),
      value,
      settled,
    })),
    settings: composed.settings,
    annotations: { ...composed.annotations },
    findings,
    examined: { done: examination.done, total: examination.total },
    digest: composition.roots.length > 0 ? composed.image?.manifest.digest : undefined,
    file: compositionText(request),
    command: composeCommand(request),
  }
}

/** A tag that no registry takes, or that promises a package. */
function tagProblems({ tag }: ComposeRequest): Finding[] {
  try {
    if (tag !== undefined) checkImageTag(tag)
    return []
  } catch (error) {
    if (error instanceof StrataError) return [asProblem(error)]
    throw error
  }
}

/** What is wrong with a composition before anything of it is looked into. */
export function compositionProblems({ roots, baseError, composed }: Gathered): Finding[] {
  const unresolved = rootFindings(roots)
  // The cause is said: that its consequence is no choice of the user's need not be.
  const implied = new Set([
    ...(unresolved.length > 0 ? [noPackageFinding.message] : []),
    ...(baseError ? [noBaseFinding.message] : []),
  ])
  return [
    ...unresolved,
    ...(baseError ? [asProblem(baseError)] : []),
    ...composed.findings.filter(({ message }) => !implied.has(message)),
  ]
}

function describeBase(
  { composed: { base } }: Gathered,
  request: ComposeRequest,
  { system, libc }: Examination,
): CompositionPreview['base'] {
  if (!base) return undefined
  const { layers } = base.manifest
  return {
    reference: request.base ?? imageName(base.reference),
    digest: base.digest,
    format: base.format,
    architecture: base.architecture,
    layers: layers.length,
    bytes: layers.reduce((sum, { size }) => sum + size, 0),
    system,
    libc,
  }
}

function describePackage(
  one: ComposedPackage,
  merged: ReadonlySet<string>,
  gathered: Gathered,
  request: ComposeRequest,
): PreviewPackage {
  const { node, cached, edge } = one
  const { hash, name, version, target, os } = node
  return {
    ...{ hash, name, version, target, os },
    bytes: cached.layer.size,
    root: edge.kind === 'root',
    broughtBy: edge.kind === 'root' ? undefined : { hash: edge.by.hash, name: edge.by.name, types: [...edge.types] },
    neededBy: namesOf(one.neededBy),
    merged: merged.has(hash),
    sharedBy: sharersOf(cached.layer.digest, gathered, request, hash).length,
  }
}

function namesOf(uses: ComposedPackage['neededBy']): string[] {
  return [...new Set(uses.map((use) => use.by.name))]
}

function describeMerge({ composed }: Gathered, merged: MergedBand | undefined): CompositionPreview['merge'] {
  return (
    merged && {
      packages: merged.items.map(({ layer }) => layer.title),
      bytes: composed.budget.mergedBytes,
      made: composed.image !== undefined,
    }
  )
}

/** The image as a picture, bottom first. */
function stackOf(gathered: Gathered, request: ComposeRequest): StackLayer[] {
  const { composed } = gathered
  const packages = new Map(composed.packages.map((one) => [one.node.hash, one]))
  return [
    ...baseBands(gathered, request),
    ...composed.budget.layers.flatMap((layer): StackLayer[] => {
      if (layer.kind === 'merged') return [mergedBand(layer, composed)]
      const one = packages.get(layer.item.hash)
      return one ? [packageBand(one, gathered, request)] : []
    }),
  ]
}

function baseBands(gathered: Gathered, request: ComposeRequest): StackLayer[] {
  const { base } = gathered.composed
  const layers = base?.manifest.layers ?? []
  // A file is read into a folder of the blob store, whose name is a digest.
  const said = request.base?.startsWith('/') ? request.base : undefined
  const name = (said ?? (base ? imageName({ ...base.reference, digest: undefined }) : '')).replace(/^.*\//, '')
  return layers.map(({ digest, size }, i) => ({
    // An empty layer is often there several times.
    key: layers.findIndex((other) => other.digest === digest) === i ? digest : `${i}-${digest}`,
    kind: 'base',
    name,
    version: layers.length > 1 ? `layer ${i + 1} of ${layers.length}` : undefined,
    state: 'base',
    bytes: size,
    estimated: false,
    root: false,
    neededBy: [],
    digest,
    sharedWith: sharersOf(digest, gathered, request),
  }))
}

function packageBand(one: ComposedPackage, gathered: Gathered, request: ComposeRequest): StackLayer {
  const { hash, name, version } = one.node
  const { size, digest } = one.cached.layer
  return {
    key: hash,
    kind: 'package',
    name,
    version,
    state: 'present',
    bytes: size,
    estimated: false,
    root: one.edge.kind === 'root',
    neededBy: namesOf(one.neededBy),
    digest,
    sharedWith: sharersOf(digest, gathered, request, hash),
  }
}

function mergedBand({ key, items }: MergedBand, { budget, merged: made, packages }: Gathered['composed']): StackLayer {
  const hashes = new Set(items.map((item) => item.hash))
  return {
    key,
    kind: 'merged',
    name: plural(items.length, 'package'),
    state: made ? 'reuse' : 'build',
    bytes: made?.size ?? budget.mergedBytes,
    estimated: !made,
    root: packages.some(({ node, edge }) => edge.kind === 'root' && hashes.has(node.hash)),
    neededBy: [],
    digest: made?.digest,
  }
}

/** Other images of the repository that hold a layer, as far as is known: of a package's own at least the package's. */
function sharersOf(digest: string, { view }: Gathered, { tag }: ComposeRequest, hash = ''): string[] {
  const tags = new Set(view.users.get(digest))
  const own = view.catalog.tags.get(hash)
  if (own !== undefined) tags.add(own)
  if (tag !== undefined) tags.delete(tag)
  return [...tags]
}

function uniqueBytes(stack: readonly StackLayer[]): number {
  const unique = stack.filter(({ sharedWith }) => sharedWith === undefined || sharedWith.length === 0)
  return unique.reduce((sum, { bytes }) => sum + bytes, 0)
}

function sourceName(source: VariableSource, { composition }: Gathered): string {
  switch (source.kind) {
    case 'default':
      return 'every image'
    case 'base':
      return 'the base image'
    case 'package':
      return composition.graph.nodes.get(source.hash)?.name ?? source.hash
    case 'user':
      return 'you'
    default:
      return assertNever(source)
  }
}
