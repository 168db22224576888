import * as z from 'zod'
import { RepositoryRequest } from './catalog.ts'
import { Composition, CompositionPreview, Publication } from './compose.ts'
import { EnvironmentRef, Finding, GivenCredentials } from './models.ts'

/** What can be done with a repository's tags. Each act has a plan, which the user looks at, and a run, which is a job. */

export const ActRequest = z.discriminatedUnion('kind', [
  /** Gives an image further tags. */
  RepositoryRequest.extend({
    kind: z.literal('tag'),
    /** A tag or digest. */
    from: z.string().min(1),
    to: z.array(z.string()).min(1),
  }),
  /** Copies tags, with the packages that they need, to another repository, registry or OCI folder. */
  RepositoryRequest.extend({
    kind: z.literal('copy'),
    /** Tags, or specs of the cache (`name`, `name@version`, `/hash`). None: everything. */
    tags: z.array(z.string()).default([]),
    to: z.string().min(1),
    toCredentials: GivenCredentials.optional(),
    /** The packages of the run-time closure as well, so that the copy can be installed from. */
    dependencies: z.boolean().default(true),
    updateIndex: z.boolean().default(true),
  }),
  RepositoryRequest.extend({
    kind: z.literal('delete'),
    tags: z.array(z.string()).min(1),
    updateIndex: z.boolean().default(true),
  }),
  /** Deletes the packages that nothing kept needs. Environment images and `index.spack` are spared. */
  RepositoryRequest.extend({
    kind: z.literal('prune'),
    /** What is kept with all that it needs; at least one of these. */
    keep: z.object({
      /** The roots of these environments' lockfiles. */
      environments: z.array(EnvironmentRef).default([]),
      /** Tags, or specs of the cache. */
      tags: z.array(z.string()).default([]),
      /** Of each name the newest so many versions' packages. */
      newest: z.number().int().min(1).optional(),
      /** What was made within so many days. */
      days: z.number().min(0).optional(),
    }),
    /** Keep what the kept packages were built with, too. */
    buildDependencies: z.boolean().default(false),
  }),
  /** Brings `index.spack` up to date. */
  RepositoryRequest.extend({ kind: z.literal('index') }),
  /** Whether everything that is referenced is there, with the right size. */
  RepositoryRequest.extend({
    kind: z.literal('check'),
    /** None: all. */
    tags: z.array(z.string()).default([]),
    /** Reads every blob and verifies its digest. */
    deep: z.boolean().default(false),
  }),
  /** Puts an image of packages together and publishes it. */
  RepositoryRequest.extend({ kind: z.literal('compose') })
    .extend(Composition.shape)
    .extend(Publication.shape)
    /** `all`: layers that nobody has looked into are, to tell whether the image will run; `known`: none is read. */
    .extend({ examine: z.enum(['known', 'all']).default('all') }),
  /** Joins published images, one of each platform, in one image index. */
  RepositoryRequest.extend({
    kind: z.literal('combine'),
    /** Tags or digests of the repository, or references; what lies elsewhere is copied or mounted. */
    images: z.array(z.string().min(1)).min(1),
    tag: z.string().min(1),
  }),
  /** Writes an image to a file or a folder of this machine. */
  RepositoryRequest.extend({
    kind: z.literal('export'),
    /** A tag or digest. */
    image: z.string().min(1),
    /** `oci-layout:///folder[:tag]`, or `docker-archive:/file.tar`: for `docker load` and `podman load`. */
    to: z.string().min(1),
    /** Of an image index, one platform alone: `linux/arm64`. An archive holds one only. */
    platform: z.string().optional(),
  }),
])
export type ActRequest = z.infer<typeof ActRequest>
export type ActRequestInput = z.input<typeof ActRequest>
export const ActKind = z.enum(['tag', 'copy', 'delete', 'prune', 'index', 'check', 'compose', 'combine', 'export'])
export type ActKind = z.infer<typeof ActKind>

/** One thing that the run will do, or leave alone. */
export const ActStep = z.object({
  /** Unique in the plan. */
  key: z.string(),
  /**
   * write · copy: sent · mount: appears without being sent · present: there already · delete · keep: spared ·
   * check: looked at.
   */
  action: z.enum(['write', 'copy', 'mount', 'present', 'delete', 'keep', 'check']),
  object: z.enum(['tag', 'manifest', 'blob', 'index']),
  /** A tag, `name@version`, or a short digest. */
  name: z.string(),
  digest: z.string().optional(),
  bytes: z.number().optional(),
  why: z.string(),
})
export type ActStep = z.infer<typeof ActStep>

export const ActPlan = z.object({
  /** Names this plan for `act.run`. */
  id: z.string(),
  kind: ActKind,
  title: z.string(),
  madeAt: z.number(),
  repository: z.string(),
  /** Of a copy: where to. */
  target: z.string().optional(),
  /** What changes first, what is spared last. */
  steps: z.array(ActStep),
  sums: z.object({
    /** Tags written, copied, deleted or checked. */
    tags: z.number(),
    kept: z.number(),
    /** Bytes that are copied, freed or read. Freed ones are those that nothing else in the repository uses. */
    bytes: z.number(),
  }),
  /** Nothing would change. */
  empty: z.boolean(),
  findings: z.array(Finding),
  /** Of a composition, what comes of it. */
  composition: CompositionPreview.optional(),
  /** The command that does the same. */
  command: z.string(),
})
export type ActPlan = z.infer<typeof ActPlan>
