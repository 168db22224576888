import * as z from 'zod'
import { RepositoryRequest } from './catalog.ts'
import { Finding } from './models.ts'

/** Why a build cache was not used: what of an environment it holds, and how what it holds differs. Units as in models.ts. */

export const ExplainRequest = RepositoryRequest.extend({
  /** The cache; the environment's only OCI mirror when absent. */
  repository: z.string().min(1).optional(),
  /**
   * Which packages: specs of the environment (or, without one, of what is installed), or abstract specs of what might be
   * asked for. All roots when there are none. Lines that Spack printed of its plan are understood as well
   * (main/buildcache/explain/plan-lines.ts).
   */
  specs: z.array(z.string()).default([]),
  /** Every package of the environment instead of its roots. */
  all: z.boolean().default(false),
})
export type ExplainRequest = z.infer<typeof ExplainRequest>

/** How far it is: first the tags that the index lacks are read, then each package that was asked about is looked at. */
export const ExplainProgress = z.object({
  what: z.enum(['tags', 'packages']),
  done: z.number(),
  total: z.number(),
})
export type ExplainProgress = z.infer<typeof ExplainProgress>

/** A reason for which a package of the cache is another one, as words and as what differs. */
export const Reason = z.object({
  /** What differs: `version`, `compiler`, `variant`, … (`differenceKinds` in main/spack/spec/difference.ts). */
  kind: z.string(),
  /** `vim differs because ncurses differs because it was built with gcc@12.2.0 instead of gcc@13.1.0`. */
  text: z.string(),
  /** What may be done about it, one way a line. */
  advice: z.array(z.string()),
  /** Names from the package down to the one that differs. */
  path: z.array(z.string()),
  /** Which variant, virtual package or dependency. */
  subject: z.string().optional(),
  wanted: z.string().optional(),
  cached: z.string().optional(),
  /** Further packages below that differ in the same: the first few, and how many there are. */
  also: z.array(z.string()),
  alsoCount: z.number(),
})
export type Reason = z.infer<typeof Reason>

/** A package of the cache that is like the one that is wanted. */
export const NearPackage = z.object({
  hash: z.string(),
  name: z.string(),
  version: z.string(),
  /** As Spack writes it. */
  spec: z.string(),
  tag: z.string(),
  /** 0 for what fits; how it is reckoned stands in main/spack/spec/causes.ts. */
  distance: z.number(),
  /** The nearest first; at most twenty, and `reasonCount` says how many there are. */
  reasons: z.array(Reason),
  reasonCount: z.number(),
})
export type NearPackage = z.infer<typeof NearPackage>

/**
 * usable: the cache has it and nothing stands in the way · hindered: it has it, and `findings` say what stands in the way ·
 * gone: its index lists it, its tag is gone · differs: it has other builds of it · absent: it has nothing of that name ·
 * external: not Spack's to fetch.
 */
export const ExplainedState = z.enum(['usable', 'hindered', 'gone', 'differs', 'absent', 'external'])
export type ExplainedState = z.infer<typeof ExplainedState>

export const ExplainedPackage = z.object({
  /** The concrete spec, or the abstract one as it was given. */
  spec: z.string(),
  name: z.string(),
  /** Absent for an abstract spec. */
  hash: z.string().optional(),
  version: z.string().optional(),
  state: ExplainedState,
  /** One sentence. */
  summary: z.string(),
  findings: z.array(Finding),
  /** The most alike first; those that fit an abstract spec. */
  near: z.array(NearPackage),
})
export type ExplainedPackage = z.infer<typeof ExplainedPackage>

export const Explanation = z.object({
  /** The reference written out in full. */
  repository: z.string(),
  /** Packages of the cache. */
  packages: z.number(),
  /** What holds for everything in the cache: its mirror, its index. */
  findings: z.array(Finding),
  explained: z.array(ExplainedPackage),
  /** Causes that several of these packages have in common, the most frequent first. */
  common: z.array(z.object({ text: z.string(), advice: z.array(z.string()), packages: z.array(z.string()) })),
  sums: z.record(ExplainedState, z.number()),
  /** The command that explains the same. */
  command: z.string(),
})
export type Explanation = z.infer<typeof Explanation>
