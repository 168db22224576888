import type { ExplainedPackage, NearPackage, Reason } from '../../api/explain.ts'
import { plural } from '../../api/format.ts'
import type { Finding } from '../../api/models.ts'
import type { SpecGraph, SpecNode } from '../../spack/spec/graph.ts'
import { compareVersions } from '../../spack/spec/version.ts'
import { type Asked, unmetParts } from './asked.ts'
import { absentPackage, type Context, cachedPackage } from './context.ts'
import { variantWord } from './words.ts'

/** What the cache has for a spec that was not concretized: what fits it, else what satisfies most of its parts. */
export function explainAbstract(
  asked: Extract<Asked, { readonly kind: 'abstract' }>,
  context: Context,
  count: number,
): ExplainedPackage {
  const { catalog, commands, hindered } = context
  const { name, spec, parts } = asked
  const base = { spec, name, findings: [], near: [] }
  const builds = context.byName.get(name) ?? []
  if (builds.length === 0) return absentPackage(base, context)
  const compared = builds
    .map((node) => ({ node, unmet: unmetParts(parts, catalog.graph, node) }))
    .sort((a, b) => a.unmet.length - b.unmet.length || compareVersions(b.node.version, a.node.version))
  const fitting = compared.filter(({ unmet }) => unmet.length === 0)
  const near = (fitting.length > 0 ? fitting : compared).slice(0, count).map(({ node, unmet }): NearPackage => {
    // Another hash follows from whatever else differs.
    const others = unmet.filter((part) => !part.startsWith('/'))
    const told = others.length > 0 ? others : unmet
    const reasons = told.map((part) => unmetReason(part, node, catalog.graph, commands.push(name)))
    return { ...cachedPackage(node, context), distance: unmet.length, reasons, reasonCount: reasons.length }
  })
  const state = hindered ? 'hindered' : 'usable'
  const hash = parts.find((part) => part.startsWith('/'))
  if (fitting.length === 0) {
    const has = plural(builds.length, hash === undefined ? 'build' : 'other build')
    const summary =
      hash === undefined
        ? `nothing in the cache fits ${spec}; it has ${has} of ${name}`
        : `${titleOf(asked)} is not in the cache, which has ${has} of ${name}`
    return { ...base, state: 'differs', summary, near }
  }
  if (hash !== undefined) return { ...base, state, summary: `${titleOf(asked)} is in the cache`, near }
  const finding: Finding = {
    severity: 'note',
    message: 'Spack takes it when it concretizes with reuse, and not when it concretizes afresh',
    hint: commands.reuse(spec),
  }
  const summary = `${plural(fitting.length, 'package')} of the cache ${fitting.length === 1 ? 'fits' : 'fit'} ${spec}`
  return { ...base, state, summary, findings: [finding], near }
}

/** Of a spec that Spack printed, with its hash: name, version and hash. */
function titleOf({ name, parts }: Extract<Asked, { readonly kind: 'abstract' }>): string {
  const of = (sigil: string): string => parts.find((part) => part.startsWith(sigil)) ?? ''
  return `${name}${of('@').replace('@=', '@')}${of('/').slice(0, 8)}`
}

/** Which part of a spec a package does not satisfy, said with what it has instead. */
function unmetReason(part: string, node: SpecNode, graph: SpecGraph, push: string): Reason {
  const { kind, has } = counterpart(part, node, graph)
  if (kind === 'stored') return otherHash(part, node, push)
  return {
    kind,
    text: `${node.name} has ${has}, and ${part} is asked for`,
    advice: [`Leave ${part} out`, `Build one that has it, and push it: ${push}`],
    path: [node.name],
    wanted: part,
    cached: has,
    also: [],
    alsoCount: 0,
  }
}

/** All that was said of it fits, and its hash does not: what differs was not said. */
function otherHash(part: string, node: SpecNode, push: string): Reason {
  const [wanted, cached] = [part.slice(0, 8), `/${node.hash.slice(0, 7)}`]
  return {
    kind: 'stored',
    text: `${node.name} is as it is asked for, but its hash is ${cached} instead of ${wanted}: its dependencies or its recipe differ`,
    advice: [
      'Explain an environment that was concretized to it: there its dependencies are followed',
      `Build it, and push it: ${push}`,
    ],
    path: [node.name],
    wanted,
    cached,
    also: [],
    alsoCount: 0,
  }
}

/** What a package has where a spec says `part`. */
function counterpart(part: string, node: SpecNode, graph: SpecGraph): { readonly kind: string; readonly has: string } {
  const { compiler, parameters } = node
  if (part.startsWith('@')) return { kind: 'version', has: `version ${node.version}` }
  if (part.startsWith('/')) return { kind: 'stored', has: `the hash ${node.hash.slice(0, 7)}` }
  if (part.startsWith('%')) {
    return { kind: 'compiler', has: compiler ? `the compiler ${compiler.name}@${compiler.version}` : 'no compiler' }
  }
  if (part.startsWith('^')) {
    const name = /^\^([\w-]+)/.exec(part)?.[1] ?? ''
    const edge = node.edges.find((one) => one.name === name || one.virtuals.includes(name))
    const dependency = edge && graph.nodes.get(edge.hash)
    const has = dependency ? `${dependency.name}@${dependency.version}` : `no direct dependency ${name}`
    return { kind: 'dependency', has }
  }
  const name = /^[+~]?([\w-]+)/.exec(part)?.[1] ?? ''
  if (name === 'target' || name === 'os' || name === 'platform') return { kind: name, has: `${name}=${node[name]}` }
  const value = parameters[name]
  return { kind: 'variant', has: value === undefined ? `no variant ${name}` : variantWord(name, String(value)) }
}
