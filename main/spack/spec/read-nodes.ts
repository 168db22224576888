import { StrataError } from '../../support/errors.ts'
import { asObject, asString, asStrings, asVersionNumber, isObject, type JsonObject } from '../json.ts'
import type { SpecDocument } from './document.ts'
import { type Compiler, type DependencyType, dependencyTypes, type SpecEdge, type SpecNode } from './graph.ts'

/** The newest spec version we know: Spack 1.3-dev. */
export const newestSpecVersion = 6

/** Throws `spec-too-new`, naming the file, its version and what is supported. */
export function checkSpecVersion(version: number, file: string): void {
  if (version <= newestSpecVersion) return
  throw new StrataError(
    'spec-too-new',
    `${file} holds specs of version ${version}; Strata knows versions up to ${newestSpecVersion}`,
    { hint: 'Update Strata.', details: { file, version, supported: newestSpecVersion } },
  )
}

/** A node before the compiler is known: since v5 that is a matter of the whole graph. */
interface StoredNode {
  readonly key: string
  readonly node: SpecNode
  readonly annotated: Compiler | undefined
}

/**
 * Stored nodes of any version as one model, by DAG hash (Spack's `SpecfileV1` to `SpecfileV5` readers).
 *
 * `entries` are [key, stored node]; the edges of old files point to keys, which need not be DAG hashes, so they are
 * followed through the keys. Where two keys share one DAG hash, the first in `entries` wins. `versionOf` says in which
 * version of the spec format the file holds a key.
 * Throws `spec-invalid` naming `file` and the node.
 */
export function readNodes(
  entries: Iterable<readonly [key: string, stored: unknown]>,
  file: string,
  versionOf: (key: string) => number,
): { readonly nodes: ReadonlyMap<string, SpecNode>; readonly hashOfKey: ReadonlyMap<string, string> } {
  const hashOfKey = new Map<string, string>()
  const stored: StoredNode[] = []
  for (const [key, value] of entries) {
    const one = readNode(key, value, file, versionOf(key))
    stored.push(one)
    hashOfKey.set(key, one.node.hash)
  }
  const nodes = new Map<string, SpecNode>()
  for (const { node } of stored) {
    if (!nodes.has(node.hash)) nodes.set(node.hash, withHashes(node, hashOfKey))
  }
  for (const { node, annotated } of stored) {
    const known = nodes.get(node.hash)
    if (known === undefined || known.compiler !== undefined) continue
    const compiler = providedCompiler(known, nodes) ?? annotated
    if (compiler !== undefined) nodes.set(known.hash, { ...known, compiler })
  }
  return { nodes, hashOfKey }
}

/** The nodes of a spec document; the first is the package itself. Throws as `readNodes`. */
export function nodesOfDocument({ spec }: SpecDocument, file: string): ReadonlyMap<string, SpecNode> {
  const entries = spec.nodes.map((node) => [String(node.hash), node] as const)
  return readNodes(entries, file, () => spec._meta.version).nodes
}

function withHashes(node: SpecNode, hashOfKey: ReadonlyMap<string, string>): SpecNode {
  if (node.edges.every((edge) => (hashOfKey.get(edge.hash) ?? edge.hash) === edge.hash)) return node
  const edges = node.edges.map((edge) => ({ ...edge, hash: hashOfKey.get(edge.hash) ?? edge.hash }))
  return { ...node, edges }
}

function readNode(key: string, value: unknown, file: string, fileVersion: number): StoredNode {
  const { name, raw } = nameAndData(value)
  const arch = asObject(raw?.arch)
  const version = asString(raw?.version)
  if (raw === undefined || name === undefined || version === undefined) {
    throw new StrataError('spec-invalid', `${file}: the spec ${key} has no name or no version`, { details: { file } })
  }
  const node: SpecNode = {
    hash: asString(raw.hash) ?? key,
    name,
    version,
    namespace: asString(raw.namespace),
    platform: asString(arch?.platform) ?? '',
    os: asString(arch?.platform_os) ?? '',
    target: asString(arch?.target) ?? asString(asObject(arch?.target)?.name) ?? '',
    compiler: readCompiler(raw.compiler),
    external: readExternal(raw.external),
    edges: readEdges(raw.dependencies, `${file}: the spec ${name}/${key}`),
    buildSpec: readBuildSpec(raw.build_spec),
    parameters: (asObject(raw.parameters) ?? {}) as SpecNode['parameters'],
    raw,
    specVersion: nodeVersion(raw, fileVersion),
  }
  return { key, node, annotated: compilerFromText(asString(asObject(raw.annotations)?.compiler)) }
}

