import { posix } from 'node:path'
import type { Shebang } from './shebang.ts'

/** Bytes of a Perl script in which its modules are looked for: longer ones begin with what they use as well. */
export const perlScriptBytes = 64 * 1024

/** `use strict;`, `use Text::Tabs qw(expand)`, `use POSIX ':limits_h'`, `require Getopt::Long;` */
const loading = /^(?:use|require)[ \t]+(?!v\d)([A-Za-z_]\w*(?:::\w+)*)\b(?=[ \t]*(?:;|\(|['"\d]|v\d|qw\b))/
/** Whoever changes the folders in which Perl looks, or what it takes for loaded, may find anything. */
const ownFolders = /^[ \t]*use[ \t]+(?:lib|FindBin|local::lib|blib)\b|@INC\b|[%$]\{?INC\b|\bPERL5LIB\b/
/** This takes the working folder out of them. */
const withoutWorkingFolder = /pop @INC if \$INC\[-1\] eq '\.'/
const hereDocument = /<<~?\s*(["']?)([A-Za-z_]\w*)\1/

/**
 * The modules that a script cannot start without, if perl runs it (perlfunc(1): use, require). Undefined for a script that
 * something else runs, and for one that says itself where its modules are.
 *
 * Counted is what stands at the very beginning of a line, as a statement: what is indented, or stands in braces that a line
 * at its margin opened, or in a string, may be tried (`eval`), may depend on something, or may be nobody's code. Nothing of
 * POD, here documents, and what follows `__END__`. So a module may be passed over, and none is made up.
 */
export function readPerlModules(start: Buffer, shebang: Shebang): readonly string[] | undefined {
  const interpreter = shebang.command ?? shebang.paths.at(-1) ?? ''
  if (!/^perl[\d.]*$/.test(posix.basename(interpreter))) return undefined
  const lines = start.subarray(0, perlScriptBytes).toString('utf8').split(/\r?\n/)
  if (/ -\w*[Ix]/.test(lines.slice(0, 2).join(' '))) return undefined
  const modules = new Set<string>()
  for (const line of statements(lines)) {
    if (ownFolders.test(line.replace(withoutWorkingFolder, ''))) return undefined
    const module = loading.exec(line)?.[1]
    if (module !== undefined) modules.add(module)
  }
  return [...modules]
}

/** The lines of code; those on which no statement of the outermost level begins have a space in front. */
function* statements(lines: readonly string[]): Generator<string> {
  let ends: RegExp | undefined
  let begins = true
  let inBraces = false
  for (const line of lines) {
    if (ends) {
      if (ends.test(line)) ends = undefined
      continue
    }
    if (/^__(?:END|DATA)__\b/.test(line)) return
    if (/^=[A-Za-z]/.test(line)) {
      ends = /^=cut\b/
      continue
    }
    if (/^[})\]]/.test(line)) inBraces = false
    const code = line.replace(/(?:^|\s)#.*$/, '').trimEnd()
    if (code === '') continue
    yield begins && !inBraces ? code : ` ${code}`
    const document = hereDocument.exec(code)?.[2]
    if (document !== undefined) ends = new RegExp(`^\\s*${document}$`)
    if (/^\S/.test(code) && /[{([]$/.test(code)) inBraces = true
    begins = document !== undefined || /[;{}]$/.test(code)
  }
}
