import { posix } from 'node:path'
import { StrataError } from '../support/errors.ts'
import type { Configuration } from './config/configuration.ts'
import { isObject } from './json.ts'
import { matchesConstraint } from './spec/constraint.ts'
import { closure, dependencyTypes, type SpecGraph, type SpecNode } from './spec/graph.ts'

/** Where a store puts packages: the first entry whose spec a package satisfies, else `all`. */
export interface Projections {
  readonly entries: readonly (readonly [spec: string, format: string])[]
  /** `config:install_hash_length`. */
  readonly hashLength?: number
}

/** Spack's `default_projections` up to 0.23, and since 1.0. */
const defaultsByGeneration = {
  old: '{architecture}/{compiler.name}-{compiler.version}/{name}-{version}-{hash}',
  new: '{architecture.platform}-{architecture.target}/{name}-{version}-{hash}',
} as const

/**
 * The projections of a store (Spack's `parse_install_tree`, `DirectoryLayout`). Where nothing is configured, which is a
 * store without a Spack around it, they are those of the Spack that writes databases of `databaseVersion`.
 */
export function projectionsOf(configuration: Configuration | undefined, databaseVersion: number): Projections {
  const tree = configuration?.get(['config', 'install_tree'])
  const written = isObject(tree) ? tree.projections : undefined
  // Once there was one format for all, and the tree was a string.
  const scheme = typeof tree === 'string' ? configuration?.get(['config', 'install_path_scheme']) : undefined
  const fallback = databaseVersion >= 8 ? defaultsByGeneration.new : defaultsByGeneration.old
  const pairs = isObject(written) ? Object.entries(written) : [['all', scheme ?? fallback] as const]
  const hashLength = configuration?.get(['config', 'install_hash_length'])
  return {
    // Spack takes them in lower case, folders that they name too.
    entries: pairs.flatMap(([spec, format]) =>
      typeof format === 'string' ? [[spec, format.toLowerCase()] as const] : [],
    ),
    hashLength: typeof hashLength === 'number' ? hashLength : undefined,
  }
}

/**
 * The path of a package below the store's root (Spack's `relative_path_for_spec`). Throws `config-invalid` for a
 * projection that cannot be evaluated without Spack, naming it.
 */
export function projectedPath(projections: Projections, graph: SpecGraph, node: SpecNode): string {
  const format = formatFor(projections, graph, node)
  const { hashLength } = projections
  const whole = hashLength === undefined ? format : format.replaceAll('{hash}', `{hash:${hashLength}}`)
  // Each folder by itself, so that a value with a slash in it makes no folders of its own.
  const parts = whole.split('/').filter((part) => part !== '' && part !== '.')
  const path = parts.map((part) => polite(formatPart(part, graph, node))).join('/')
  if (path === '' || path !== posix.normalize(path) || path.startsWith('..'))
    throw invalid(format, 'leads nowhere in the store')
  return path
}

function formatFor({ entries }: Projections, graph: SpecGraph, node: SpecNode): string {
  let all: string | undefined
  for (const [spec, format] of entries) {
    if (spec === 'all') all = format
    else if (matches(spec, graph, node)) return format
  }
  if (all !== undefined) return all
  throw new StrataError(
    'config-invalid',
    `config:install_tree:projections has no place for ${node.name}, and none for all`,
  )
}

function matches(spec: string, graph: SpecGraph, node: SpecNode): boolean {
  const answer = matchesConstraint(spec, graph, node)
  if (answer !== undefined) return answer
  throw invalid(spec, 'is a spec that only Spack itself can compare')
}

/** Spack's `Spec.format` for what stands in projections. */
function formatPart(part: string, graph: SpecGraph, node: SpecNode): string {
  const filled = part.replace(/\{([^{}]*)\}/g, (_, inner: string) => {
    const match = /^(?:\^([\w-]+)\.)?(.*)$/.exec(inner)
    const of = match?.[1] === undefined ? node : dependency(match[1], graph, node)
    const value = of && attribute(of, match?.[2] ?? '')
    if (value === undefined) throw invalid(part, `asks ${node.name} for {${inner}}`)
    return value
  })
  if (/[{}$]/.test(filled)) throw invalid(part, 'has braces or variables that are not understood')
  return filled.trim()
}

function attribute(node: SpecNode, written: string): string | undefined {
  const hash = /^\/?hash(?::(\d+))?$/.exec(written)
  if (hash) return node.hash.slice(0, hash[1] === undefined ? undefined : Number(hash[1]))
  switch (written.replace(/^arch\b/, 'architecture')) {
    case 'name':
      return node.name
    case 'version':
      return node.version
    case 'namespace':
      return node.namespace ?? ''
    case 'architecture':
      return `${node.platform}-${node.os}-${node.target}`
    case 'platform':
    case 'architecture.platform':
      return node.platform
    case 'os':
    case 'architecture.os':
      return node.os
    case 'target':
    case 'architecture.target':
      return node.target
    // A package that was built without a compiler, as Spack 1.x prints it.
    case 'compiler':
      return node.compiler ? `${node.compiler.name}@=${node.compiler.version}` : 'none'
    case 'compiler.name':
      return node.compiler?.name ?? 'none'
    case 'compiler.version':
      return node.compiler?.version ?? 'none'
    default:
      return variant(node, written)
  }
}

/** `{variants.<name>.value}`, and `{variants.<name>}` with its sigil. */
function variant(node: SpecNode, written: string): string | undefined {
  const [, name = '', onlyValue] = /^variants\.([\w-]+)(\.value)?$/.exec(written) ?? []
  const value = node.parameters[name]
  if (value === undefined) return undefined
  if (typeof value === 'boolean') {
    if (onlyValue) return value ? 'True' : 'False'
    return `${value ? '+' : '~'}${name}`
  }
  const text = (Array.isArray(value) ? value : [value]).map(String).sort().join(',')
  return onlyValue ? text : `${name}=${text}`
}

/** A dependency by its name, or by a virtual that it provides. */
function dependency(name: string, graph: SpecGraph, node: SpecNode): SpecNode | undefined {
  for (const hash of closure(graph, [node.hash], dependencyTypes)) {
    const found = graph.nodes.get(hash)
    if (hash !== node.hash && found?.name === name) return found
    const provided = found?.edges.find((edge) => edge.virtuals.includes(name))
    if (provided) return graph.nodes.get(provided.hash)
  }
  return undefined
}

/** Characters that Spack keeps out of file names (`polite_filename`). */
function polite(name: string): string {
  return name.replace(/[^A-Za-z0-9_+.-]/g, '_')
}

function invalid(what: string, why: string): StrataError {
  return new StrataError('config-invalid', `config:install_tree:projections: ${what} ${why}`, {
    hint: 'Strata knows names, versions, hashes, compilers, architectures, variants and dependencies in projections.',
  })
}