/**
 * A file may hold nodes that are older than itself: one that names its compiler is of v4 at most, and what Spack reads from
 * a file of v5 and writes into one of v6 differs only in what older Spacks pass over.
 */
function nodeVersion(raw: JsonObject, fileVersion: number): number {
  if (raw.compiler !== undefined) return Math.min(fileVersion, 4)
  const original = asVersionNumber(asObject(raw.annotations)?.original_specfile_version)
  return Math.min(fileVersion, Math.max(original ?? fileVersion, 5))
}

/** v2 and later: the node holds its `name`. v1: `{name: {…}}`. */
function nameAndData(value: unknown): { readonly name?: string; readonly raw?: JsonObject } {
  if (!isObject(value)) return {}
  if (typeof value.name === 'string') return { name: value.name, raw: value }
  const [entry] = Object.entries(value)
  return entry && isObject(entry[1]) ? { name: entry[0], raw: entry[1] } : {}
}

function readExternal(value: unknown): SpecNode['external'] {
  const external = asObject(value)
  if (external === undefined || Object.keys(external).length === 0) return undefined
  const modules = asStrings(external.module)
  return { path: asString(external.path), modules: modules.length > 0 ? modules : undefined }
}

function readBuildSpec(value: unknown): SpecNode['buildSpec'] {
  const buildSpec = asObject(value)
  const name = asString(buildSpec?.name)
  const hash = edgeHash(buildSpec ?? {})
  return name !== undefined && hash !== undefined ? { name, hash } : undefined
}

/** v1: `{name: {hash, type}}`; v2–3: `[{name, hash, type}]`; v4 and later: `[{name, hash, parameters}]`. */
function readEdges(value: unknown, where: string): readonly SpecEdge[] {
  if (value === undefined || value === null) return []
  const listed = Array.isArray(value)
    ? value
    : Object.entries(asObject(value) ?? {}).map(([name, rest]) => ({ ...asObject(rest), name }))
  return listed.map((dependency: unknown) => {
    const edge = asObject(dependency) ?? {}
    const name = asString(edge.name)
    const hash = edgeHash(edge)
    if (name === undefined || hash === undefined) {
      throw new StrataError('spec-invalid', `${where} has a dependency without a name or a hash`)
    }
    const parameters = asObject(edge.parameters)
    const types = asStrings(parameters?.deptypes ?? edge.type).filter(isDependencyType)
    return { hash, name, types, virtuals: asStrings(parameters?.virtuals) }
  })
}

/** Older files name a dependency by its `full_hash` or `build_hash`: the key of its node, whatever that is called. */
function edgeHash(edge: JsonObject): string | undefined {
  return asString(edge.hash) ?? asString(edge.full_hash) ?? asString(edge.build_hash)
}

function isDependencyType(word: string): word is DependencyType {
  return (dependencyTypes as readonly string[]).includes(word)
}

function readCompiler(value: unknown): Compiler | undefined {
  const compiler = asObject(value)
  const name = asString(compiler?.name)
  return name === undefined ? undefined : { name, version: asString(compiler?.version) ?? '' }
}

/** The dependency that provides c, else cxx, else fortran (Spack's `DeprecatedCompilerSpec`). */
function providedCompiler(node: SpecNode, nodes: ReadonlyMap<string, SpecNode>): Compiler | undefined {
  for (const language of ['c', 'cxx', 'fortran']) {
    const edge = node.edges.find(({ virtuals }) => virtuals.includes(language))
    const provider = edge && nodes.get(edge.hash)
    if (provider !== undefined) return { name: provider.name, version: provider.version }
  }
  return undefined
}

/** `gcc@=12.2.0`, as the annotation of a spec that came from an older Spack holds it. */
function compilerFromText(text: string | undefined): Compiler | undefined {
  const match = /^%?([^@\s]+)@=?(\S+)/.exec(text ?? '')
  return match?.[1] && match[2] ? { name: match[1], version: match[2] } : undefined
}
