import { stripVTControlCharacters } from 'node:util'

/**
 * What Spack prints of what it is going to do, as specs. Each text may hold several lines; a line that is a plain spec stays as it
 * is. Understood are the trees of `spack spec -I`, `spack concretize` and `spack install` (` -   abcdefg  ^zlib@1.3`), the rows of
 * `spack find -l`, and the messages of an install (`==> No binary for zlib-1.3-… found`); what names no package is passed over, and so
 * is what is installed already (`[+]`, `[^]` upstream, `[e]` external: `InstallStatus` in Spack's spec.py).
 *
 * A hash that `isKnown` is the whole of its spec: it says more than the rest of the line. Any other comes last: `zlib@1.3 /abcdefg`.
 */
export function specsOfLines(texts: readonly string[], isKnown: (hash: string) => boolean): readonly string[] {
  const lines = texts.flatMap((text) => stripVTControlCharacters(text).split(/\r?\n/)).map((line) => line.trim())
  return [...new Set(withoutInput(lines).flatMap((line) => specOfLine(line, isKnown) ?? []))]
}

/** Spack 0.22 prints what was asked for before what comes of it. */
function withoutInput(lines: readonly string[]): readonly string[] {
  let input = false
  return lines.filter((line) => {
    if (/^(Input spec|Normalized|Concretized)$/.test(line)) input = line !== 'Concretized'
    return !input
  })
}

const status = /^(\[[+^e-]\]|-)\s+/
const hash = '[a-z2-7]{7}(?:[a-z2-7]{25})?'
const listed = new RegExp(`^(${hash})\\s+(\\^?[A-Za-z0-9][\\w.-]*(?:[@+~%\\s].*)?)$`)
const message = /\b([a-z0-9][\w.+-]*)-([a-z2-7]{32})\b/

function specOfLine(line: string, isKnown: (hash: string) => boolean): string | undefined {
  if (line === '' || /^(-{2,}|Concretized$)/.test(line)) return undefined
  if (line.startsWith('==>')) {
    const [, title = '', dagHash] = message.exec(line) ?? []
    if (dagHash === undefined) return undefined
    return isKnown(dagHash) ? `/${dagHash}` : `${titleSpec(title)} /${dagHash}`
  }
  const [mark = '', state] = status.exec(line) ?? []
  if (state === '[+]' || state === '[^]' || state === '[e]') return undefined
  const rest = line.slice(mark.length)
  const [, dagHash, spec = rest] = listed.exec(rest) ?? []
  // Of patches only the beginnings of their names are printed; `^` is a branch of the tree.
  const own = spec.replace(/^\^|\s+patches=\S+/g, '')
  if (dagHash === undefined) return own
  return isKnown(dagHash) ? `/${dagHash}` : `${own} /${dagHash}`
}

/** `py-numpy-1.26.4` is `py-numpy@1.26.4`: a version begins with a digit, or is a word such as `develop`. */
function titleSpec(title: string): string {
  const [, name, version] = /^(.+)-(\d.*)$/.exec(title) ?? /^(.+)-(.+)$/.exec(title) ?? []
  return name === undefined ? title : `${name}@${version}`
}
