import * as z from 'zod'
import { EnvironmentRef, Finding } from './models.ts'

/**
 * The user's own Spack, run for what only Spack can do. Each run has a plan with the exact command, which the user looks
 * at, and is a job; what Spack prints is kept line by line.
 */

/** `reuse`: what is installed or in a build cache as far as it fits. `fresh`: the newest. Absent: as configured. */
const concretizing = {
  solve: z.enum(['reuse', 'fresh']).optional(),
  /** Spack's `-j`. */
  jobs: z.number().int().min(1).max(512).optional(),
}

/** One argument for Spack, as it parses it: `hdf5@1.14 +mpi`, `/hash`. */
const spec = z.string().min(1).max(4096)

const anyRun = EnvironmentRef.partial().extend({
  /** ANSI colours in what Spack prints. */
  colours: z.boolean().default(true),
})

export const SpackRunRequest = z.discriminatedUnion('action', [
  anyRun.extend({
    action: z.literal('concretize'),
    ...concretizing,
    /** Also what was concretized before. */
    force: z.boolean().default(false),
  }),
  anyRun.extend({
    action: z.literal('install'),
    ...concretizing,
    /** None: all roots of the environment. */
    specs: z.array(spec).default([]),
    /** From build caches alone; nothing is built. */
    cacheOnly: z.boolean().default(false),
    /** From source alone, whatever a build cache has: what was padded too little is only helped by a build. */
    noCache: z.boolean().default(false),
    /** Makes the specs roots of the environment. */
    add: z.boolean().default(false),
  }),
  anyRun.extend({
    action: z.literal('uninstall'),
    specs: z.array(spec).min(1),
    /** What depends on them as well. */
    dependents: z.boolean().default(false),
    /** Even though others depend on them; they are broken afterwards. */
    force: z.boolean().default(false),
    /** Out of the environment's spack.yaml, too. */
    remove: z.boolean().default(false),
  }),
  anyRun.extend({ action: z.literal('find'), specs: z.array(spec).default([]) }),
])
export type SpackRunRequest = z.infer<typeof SpackRunRequest>
export type SpackRunRequestInput = z.input<typeof SpackRunRequest>
export const SpackAction = z.enum(['concretize', 'install', 'uninstall', 'find'])
export type SpackAction = z.infer<typeof SpackAction>

export const SpackPlan = z.object({
  /** Names this plan for `spack.run`. */
  id: z.string(),
  action: SpackAction,
  title: z.string(),
  madeAt: z.number(),
  /** What is run, word for word, quoted for a POSIX shell. */
  command: z.string(),
  /** The folder it is run in. */
  cwd: z.string(),
  /** What is set for it besides the user's own environment. */
  variables: z.record(z.string(), z.string()),
  spack: z.object({ root: z.string(), version: z.string().optional() }),
  /** The environment's folder. */
  environment: z.string().optional(),
  findings: z.array(Finding),
})
export type SpackPlan = z.infer<typeof SpackPlan>

/** A line that Spack printed: its place in the output, from 0, and its text with no control codes but colours. */
export const OutputLine = z.object({ number: z.number(), text: z.string() })
export type OutputLine = z.infer<typeof OutputLine>

export const OutputRequest = z.object({
  job: z.string(),
  /** The first line; below 0 it counts from the end. */
  from: z.number().int().default(0),
  count: z.number().int().min(1).max(5000).default(500),
  /** Only lines with these words in them, whatever their case and colours. */
  search: z.string().max(1000).optional(),
})
export type OutputRequest = z.infer<typeof OutputRequest>

export const OutputPage = z.object({
  lines: z.array(OutputLine),
  /** Lines that are kept so far. */
  total: z.number(),
  /** Where the next page begins, when there is more. */
  next: z.number().optional(),
  /** Of a run under way, the beginning of a line that has not ended: a question, for one. */
  partial: z.string().optional(),
})
export type OutputPage = z.infer<typeof OutputPage>

/** What was printed since the last event, at most ten times a second. What a flood leaves out is read as a page. */
export const SpackOutput = z.object({
  job: z.string(),
  /** The number of the first of `lines`. */
  from: z.number(),
  lines: z.array(z.string()),
  /** Lines that are kept so far. */
  total: z.number(),
  /** The beginning of a line that has not ended: a question, for one. */
  partial: z.string().optional(),
})
export type SpackOutput = z.infer<typeof SpackOutput>
