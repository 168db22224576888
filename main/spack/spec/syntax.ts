/** What keeps a text from being one spec of a package. */
export type SyntaxFault =
  /** Spack cannot go on here; the text up to the next blank. */
  | { readonly kind: 'unreadable'; readonly text: string }
  /** A name that begins another spec. */
  | { readonly kind: 'second'; readonly text: string }
  | { readonly kind: 'anonymous' }

const identifier = String.raw`\w[\w-]*`
const name = String.raw`\w[\w.-]*`
const value = String.raw`(?:[\w+*.,:=%^~/\\-]+|'(?:[^']|(?<=\\)')*'|"(?:[^"]|(?<=\\)")*")`
const version = String.raw`=?\w[\w.-]*\b`
const range = String.raw`(?:(?:${version})?:(?:${version}(?!\s*=))?|${version})`
const gitVersion = String.raw`(?:git\.\w[\w./-]*|[A-Fa-f0-9]{40})`
const virtuals = String.raw`(?:\s*${identifier}(?:,${identifier})*=${name})?`

/** In the order in which Spack tries them. */
const tokens = [
  ['dependency', String.raw`(?:\^|%%?)\[`],
  ['dependency', String.raw`\]${virtuals}`],
  ['dependency', String.raw`(?:\^|%%?)${virtuals}`],
  ['property', `@${gitVersion}(?:=${version})?`],
  ['property', String.raw`@\s*${range}(?:\s*,\s*${range})*`],
  ['property', String.raw`(?:\+\+|~~|--|[~+-])\s*${name}`],
  ['property', `${name}:?==?${value}`],
  ['file', String.raw`(?:[./]|[\w-]*/)[\w./-]*\.(?:json|yaml)`],
  ['name', String.raw`${identifier}(?:\.${identifier})*|\*`],
  ['hash', String.raw`/\w+`],
  ['blank', String.raw`\s+`],
] as const

const token = new RegExp(tokens.map(([, pattern]) => `(${pattern})`).join('|'), 'uy')

/**
 * What keeps a text from being one spec in the grammar of Spack 0.22 to 1.1 together (`parser.py`, `spec_parser.py`): a
 * place that none of its tokens fits, a name where a spec has none, or no name at all. Undefined says that Spack may read
 * it, not that it knows the package.
 */
export function specFault(text: string): SyntaxFault | undefined {
  let before: { readonly kind: string; readonly text: string } | undefined
  let named = false
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at
    const found = token.exec(text)
    if (found === null) return { kind: 'unreadable', text: wordAt(text, at) }
    const [kind] = tokens[found.findIndex((part, i) => i > 0 && part !== undefined) - 1] ?? ['blank']
    if (kind === 'blank') continue
    if (kind === 'name' && before && before.kind !== 'dependency') {
      const assigns = text[token.lastIndex] === '='
      return assigns ? { kind: 'unreadable', text: wordAt(text, at) } : { kind: 'second', text: found[0] }
    }
    named ||= kind === 'file' || kind === 'hash' || (kind === 'name' && !before)
    before = { kind, text: found[0] }
  }
  if (before?.kind === 'dependency' && !/\w$/.test(before.text)) return { kind: 'unreadable', text: before.text }
  return named ? undefined : { kind: 'anonymous' }
}

function wordAt(text: string, offset: number): string {
  return /^\S+/.exec(text.slice(offset))?.[0] ?? ''
}
