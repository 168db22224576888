import { closure, dependencyTypes, type SpecGraph, type SpecNode } from './graph.ts'
import { satisfiesVersion } from './version.ts'

/**
 * Whether a concrete spec satisfies an abstract one, for the forms that configuration keys take: `name`, `@version` (with
 * ranges and lists), `%compiler@version`, `^dependency@version` (by name or by a virtual that it provides), `+variant`,
 * `~variant`, `variant=value`, and these together. `undefined` when it holds something else: then only Spack can tell.
 */
export function matchesConstraint(text: string, graph: SpecGraph, node: SpecNode): boolean | undefined {
  const clauses = clausesOf(text)
  const answers = clauses.map((clause) => matchesClause(clause, graph, node))
  if (answers.includes(undefined) || clauses.length === 0) return undefined
  return answers.every((answer) => answer)
}

function clausesOf(text: string): readonly string[] {
  return text
    .trim()
    .split(/\s*(?=[\^%])|\s+/)
    .filter((clause) => clause !== '')
}

/**
 * An abstract spec in its smallest parts, in their order: `hdf5@1.14+mpi ^zlib@1.3` is `hdf5`, `@1.14`, `+mpi` and
 * `^zlib@1.3`. Each can be asked for by itself with `matchesConstraint`.
 */
export function constraintParts(text: string): readonly string[] {
  return clausesOf(text).flatMap((clause) =>
    // Behind `@` a `=` pins a version; anywhere else it assigns a value.
    /^[\^%]|=/.test(clause.replace('@=', '@')) ? [clause] : (clause.match(/[@+~]?[^@+~]+/g) ?? [clause]),
  )
}

function matchesClause(clause: string, graph: SpecGraph, node: SpecNode): boolean | undefined {
  const assigned = /^([\w-]+)==?([\w.,:+-]+)$/.exec(clause)
  if (assigned?.[1] !== undefined) return matchesAssignment(node, assigned[1], assigned[2] ?? '')
  const parts = /^([\^%]?)([\w-]+)?((?:@[^@+~^%\s]+)?)((?:[+~][\w-]+)*)$/.exec(clause)
  if (parts === null) return undefined
  const [, sigil, name, version = '', flags = ''] = parts
  if (sigil === '%') {
    if (flags !== '' || name === undefined) return undefined
    return node.compiler?.name === name ? matchesVersion(node.compiler.version, version) : false
  }
  const candidates =
    sigil === '^' ? dependencies(graph, node, name) : name === undefined || name === node.name ? [node] : []
  return candidates.some((one) => matchesVersion(one.version, version) && matchesFlags(one, flags))
}

function dependencies(graph: SpecGraph, node: SpecNode, name: string | undefined): SpecNode[] {
  const reached = [...closure(graph, [node.hash], dependencyTypes)].flatMap((hash) => graph.nodes.get(hash) ?? [])
  const provided = new Set(reached.flatMap(({ edges }) => edges.filter((edge) => name && edge.virtuals.includes(name))))
  const hashes = new Set([...provided].map((edge) => edge.hash))
  return reached.filter((one) => one !== node && (one.name === name || hashes.has(one.hash)))
}

function matchesVersion(version: string, written: string): boolean {
  return written === '' || satisfiesVersion(version, written.slice(1))
}

function matchesFlags(node: SpecNode, flags: string): boolean {
  return [...flags.matchAll(/([+~])([\w-]+)/g)].every(
    ([, sigil, name = '']) => node.parameters[name] === (sigil === '+'),
  )
}

function matchesAssignment(node: SpecNode, key: string, value: string): boolean | undefined {
  if (key === 'platform') return node.platform === value
  if (key === 'os') return node.os === value
  if (key === 'target') return value.includes(':') ? undefined : node.target === value
  if (key === 'arch') return undefined
  const set = node.parameters[key]
  if (set === undefined) return false
  const has = (Array.isArray(set) ? set : [set]).map((one) => String(one).toLowerCase())
  return value.split(',').every((one) => has.includes(one.toLowerCase()))
}
