import type { Cause } from '../../spack/spec/causes.ts'
import type { Difference } from '../../spack/spec/difference.ts'
import { assertNever } from '../../support/assert.ts'
import { listNames } from '../../support/findings.ts'

/** A cause as one sentence, from the package down: `vim differs because ncurses differs because it was built with …`. */
export function causeText({ difference, path, also, alsoCount }: Cause): string {
  const chain = path.map((name) => `${name} differs because `).join('')
  const others = also.length === 0 ? '' : `, and the same goes for ${listSome(also, alsoCount)}`
  return `${chain}${differenceText(difference)}${others}`
}

/** Names of which only the first are known. */
function listSome(names: readonly string[], count: number): string {
  if (count <= names.length) return listNames(names)
  const shown = names.slice(0, 4)
  return `${shown.join(', ')} and ${count - shown.length} more`
}

/** A difference as what is so of the one in the cache, instead of what is wanted. */
export function differenceText(difference: Difference): string {
  const { kind, subject = '', wanted, cached } = difference
  const [mine = 'none', other = 'none'] = [wanted, cached]
  switch (kind) {
    case 'version':
      return `it is version ${other} instead of ${mine}`
    case 'platform':
    case 'os':
    case 'target':
      return `it was built for ${other} instead of ${mine}`
    case 'libc':
      return `it was built on ${other} instead of ${mine}`
    case 'compiler': {
      const code = subject === '' ? '' : ` (${subject})`
      return `it was built with ${other === 'none' ? 'no compiler' : other} instead of ${mine}${code}`
    }
    case 'format':
      return `its spec is of version ${other} and the one that is wanted of version ${mine}: Spack 1.0 changed what is hashed`
    case 'variant':
      return variantText(subject, wanted, cached)
    case 'flags':
      return `it was built with ${flagsText(subject, cached)} instead of ${flagsText(subject, wanted)}`
    case 'patches':
      return `it was built with ${patchesText(cached)} instead of ${patchesText(wanted)}`
    case 'namespace':
      return `its recipe is from the repository ${other} instead of ${mine}`
    case 'recipe':
      return `its recipe has changed (package hash ${other.slice(0, 7)} instead of ${mine.slice(0, 7)})`
    case 'external':
      return `it is ${externalText(cached)} instead of ${externalText(wanted)}`
    case 'splice':
      return `it is ${spliceText(cached)} instead of ${spliceText(wanted)}`
    case 'provider':
      return `${subject} is provided by ${other} instead of ${mine}`
    case 'dependency':
      return cached === undefined ? `it does not depend on ${mine}` : `it depends on ${other}, which is not wanted`
    case 'edge':
      return `it needs ${subject} for ${other} instead of ${mine}`
    case 'stored':
      return subject === ''
        ? 'its hash is another one, although nothing that is stored differs'
        : `its stored ${subject} is another one`
    default:
      return assertNever(kind)
  }
}

/** A variant's value as it is written in a spec: `+lua`, `build_type=Release`. */
export function variantWord(name: string, value: string): string {
  if (value === 'true') return `+${name}`
  return value === 'false' ? `~${name}` : `${name}=${value}`
}

function variantText(name: string, wanted: string | undefined, cached: string | undefined): string {
  if (cached === undefined) return `it has no variant ${name}, and ${variantWord(name, wanted ?? '')} is wanted`
  if (wanted === undefined) return `it has a variant ${variantWord(name, cached)}, which the one that is wanted has not`
  return `it was built with ${variantWord(name, cached)} instead of ${variantWord(name, wanted)}`
}

function flagsText(name: string, value: string | undefined): string {
  return value === undefined ? `no ${name}` : `${name}="${value}"`
}

function patchesText(value: string | undefined): string {
  const patches = (value ?? '').split(',').filter((sha256) => sha256 !== '')
  if (patches.length === 0) return 'no patches'
  return `the patch${patches.length === 1 ? '' : 'es'} ${listNames(patches.map((sha256) => sha256.slice(0, 7)))}`
}

function externalText(path: string | undefined): string {
  return path === undefined ? 'one that Spack built' : `the external${path === '' ? '' : ` at ${path}`}`
}

function spliceText(hash: string | undefined): string {
  return hash === undefined ? 'as it was built' : `spliced from /${hash.slice(0, 7)}`
}
