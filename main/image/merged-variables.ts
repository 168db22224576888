import type { EnvironmentModification } from '../spack/ask.ts'
import type { ImageConfig } from './document.ts'
import { applyModifications, startingVariables, type Variables, variablesOf } from './environment.ts'

/** Who says a variable's value, or a part of it. */
export type VariableSource =
  /** What every image begins with: the default PATH. */
  | { readonly kind: 'default' }
  | { readonly kind: 'base' }
  | { readonly kind: 'package'; readonly hash: string }
  | { readonly kind: 'user' }

export interface MergedVariable {
  readonly name: string
  readonly value: string
  /** Path-like: its entries are joined from all who say something. */
  readonly list: boolean
  /** Those whose words the value is made of, in the order in which they were heard. */
  readonly from: readonly VariableSource[]
}

/** One value was to be had, and more are said. */
export interface VariableConflict {
  readonly name: string
  /** Each value with those who say it, lowest layer first. */
  readonly says: readonly { readonly value: string; readonly by: readonly VariableSource[] }[]
  /** What the image gets: what the user set, else what the topmost root says. */
  readonly value: string
  readonly settled: boolean
}

export interface MergedVariables {
  /** In the order in which they were first set. */
  readonly variables: readonly MergedVariable[]
  readonly conflicts: readonly VariableConflict[]
}

/** A package as far as its variables go. */
export interface VariablesOfPackage {
  readonly hash: string
  readonly root: boolean
  /** `config.Env` of its image in the cache; undefined when that is not known. */
  readonly env: readonly string[] | undefined
}

const systemFolders: ReadonlySet<string> = new Set([
  '/bin',
  '/sbin',
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
])

/**
 * Whether an entry of PATH is one of the folders of every Linux system: the image that a package was pushed as begins
 * with them, they are not the package's.
 */
export function isSystemFolder(entry: string): boolean {
  return systemFolders.has(entry)
}

/** List variables whose names do not say so. */
const listNames: ReadonlySet<string> = new Set([
  'PERL5LIB',
  'R_LIBS',
  'R_LIBS_SITE',
  'R_LIBS_USER',
  'XDG_DATA_DIRS',
  'XDG_CONFIG_DIRS',
])
/** Lua's search paths are patterns that are parted by semicolons. */
const luaNames = /^LUA_C?PATH(?:_5_\d)?$/

/**
 * What parts the entries of a path-like variable; undefined when the variable has one value as a whole.
 *
 * The rule. A variable is path-like when its name ends in `PATH` or is in a short list of others (`PERL5LIB`,
 * `XDG_DATA_DIRS`, …), or when everyone who sets it says absolute paths and at least one says several, parted by
 * colons. A URL (`://`) makes it a single value whatever its name, and so does a name like `JAVA_HOME` with one path:
 * two homes are a conflict, two search paths are not.
 */
export function listSeparator(name: string, values: readonly string[]): ':' | ';' | undefined {
  if (values.some((value) => value.includes('://'))) return undefined
  if (luaNames.test(name)) return ';'
  if (/PATH$/.test(name) || listNames.has(name)) return ':'
  const entries = values.map((value) => value.split(':').filter((entry) => entry !== ''))
  const areAbsolute = entries.every((list) => list.length > 0 && list.every((entry) => entry.startsWith('/')))
  return areAbsolute && entries.some((list) => list.length > 1) ? ':' : undefined
}

/**
 * The variables of an image of several packages, from what the cache says of each.
 *
 * The `Env` of a package in a cache is what Spack evaluated for it with its run-time closure. Path-like variables: the
 * dependencies and then the roots, lowest layer first, each put those of their entries in front that no one before has.
 * So every package comes before its dependencies, and what was chosen before what came along: where a root and another
 * root's dependency have a program of one name, the chosen one is found. The base image's entries come last. Spack has
 * roots in front in PATH likewise. Other variables have one value, the topmost root's: what a root's dependencies say is
 * in its own `Env` already. Where roots, or a root and the base, say different things, that is a conflict. What the user
 * sets has the last word and settles it; `${NAME}` in it stands for what the variable has been so far.
 */
