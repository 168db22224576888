import type { SpecGraph, SpecNode } from './graph.ts'

/** Parameters that are compiler flags, not variants (Spack's `_valid_compiler_flags`). */
export const compilerFlags: readonly string[] = ['cflags', 'cppflags', 'cxxflags', 'fflags', 'ldflags', 'ldlibs']

/**
 * A spec as Spack's `spec.format()` writes it: what a manifest's description holds. Until spec v4 with the compiler and
 * `arch=`, since v5 (Spack 1.0) without a compiler and with platform, os and target. An unknown hash gives itself.
 */
export function formatSpec(graph: SpecGraph, hash: string): string {
  const node = graph.nodes.get(hash)
  if (node === undefined) return `/${hash}`
  const modern = graph.specVersion >= 5
  const parts = [node.name, '@', formatVersion(node.version)]
  if (!modern && node.compiler) parts.push(`%${node.compiler.name}@=${node.compiler.version}`)
  parts.push(formatFlags(node, modern), variantText(node, modern))
  parts.push(
    modern
      ? ` platform=${node.platform} os=${node.os} target=${node.target}`
      : ` arch=${node.platform}-${node.os}-${node.target}`,
  )
  return parts.join('').trim()
}

/** The name in a spec as people write it, without its namespace; empty where there is none, as in `+mpi` or `$list`. */
export function specName(text: string): string {
  return /^(?:[\w-]+\.)*([\w-]+)/.exec(text.trim())?.[1] ?? ''
}

/** The variants alone, for people: `+ssl~doc build_system=autotools`. */
export function formatVariants(node: SpecNode): string {
  return variantText(node, false).trim()
}

/** What `formatVariants` wrote, read back: booleans as such, every other value as the list of its parts. */
export function parseVariants(text: string): Record<string, boolean | string[]> {
  const found: Record<string, boolean | string[]> = {}
  for (const [, sigil, flag, name, value = ''] of text.matchAll(variantPattern)) {
    if (flag !== undefined) found[flag] = sigil === '+'
    else if (name !== undefined) found[name] = unquoted(value).split(',')
  }
  return found
}

const variantPattern = /([+~])([\w-]+)|([\w-]+):?=('[^']*'|"(?:[^"\\]|\\.)*"|\S*)/g

function unquoted(value: string): string {
  if (value.startsWith("'")) return value.slice(1, -1)
  return value.startsWith('"') ? String(JSON.parse(value)) : value
}

/** A plain version is pinned with `=`; one that names a git commit is written as it is. */
function formatVersion(version: string): string {
  const isGit = version.startsWith('git.') || version.includes('=') || /^[0-9a-f]{40}$/.test(version)
  return isGit ? version : `=${version}`
}

function formatFlags(node: SpecNode, modern: boolean): string {
  const set = compilerFlags.flatMap((name) => {
    const value = node.parameters[name]
    return Array.isArray(value) && value.length > 0 ? [` ${name}=${quoteIfNeeded(value.join(' '), modern)}`] : []
  })
  return set.length > 0 ? `${set.join('')} ` : ''
}

/** Booleans first, then the rest, each by name (Spack's `VariantMap.__str__`). */
function variantText(node: SpecNode, modern: boolean): string {
  const names = Object.keys(node.parameters).filter((name) => !compilerFlags.includes(name))
  const booleans: string[] = []
  const others: string[] = []
  for (const name of names.sort()) {
    const value = node.parameters[name]
    if (typeof value === 'boolean') {
      booleans.push(`${value ? '+' : '~'}${name}`)
      continue
    }
    const isList = Array.isArray(value)
    const values = (isList ? value : [value]).map(String).sort()
    // A patch is known by the start of its sha256.
    const shown = name === 'patches' ? values.map((sha256) => sha256.slice(0, 7)) : values
    others.push(` ${name}${isList && modern ? ':=' : '='}${quoteIfNeeded(shown.join(','), modern)}`)
  }
  return booleans.join('') + others.join('')
}

/** Single quotes around what the spec parser would not take bare; double quotes when it holds single ones. */
function quoteIfNeeded(value: string, modern: boolean): string {
  const bare = modern ? /^[a-zA-Z0-9,/_.\-[\]]+$/ : /^[a-zA-Z0-9,/_.-]+$/
  if (bare.test(value)) return value
  return value.includes("'") ? JSON.stringify(value) : `'${value}'`
}
