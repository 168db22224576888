import * as z from 'zod'
import { EnvironmentRef } from './models.ts'

/** CI files that fill a build cache from an environment: installed with the cache, pushed, tagged as an image. */

export const CiProvider = z.enum(['github', 'gitlab'])
export type CiProvider = z.infer<typeof CiProvider>

export const CiRequest = EnvironmentRef.extend({
  provider: CiProvider,
  /** A reference (`oci://host/name`) or the name of a mirror of the environment. */
  to: z.string().min(1),
  /** Tag of an image of all roots; none is made when absent. */
  tag: z.string().optional(),
  baseImage: z.string().optional(),
  /** Spack targets, a job each; their images end in one image index. The runner's own target when there are none. */
  targets: z.array(z.string().regex(/^[a-z0-9][a-z0-9_.]*$/)).default([]),
})
export type CiRequest = z.infer<typeof CiRequest>

/** What `--force` says: write over a file that holds something else. */
export const CiWriteRequest = CiRequest.extend({ force: z.boolean().default(false) })

export const CiFile = z.object({
  /** Relative to the repository's top folder. */
  path: z.string(),
  text: z.string(),
  /** What the file holds now, where there is one. */
  existing: z.string().optional(),
  /** How that would change, as `diff -u` prints it; absent where it would not. */
  diff: z.string().optional(),
})
export type CiFile = z.infer<typeof CiFile>

export const CiRecipe = z.object({
  provider: CiProvider,
  /** Top folder of the git repository that the environment lies in; absent when it lies in none. */
  folder: z.string().optional(),
  files: z.array(CiFile),
  /** What has to be done or known beside the files, a sentence each. */
  notes: z.array(z.string()),
  command: z.string(),
})
export type CiRecipe = z.infer<typeof CiRecipe>
