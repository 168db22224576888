import type { ExplainedPackage, Explanation, NearPackage, Reason } from '../../api/explain.ts'
import { plural, shortHash } from '../../api/format.ts'
import type { Finding } from '../../api/models.ts'
import { compareGraphs, type Near, sharedChoices } from '../../spack/spec/causes.ts'
import { formatSpec } from '../../spack/spec/format.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import { explainAbstract } from './abstract.ts'
import { adviceFor } from './advice.ts'
import { absentPackage, type Context, cachedPackage, type Evidence } from './context.ts'
import { packageFindings } from './hindrances.ts'
import { causeText, differenceText } from './words.ts'

/** Packages of the same name that are told of. */
const NEAR = 3
/** Causes that are told of as common. */
const COMMON = 20

/** What can be said of each asked package, and what they have in common. Reads nothing. */
export function explain(evidence: Evidence): Pick<Explanation, 'explained' | 'common' | 'sums'> {
  const context = contextOf(evidence)
  const explained = evidence.asked.map((one) =>
    one.kind === 'concrete' ? explainConcrete(one.node, context) : explainAbstract(one, context, NEAR),
  )
  const sums = { usable: 0, hindered: 0, gone: 0, differs: 0, absent: 0, external: 0 }
  for (const { state } of explained) sums[state] += 1
  return { explained, common: commonCauses(context), sums }
}

function contextOf(evidence: Evidence): Context {
  const { catalog, source, asked, findings } = evidence
  const byName = new Map<string, SpecNode[]>()
  for (const hash of catalog.tags.keys()) {
    const node = catalog.graph.nodes.get(hash)
    if (!node) continue
    const builds = byName.get(node.name)
    if (builds) builds.push(node)
    else byName.set(node.name, [node])
  }
  const comparison = compareGraphs(source.graph, catalog.graph)
  const near = new Map<string, readonly Near[]>()
  for (const one of asked) {
    if (one.kind === 'abstract' || one.node.external || catalog.tags.has(one.node.hash)) continue
    near.set(one.node.hash, comparison.nearest(one.node, byName.get(one.node.name) ?? [], NEAR))
  }
  const hindered = findings.some((one) => one.severity === 'problem')
  return { ...evidence, byName, near, gone: new Set(catalog.gone), hindered }
}

function explainConcrete(node: SpecNode, context: Context): ExplainedPackage {
  const { source, catalog, commands } = context
  const { hash, name, version } = node
  const base = { spec: formatSpec(source.graph, hash), name, hash, version, findings: [], near: [] }
  const title = `${name}@${version}/${shortHash(hash)}`
  if (node.external) {
    const summary = `${title} is external, at ${node.external.path ?? 'an unknown place'}: no cache holds it`
    return { ...base, state: 'external', summary }
  }
  if (catalog.tags.has(hash)) {
    const findings = packageFindings(node, source, catalog, { image: context.images.get(hash) ?? {}, commands })
    const hindered = context.hindered || findings.some((one) => one.severity === 'problem')
    const but = hindered ? 'but this Spack does not use it' : 'and nothing stands in the way'
    const summary = `${title} is in the cache, ${but}`
    return { ...base, state: hindered ? 'hindered' : 'usable', summary, findings }
  }
  const near = (context.near.get(hash) ?? []).map((one) => describeNear(one, node, context))
  if (context.gone.has(hash)) {
    const finding: Finding = {
      severity: 'problem',
      message: 'The index lists it, but its tag is gone: Spack counts on it, and builds it in the end',
      hint: `Bring the index up to date: ${commands.index}\nOr push it again: ${commands.push(name)}`,
    }
    return { ...base, state: 'gone', summary: `${title} was deleted from the cache`, findings: [finding], near }
  }
  if (near.length === 0) return absentPackage(base, context)
  const builds = plural(context.byName.get(name)?.length ?? 0, 'other build')
  return { ...base, state: 'differs', summary: `${title} is not in the cache, which has ${builds} of ${name}`, near }
}

function describeNear({ node, causes, count, distance }: Near, wanted: SpecNode, context: Context): NearPackage {
  const reasons = causes.map((cause): Reason => {
    const advice = [...adviceFor(cause, wanted, node, context.commands)]
    return {
      ...cause.difference,
      text: causeText(cause),
      advice,
      path: [...cause.path],
      also: [...cause.also],
      alsoCount: cause.alsoCount,
    }
  })
  return { ...cachedPackage(node, context), distance, reasons, reasonCount: count }
}

/** What the nearest builds of several packages differ in alike, such as a compiler: one thing to mend, not fifty. */
function commonCauses({ near, source, commands }: Context): Explanation['common'] {
  const found = new Map<string, Explanation['common'][number]>()
  for (const [hash, [first]] of near) {
    const wanted = source.graph.nodes.get(hash)
    if (!first || !wanted) continue
    for (const cause of first.causes) {
      const { difference, path } = cause
      const what = differenceText(difference)
      const text = sharedChoices.has(difference.kind) ? what : `${path.at(-1)}: ${what}`
      const before = found.get(text)
      if (before) before.packages.push(wanted.name)
      else
        found.set(text, { text, advice: [...adviceFor(cause, wanted, first.node, commands)], packages: [wanted.name] })
    }
  }
  return [...found.values()]
    .filter((one) => one.packages.length > 1)
    .sort((a, b) => b.packages.length - a.packages.length)
    .slice(0, COMMON)
}
