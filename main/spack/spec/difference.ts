import { asObject, asString, asStrings, type Json } from '../json.ts'
import { compilerFlags } from './format.ts'
import type { SpecEdge, SpecGraph, SpecNode } from './graph.ts'

/**
 * What two builds of one package can differ in, the gravest first: the order in which differences are told. All of it is
 * covered by the DAG hash (Spack's `Spec.to_node_dict` and `spec_hash`).
 *
 * format: specs of Spack before and since 1.0, whose hashes never agree · provider: another package provides the virtual one
 * in `subject` · recipe: its package.py or a patch file in it changed · dependency: only one of the two needs `subject` ·
 * edge: `subject` is needed for other purposes · splice: only one was spliced · stored: something else that a spec holds.
 */
export const differenceKinds = [
  'platform',
  'target',
  'os',
  'libc',
  'version',
  'compiler',
  'format',
  'variant',
  'flags',
  'patches',
  'namespace',
  'recipe',
  'external',
  'splice',
  'provider',
  'dependency',
  'edge',
  'stored',
] as const
export type DifferenceKind = (typeof differenceKinds)[number]

/** One difference between a spec that is wanted and one that is cached, as words of a spec. */
export interface Difference {
  readonly kind: DifferenceKind
  /** Which variant, flag list, virtual package or dependency. */
  readonly subject?: string
  /** Absent where the one that is wanted has nothing of the kind; `cached` likewise. */
  readonly wanted?: string
  readonly cached?: string
}

/** A spec among those that it depends on. */
export interface Placed {
  readonly graph: SpecGraph
  readonly node: SpecNode
}

/** What two specs differ in themselves, and the dependencies to look at for the rest: pairs of unlike DAG hashes. */
export interface NodeComparison {
  readonly own: readonly Difference[]
  readonly dependencies: readonly (readonly [wanted: string, cached: string])[]
}

/** The languages that a compiler provides since spec v5. */
const languages = ['c', 'cxx', 'fortran']
/** What a compiler brings along at its own version: another compiler is reason enough for another one of these. */
const runtimes: ReadonlySet<string> = new Set(['gcc-runtime', 'intel-oneapi-runtime'])
/** What specs since v5 have as nodes and older ones had as an attribute, or not at all. */
const toolchain: ReadonlySet<string> = new Set([...runtimes, 'compiler-wrapper', 'glibc', 'musl'])

/** Compares two specs of one package name by what their DAG hashes cover. Equal hashes are for the caller to see. */
export function compareNodes(wanted: Placed, cached: Placed): NodeComparison {
  const own = [...attributes(wanted.node, cached.node), ...parameters(wanted.node, cached.node)]
  const compilers = compilerDifferences(wanted, cached)
  const { differences, pairs } = dependencies(wanted, cached, compilers.length > 0)
  own.push(...compilers, ...differences)
  if (own.length === 0 && pairs.length === 0) own.push(...restOf(wanted.node, cached.node))
  return { own: own.sort(byGravity), dependencies: pairs }
}

function byGravity(a: Difference, b: Difference): number {
  return differenceKinds.indexOf(a.kind) - differenceKinds.indexOf(b.kind)
}

function attributes(wanted: SpecNode, cached: SpecNode): Difference[] {
  const found: Difference[] = []
  const add = (kind: DifferenceKind, a: string | undefined, b: string | undefined): void => {
    if (a !== b) found.push({ kind, wanted: a, cached: b })
  }
  add('platform', wanted.platform, cached.platform)
  add('os', wanted.os, cached.os)
  add('target', wanted.target, cached.target)
  add('version', wanted.version, cached.version)
  add('namespace', wanted.namespace, cached.namespace)
  if (isModern(wanted) !== isModern(cached)) add('format', `${wanted.specVersion}`, `${cached.specVersion}`)
  add('external', externalText(wanted), externalText(cached))
  add('splice', wanted.buildSpec?.hash, cached.buildSpec?.hash)
  // Old files do not hold it.
  const [a, b] = [wanted, cached].map((node) => asString(node.raw.package_hash))
  if (a !== undefined && b !== undefined) add('recipe', a, b)
  return found
}

