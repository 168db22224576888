import { asObject, asStrings } from '../json.ts'
import type { SpecNode } from './graph.ts'

/**
 * archspec's microarchitectures, each with the direct ancestors whose programs it runs (`from` in the table of archspec
 * 0.2.5, which Spack 1.1 carries). What is not listed stands for itself: a family (`x86_64`, `aarch64`, `riscv64`), or a
 * processor that is younger than this table. Which features a compiler really used is not known from a name.
 */
const parentsOf: Readonly<Record<string, string>> = {
  i686: 'x86',
  pentium2: 'i686',
  pentium3: 'pentium2',
  pentium4: 'pentium3',
  prescott: 'pentium4',
  x86_64_v2: 'x86_64',
  x86_64_v3: 'x86_64_v2',
  x86_64_v4: 'x86_64_v3',
  nocona: 'x86_64',
  core2: 'nocona',
  nehalem: 'core2 x86_64_v2',
  westmere: 'nehalem',
  sandybridge: 'westmere',
  ivybridge: 'sandybridge',
  haswell: 'ivybridge x86_64_v3',
  broadwell: 'haswell',
  skylake: 'broadwell',
  mic_knl: 'broadwell',
  skylake_avx512: 'skylake x86_64_v4',
  cannonlake: 'skylake',
  cascadelake: 'skylake_avx512',
  icelake: 'cascadelake cannonlake',
  sapphirerapids: 'icelake',
  k10: 'x86_64',
  bulldozer: 'x86_64_v2',
  piledriver: 'bulldozer',
  steamroller: 'piledriver',
  excavator: 'steamroller x86_64_v3',
  zen: 'x86_64_v3',
  zen2: 'zen',
  zen3: 'zen2',
  zen4: 'zen3 x86_64_v4',
  zen5: 'zen4',
  power7: 'ppc64',
  power8: 'power7',
  power9: 'power8',
  power10: 'power9',
  power8le: 'ppc64le',
  power9le: 'power8le',
  power10le: 'power9le',
  'armv8.1a': 'aarch64',
  'armv8.2a': 'armv8.1a',
  'armv8.3a': 'armv8.2a',
  'armv8.4a': 'armv8.3a',
  'armv8.5a': 'armv8.4a',
  'armv8.6a': 'armv8.5a',
  'armv9.0a': 'armv8.5a',
  thunderx2: 'armv8.1a',
  a64fx: 'armv8.2a',
  cortex_a72: 'aarch64',
  neoverse_n1: 'cortex_a72 armv8.2a',
  neoverse_v1: 'neoverse_n1 armv8.4a',
  neoverse_v2: 'neoverse_n1 armv9.0a',
  neoverse_n2: 'neoverse_n1 armv9.0a',
  m1: 'armv8.4a',
  m2: 'm1 armv8.5a',
  m3: 'm2 armv8.6a',
  m4: 'm3 armv8.6a',
  u74mc: 'riscv64',
}

const families: ReadonlySet<string> = new Set(
  `x86 x86_64 aarch64 arm ppc ppcle ppc64 ppc64le sparc sparc64 riscv64`.split(' '),
)

/** A target as a spec names it. */
export interface Target {
  readonly name: string
  /** The direct ancestors that the spec itself names; none where it holds the name alone. */
  readonly parents: readonly string[]
}

/** The target of a package: with its ancestors where Spack stored them (everything that is not a family itself). */
export function targetOf(node: SpecNode): Target {
  const stored = asObject(asObject(node.raw.arch)?.target)
  return { name: node.target, parents: asStrings(stored?.parents) }
}

/**
 * The family of a Spack target: `skylake` and `x86_64_v3` are `x86_64`, `armv9.2a` and `m1` are `aarch64`. A name that
 * nothing is known of is its own family.
 */
export function targetFamily(target: string, storedParents: readonly string[] = []): string {
  let name = target
  for (let parent = firstParent(name, storedParents); parent !== undefined; parent = firstParent(name, []))
    name = parent
  return name
}

function firstParent(name: string, stored: readonly string[]): string | undefined {
  const known = parentsOf[name]?.split(' ')[0] ?? stored[0]
  if (known !== undefined || families.has(name)) return known
  // Levels that came after the table: their names spell the family.
  if (/^x86_64_v\d$/.test(name)) return 'x86_64'
  return /^armv[89]\.\da$/.test(name) ? 'aarch64' : undefined
}

/**
 * Whether a machine of one target runs what was compiled for another: when it is the same or one of its ancestors.
 * `undefined` where the names do not tell: a machine that the table does not know, or a target of which nothing is
 * known at all.
 */
export function runsOn(target: Target, machine: string): boolean | undefined {
  if (target.name === machine) return true
  const isKnown = (name: string): boolean => families.has(name) || parentsOf[name] !== undefined
  if (!isKnown(machine)) return undefined
  if (ancestors(machine).has(target.name)) return true
  return isKnown(target.name) || target.parents.length > 0 ? false : undefined
}

function ancestors(name: string): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [name]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const parent of parentsOf[next]?.split(' ') ?? []) {
      if (found.has(parent)) continue
      found.add(parent)
      waiting.push(parent)
    }
  }
  return found
}
