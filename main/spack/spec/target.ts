/**
 * The families of archspec's microarchitectures, each with the names that do not spell their family. What is not
 * listed is its own family, as `arm`, `ppc` or `sparc64` are.
 */
const families = {
  x86: 'i686 pentium2 pentium3 pentium4 prescott',
  x86_64:
    'nocona core2 nehalem westmere sandybridge ivybridge haswell broadwell skylake mic_knl skylake_avx512 ' +
    'cannonlake cascadelake icelake sapphirerapids k10 bulldozer piledriver steamroller excavator zen zen2 zen3 zen4 zen5',
  aarch64: 'thunderx2 a64fx cortex_a72 neoverse_n1 neoverse_v1 neoverse_v2 neoverse_n2 m1 m2 m3 m4',
  ppc64le: 'power8le power9le power10le',
  ppc64: 'power7 power8 power9 power10',
  riscv64: 'u74mc',
} as const

export type TargetFamily =
  | keyof typeof families
  | 'arm'
  | 'ppc'
  | 'ppcle'
  | 'sparc'
  | 'sparc64'
  | (string & { readonly __family?: never })

const familyOf = new Map<string, TargetFamily>(
  Object.entries(families).flatMap(([family, names]) => names.split(' ').map((name) => [name, family] as const)),
)

/** The family of a Spack target: `skylake` and `x86_64_v3` are `x86_64`, `armv8.2a` and `m1` are `aarch64`. */
export function targetFamily(target: string): TargetFamily {
  if (/^x86_64_v\d$/.test(target)) return 'x86_64'
  if (/^armv[89]\.\da$/.test(target)) return 'aarch64'
  return familyOf.get(target) ?? target
}