/** Compilers are nodes, and test dependencies are hashed. */
function isModern(node: SpecNode): boolean {
  return node.specVersion >= 5
}

function externalText({ external }: SpecNode): string | undefined {
  return external && (external.path ?? external.modules?.join(',') ?? '')
}

function parameters(wanted: SpecNode, cached: SpecNode): Difference[] {
  const names = new Set([...Object.keys(wanted.parameters), ...Object.keys(cached.parameters)])
  names.delete('patches')
  const found: Difference[] = []
  for (const subject of [...names].sort()) {
    const isFlags = compilerFlags.includes(subject)
    const [a, b] = [wanted, cached].map((node) => valueText(node.parameters[subject], isFlags))
    if (a !== b) found.push({ kind: isFlags ? 'flags' : 'variant', subject, wanted: a, cached: b })
  }
  const [a, b] = [wanted, cached].map(patchesOf)
  if (a !== b) found.push({ kind: 'patches', wanted: a, cached: b })
  return found
}

/** The values of a variant have no order; those of a flag list have one. None is as good as no list. */
function valueText(value: Json | undefined, ordered: boolean): string | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) return String(value)
  if (value.length === 0 && ordered) return undefined
  const texts = value.map(String)
  return ordered ? texts.join(' ') : texts.sort().join(',')
}

/** A patch is known by the beginning of its sha256. */
function patchesOf({ raw, parameters: set }: SpecNode): string | undefined {
  const all = new Set([...asStrings(raw.patches), ...asStrings(set.patches)])
  return all.size === 0 ? undefined : [...all].sort().join(',')
}

function compilerDifferences(wanted: Placed, cached: Placed): Difference[] {
  const [a, b] = [wanted, cached].map(({ node }) => compilerText(node.compiler))
  const [forA, forB] = [compilersByLanguage(wanted), compilersByLanguage(cached)]
  const both = languages.filter((one) => forA.has(one) && forB.has(one))
  if (both.length === 0) {
    // Until v5 every spec had a compiler, even of what nobody compiles.
    const unlike = isModern(wanted.node) !== isModern(cached.node) && (a === undefined || b === undefined)
    return a === b || unlike ? [] : [{ kind: 'compiler', wanted: a, cached: b }]
  }
  const differing = both.filter((one) => forA.get(one) !== forB.get(one))
  const found = new Map<string, Difference>()
  for (const one of differing) {
    const [x, y] = [forA.get(one), forB.get(one)]
    const seen = found.get(`${x} ${y}`)
    const subject = differing.length === both.length ? undefined : [seen?.subject, one].filter(Boolean).join(',')
    found.set(`${x} ${y}`, { kind: 'compiler', ...(subject && { subject }), wanted: x, cached: y })
  }
  return [...found.values()]
}

function compilersByLanguage({ graph, node }: Placed): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const edge of node.edges) {
    for (const one of edge.virtuals) if (languages.includes(one)) found.set(one, nameAndVersion(graph, edge))
  }
  return found
}

function compilerText(compiler: SpecNode['compiler']): string | undefined {
  return compiler && `${compiler.name}@${compiler.version}`
}

function nameAndVersion(graph: SpecGraph, edge: SpecEdge): string {
  const version = graph.nodes.get(edge.hash)?.version
  return version === undefined ? edge.name : `${edge.name}@${version}`
}

interface Edges {
  readonly differences: readonly Difference[]
  readonly pairs: readonly (readonly [string, string])[]
}

/** Dependencies of the same name are looked into; one that only one side has is a difference of its own. */
function dependencies(wanted: Placed, cached: Placed, otherCompiler: boolean): Edges {
  const sameFormat = isModern(wanted.node) === isModern(cached.node)
  const isSaid = (edge: SpecEdge): boolean =>
    (!sameFormat && (toolchain.has(edge.name) || isCompiler(edge))) ||
    (otherCompiler && (runtimes.has(edge.name) || isCompiler(edge)))
  const mine = wanted.node.edges.filter((edge) => !isSaid(edge))
  const others = cached.node.edges.filter((edge) => !isSaid(edge))
  const differences: Difference[] = []
  const pairs: (readonly [string, string])[] = []
  const leftMine: SpecEdge[] = []
  for (const edge of mine) {
    const other = takeMatch(others, edge)
    if (other === undefined) {
      leftMine.push(edge)
      continue
    }
    if (sameFormat && purpose(edge) !== purpose(other))
      differences.push({ kind: 'edge', subject: edge.name, wanted: purpose(edge), cached: purpose(other) })
    if (edge.hash === other.hash) continue
    const libc = libcDifference(wanted.graph, edge, cached.graph, other)
    if (libc) differences.push(libc)
    else pairs.push([edge.hash, other.hash])
  }
  differences.push(...unpaired(wanted.graph, leftMine, cached.graph, others))
  return { differences, pairs }
}

