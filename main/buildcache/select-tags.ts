import { StrataError } from '../support/errors.ts'
import type { Catalog } from './catalog.ts'
import { didYouMean } from './find-package.ts'
import { fitsSpec } from './match-packages.ts'

/**
 * The tags of a cache that words name, each once and in the order of the words: a tag itself, or every package that a spec
 * fits: `name`, `@version`, `%compiler`, `target=…`, `+variant` and these together, and `/hash` or `name/hash`.
 * `readCatalog` is called when a word is no tag. Throws `package-not-found` for a word that names nothing, and `usage` for a
 * spec that only Spack understands.
 */
export async function selectTags(
  words: readonly string[],
  tags: readonly string[],
  readCatalog: () => Promise<Catalog>,
): Promise<readonly string[]> {
  const known = new Set(tags)
  const selected = new Set<string>()
  for (const word of words) {
    if (known.has(word)) selected.add(word)
    else for (const tag of packagesThatFit(word.trim(), await readCatalog())) selected.add(tag)
  }
  return [...selected]
}

function packagesThatFit(spec: string, { graph, tags }: Catalog): readonly string[] {
  const fitting: string[] = []
  for (const [hash, tag] of tags) {
    const node = graph.nodes.get(hash)
    const fits = node && fitsSpec(spec, graph, node)
    if (node && fits === undefined) throw notUnderstood(spec)
    if (fits) fitting.push(tag)
  }
  if (fitting.length > 0) return fitting
  const name = /^[\w-]+/.exec(spec)?.[0]
  throw new StrataError('package-not-found', `there is neither a tag nor a package ${spec} in this repository`, {
    hint: didYouMean(graph, name),
  })
}

function notUnderstood(spec: string): StrataError {
  return new StrataError('usage', `"${spec}" is neither a tag nor a spec that Strata understands`, {
    hint: 'Write a tag, name, name@version, %compiler, target=…, +variant, or /hash.',
  })
}
