import type { SpecGraph, SpecNode } from '../spack/spec/graph.ts'
import { StrataError } from '../support/errors.ts'
import { nearest } from '../support/nearest.ts'

/** The one package that a spec names: `name`, `name@version`, `name/hash` or `/hash` (a beginning will do). */
export function findPackage(graph: SpecGraph, spec: string): SpecNode {
  const parsed = /^([a-zA-Z0-9_.-]+)?(?:@=?([^/]+))?(?:\/([a-z0-9]+))?$/.exec(spec.trim())
  if (!parsed || spec.trim() === '') {
    throw new StrataError('usage', `"${spec}" does not name a package`, {
      hint: 'Write a name, name@version or /hash.',
    })
  }
  const [, name, version, hash] = parsed
  const found = [...graph.nodes.values()].filter(
    (node) =>
      (name === undefined || node.name === name) &&
      (version === undefined || node.version === version) &&
      (hash === undefined || node.hash.startsWith(hash)),
  )
  const [first, ...others] = found
  if (!first) {
    throw new StrataError('package-not-found', `there is no package ${spec}`, { hint: didYouMean(graph, name) })
  }
  if (others.length > 0) {
    const list = found.map((node) => `${node.name}@${node.version}/${node.hash.slice(0, 7)}`)
    throw new StrataError('usage', `${spec} fits ${found.length} packages`, {
      hint: `Say which: ${list.slice(0, 8).join(', ')}${list.length > 8 ? ', …' : ''}.`,
    })
  }
  return first
}

/** What may have been meant by a name that no package has. */
export function didYouMean(graph: SpecGraph, name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const names = [...new Set([...graph.nodes.values()].map((node) => node.name))]
  const related = names.filter((one) => one.includes(name) || name.includes(one)).sort()
  const near = related.length > 0 ? related.slice(0, 5).join(', ') : nearest(name, names)
  return near && `Did you mean ${near}?`
}