function isCompiler(edge: SpecEdge): boolean {
  return edge.virtuals.some((one) => languages.includes(one))
}

/** Takes the edge to the same package out of a list: the very same one, else one for the same purpose, else any. */
function takeMatch(edges: SpecEdge[], edge: SpecEdge): SpecEdge | undefined {
  const sameName = edges.filter((one) => one.name === edge.name)
  const match =
    sameName.find((one) => one.hash === edge.hash) ??
    sameName.find((one) => purpose(one) === purpose(edge)) ??
    sameName[0]
  if (match) edges.splice(edges.indexOf(match), 1)
  return match
}

function purpose({ types, virtuals }: SpecEdge): string {
  return [[...types].sort().join(','), [...virtuals].sort().join(',')].filter((part) => part !== '').join(' as ')
}

function libcDifference(a: SpecGraph, edge: SpecEdge, b: SpecGraph, other: SpecEdge): Difference | undefined {
  if (!isLibc(edge)) return undefined
  const [wanted, cached] = [nameAndVersion(a, edge), nameAndVersion(b, other)]
  // The same libc as another external: its own node says what differs.
  return wanted === cached ? undefined : { kind: 'libc', wanted, cached }
}

function isLibc(edge: SpecEdge): boolean {
  return edge.virtuals.includes('libc') || edge.name === 'glibc' || edge.name === 'musl'
}

/** What only one side needs: where both need the same virtual package, another one provides it. */
function unpaired(a: SpecGraph, mine: readonly SpecEdge[], b: SpecGraph, theirs: readonly SpecEdge[]): Difference[] {
  const found: Difference[] = []
  const left = [...theirs]
  for (const edge of mine) {
    const other = left.find((one) => one.virtuals.some((virtual) => edge.virtuals.includes(virtual)))
    const wanted = nameAndVersion(a, edge)
    if (!other) {
      found.push({ kind: 'dependency', subject: edge.name, wanted })
      continue
    }
    left.splice(left.indexOf(other), 1)
    const subject = edge.virtuals.filter((virtual) => other.virtuals.includes(virtual)).join(',')
    const kind = isLibc(edge) ? 'libc' : 'provider'
    found.push({ kind, ...(kind === 'provider' && { subject }), wanted, cached: nameAndVersion(b, other) })
  }
  for (const edge of left) found.push({ kind: 'dependency', subject: edge.name, cached: nameAndVersion(b, edge) })
  return found
}

/** Keys of a stored node that were compared, that follow from what was, or that the hash leaves out. */
const compared: ReadonlySet<string> = new Set(
  `name version arch namespace parameters patches package_hash dependencies external build_spec annotations hash compiler
  provided_virtuals full_hash build_hash`.split(/\s+/),
)

/** Two hashes of what looks alike: what else is stored, or nothing that could be seen. */
function restOf(wanted: SpecNode, cached: SpecNode): Difference[] {
  const keys = new Set([...Object.keys(wanted.raw), ...Object.keys(cached.raw)])
  const found = [...keys].sort().flatMap((subject): Difference[] => {
    const [a, b] = [wanted, cached].map((node) => JSON.stringify(node.raw[subject]))
    return compared.has(subject) || a === b ? [] : [{ kind: 'stored', subject, wanted: a, cached: b }]
  })
  const [a, b] = [wanted, cached].map(({ raw }) => JSON.stringify(asObject(asObject(raw.arch)?.target)))
  if (a !== b) found.push({ kind: 'stored', subject: 'target', wanted: a, cached: b })
  return found.length > 0 ? found : [{ kind: 'stored' }]
}