export function mergeVariables(parts: {
  readonly base: ImageConfig | undefined
  /** Lowest layer first. */
  readonly packages: readonly VariablesOfPackage[]
  readonly extra: Readonly<Record<string, string>>
}): MergedVariables {
  const { extra } = parts
  const start = startingVariables(parts.base)
  const inBase = variablesOf(parts.base?.config?.Env ?? [])
  const packages = [...parts.packages.filter((one) => !one.root), ...parts.packages.filter((one) => one.root)].map(
    (one) => ({ ...one, variables: variablesOf(one.env ?? []) }),
  )
  const separators = separatorsOf([start, ...packages.map((one) => one.variables)])
  const heard = new Hearing(start, inBase, separators)
  for (const one of packages) heard.hear(one)
  const merged = applyModifications(start, heard.modifications)
  const conflicts = [...heard.singles]
    .filter(([, says]) => says.length > 1)
    .map(([name, says]) => ({
      name,
      says,
      value: extra[name] ?? merged.get(name) ?? '',
      settled: Object.hasOwn(extra, name),
    }))
  const sources = heard.sources(merged)
  for (const [name, value] of Object.entries(extra)) {
    merged.set(
      name,
      value.replaceAll(`\${${name}}`, () => merged.get(name) ?? ''),
    )
    sources.set(name, [{ kind: 'user' }])
  }
  const variables = [...merged].map(([name, value]) => {
    return { name, value, list: separators.get(name) !== undefined, from: sources.get(name) ?? [] }
  })
  return { variables, conflicts }
}

function separatorsOf(all: readonly Variables[]): ReadonlyMap<string, ':' | ';' | undefined> {
  const said = new Map<string, string[]>()
  for (const variables of all) {
    for (const [name, value] of variables) {
      const values = said.get(name)
      if (values) values.push(value)
      else said.set(name, [value])
    }
  }
  return new Map([...said].map(([name, values]) => [name, listSeparator(name, values)]))
}

/** Listens to one package after the other: what has to be done to the starting variables, and who said what. */
class Hearing {
  readonly modifications: EnvironmentModification[] = []
  /** Variables with one value: each value that was said, with those who said it. */
  readonly singles = new Map<string, { readonly value: string; readonly by: VariableSource[] }[]>()
  private readonly start: Variables
  private readonly separators: ReadonlyMap<string, ':' | ';' | undefined>
  private readonly listSources = new Map<string, VariableSource[]>()
  /** Entries of path-like variables so far. */
  private readonly entries = new Map<string, Set<string>>()

  constructor(start: Variables, inBase: Variables, separators: ReadonlyMap<string, ':' | ';' | undefined>) {
    this.start = start
    this.separators = separators
    for (const name of start.keys()) this.listSources.set(name, [{ kind: inBase.has(name) ? 'base' : 'default' }])
    for (const [name, value] of inBase) if (!separators.get(name)) this.say(name, value, { kind: 'base' })
  }

  hear({ hash, root, variables }: { hash: string; root: boolean; variables: Variables }): void {
    const source: VariableSource = { kind: 'package', hash }
    for (const [name, value] of variables) {
      const separator = this.separators.get(name)
      if (separator) {
        this.addEntries(name, value, separator, source)
      } else if (root) {
        this.say(name, value, source)
        this.modifications.push({ op: 'set', name, value, separator: ':' })
      }
    }
  }

  /** Who made the values what they are. */
  sources(values: Variables): Map<string, readonly VariableSource[]> {
    const found = new Map<string, readonly VariableSource[]>(this.listSources)
    for (const [name, says] of this.singles) {
      found.set(name, says.find((one) => one.value === values.get(name))?.by ?? [])
    }
    return found
  }

  private addEntries(name: string, value: string, separator: string, source: VariableSource): void {
    const known = this.entries.get(name) ?? new Set(this.start.get(name)?.split(separator))
    this.entries.set(name, known)
    const added = [...new Set(value.split(separator))].filter((entry) => isNew(name, entry, known))
    if (added.length === 0) return
    for (const entry of added) known.add(entry)
    for (const entry of added.reverse()) this.modifications.push({ op: 'prepend', name, value: entry, separator })
    const sources = this.listSources.get(name)
    if (sources) sources.push(source)
    else this.listSources.set(name, [source])
  }

  private say(name: string, value: string, by: VariableSource): void {
    const says = this.singles.get(name) ?? []
    const same = says.find((one) => one.value === value)
    if (same) same.by.push(by)
    else says.push({ value, by: [by] })
    this.singles.set(name, says)
  }
}

function isNew(name: string, entry: string, known: ReadonlySet<string>): boolean {
  if (entry === '' || known.has(entry)) return false
  return name !== 'PATH' || !isSystemFolder(entry)
}
