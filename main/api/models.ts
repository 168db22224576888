import * as z from 'zod'
import { ErrorBody } from './errors.ts'
import { RegistrySettings } from './registries.ts'

/**
 * The engine's vocabulary as it crosses to a window, a browser or a script. Sizes are bytes, times are milliseconds
 * since 1970, rates are bytes a second, hashes are Spack's full DAG hashes, digests are `sha256:…`.
 */

export const DependencyType = z.enum(['build', 'link', 'run', 'test'])
export type DependencyType = z.infer<typeof DependencyType>

/** Something the user should know before going on. `problem` stands in the way, `warning` may, `note` does not. */
export const Finding = z.object({
  severity: z.enum(['note', 'warning', 'problem']),
  message: z.string(),
  hint: z.string().optional(),
  /** DAG hash of the package it is about. */
  hash: z.string().optional(),
})
export type Finding = z.infer<typeof Finding>

// ---- Spack ---------------------------------------------------------------------------------------------------------

/** Which environment: a named one of a Spack instance, or any folder with a spack.yaml. */
export const EnvironmentRef = z.object({
  /** Root folder of the Spack instance (`SPACK_ROOT`). Found by itself when absent. */
  spack: z.string().optional(),
  /** A folder that stands for `/` for everything that Spack wrote: a mounted image, the sample. */
  sysroot: z.string().optional(),
  /** A named environment's name, or a folder. */
  environment: z.string(),
})
export type EnvironmentRef = z.infer<typeof EnvironmentRef>

export const EnvironmentEntry = z.object({
  ref: EnvironmentRef,
  name: z.string(),
  folder: z.string(),
  concretized: z.boolean(),
})
export type EnvironmentEntry = z.infer<typeof EnvironmentEntry>

export const SpackInstance = z.object({
  root: z.string(),
  sysroot: z.string().optional(),
  version: z.string().optional(),
  /** How it was found, in words: `SPACK_ROOT`, `PATH`, `home folder`, `remembered`, `sample`. */
  foundBy: z.string(),
  /** Whether its own `bin/spack` can be asked. */
  runnable: z.boolean(),
  environments: z.array(EnvironmentEntry),
  /** Why it could not be read, when it could not. */
  problem: ErrorBody.optional(),
})
export type SpackInstance = z.infer<typeof SpackInstance>

/** What the Environments screen lists at its left. */
export const Workspace = z.object({
  instances: z.array(SpackInstance),
  /** Remembered independent environments. */
  folders: z.array(EnvironmentEntry),
  /** Whether the sample that ships with the app is there to be tried. */
  sampleAvailable: z.boolean(),
})
export type Workspace = z.infer<typeof Workspace>

export const Dependency = z.object({
  hash: z.string(),
  types: z.array(DependencyType),
  virtuals: z.array(z.string()),
})

export const PackageSummary = z.object({
  hash: z.string(),
  name: z.string(),
  version: z.string(),
  namespace: z.string().optional(),
  /** `gcc@12.2.0`, when one is known. */
  compiler: z.string().optional(),
  target: z.string(),
  os: z.string(),
  platform: z.string(),
  /** Variants and flags as Spack writes them: `+shared build_system=autotools`. */
  variants: z.string(),
  /** A root of the environment. */
  root: z.boolean(),
  installed: z.boolean(),
  external: z.boolean(),
  prefix: z.string().optional(),
  /** The upstream store that holds it, when it is not in the instance's own. */
  upstream: z.string().optional(),
  dependencies: z.array(Dependency),
})
export type PackageSummary = z.infer<typeof PackageSummary>

export const Mirror = z.object({
  name: z.string(),
  fetchUrl: z.string().optional(),
  pushUrl: z.string().optional(),
  /** An OCI registry (`oci://`, `oci+http://`): what Strata can push to. */
  oci: z.boolean(),
  signed: z.boolean().optional(),
  /** Who says so: the configuration scope, then the file and the line in brackets. */
  scope: z.string(),
})
export type Mirror = z.infer<typeof Mirror>

export const EnvironmentDetail = z.object({
  ref: EnvironmentRef,
  name: z.string(),
  folder: z.string(),
  /** Root specs as written in spack.yaml. */
  specs: z.array(z.string()),
  concretized: z.boolean(),
  lockfileVersion: z.number().optional(),
  roots: z.array(z.object({ hash: z.string(), spec: z.string() })),
  packages: z.array(PackageSummary),
  mirrors: z.array(Mirror),
  spack: z.object({ root: z.string(), version: z.string().optional() }).optional(),
  store: z
    .object({
      root: z.string(),
      paddedRoot: z.string(),
      /** Who says so, as with a mirror; absent where Spack's own default counts. */
      rootScope: z.string().optional(),
      paddingScope: z.string().optional(),
      databaseVersion: z.number().optional(),
    })
    .optional(),
  findings: z.array(Finding),
})
export type EnvironmentDetail = z.infer<typeof EnvironmentDetail>

// ---- layer stack ---------------------------------------------------------------------------------------------------

/** One band of the picture, bottom first. Plain data: plan, progress, browsing and composing all feed it. */
export const StackLayer = z.object({
  /** Unique in the stack: the DAG hash of a package, the digest of a base layer. */
  key: z.string(),
  /** merged: one layer that several packages' are merged into. */
  kind: z.enum(['base', 'package', 'merged']),
  name: z.string(),
  /** Of a package its version; of a base image's layer which one it is. */
  version: z.string().optional(),
  state: z.enum(['base', 'present', 'reuse', 'build', 'problem']),
  /** Compressed size; for what is not packed yet the size on disk, and `estimated` says so. */
  bytes: z.number(),
  estimated: z.boolean(),
  root: z.boolean(),
  /** Names of the packages that need it by a link or run edge. */
  neededBy: z.array(z.string()),
  /** Other images of the repository that hold the same layer, when that is known. */
  sharedWith: z.array(z.string()).optional(),
  digest: z.string().optional(),
})
export type StackLayer = z.infer<typeof StackLayer>

// ---- push ----------------------------------------------------------------------------------------------------------

/** Credentials as typed by the user. They go in and never come out again. */
export const GivenCredentials = z.union([
  z.object({ username: z.string(), password: z.string() }),
  z.object({ token: z.string() }),
])
export type GivenCredentials = z.infer<typeof GivenCredentials>

const pushTarget = {
  /** A reference (`oci://host/name`, `oci+http://…`, `oci-layout:///folder`) or the name of a mirror. */
  to: z.string().min(1),
  credentials: GivenCredentials.optional(),
  /** PEM files of certificate authorities to trust beside the system's. */
  caFiles: z.array(z.string()).default([]),
  /** Accept any certificate. Said loudly in the plan. */
  insecure: z.boolean().default(false),
}

export const PushRequest = EnvironmentRef.partial().extend({
  ...pushTarget,
  /**
   * Specs to push instead of all roots: a name, `name@version` or `/hash` each. Without an environment they are looked
   * up among everything that is installed.
   */
  packages: z.array(z.string()).default([]),
  /** `package`: the chosen packages only, without their dependencies (as Spack's `--only package`). */
  only: z.enum(['all', 'package']).default('all'),
  buildDependencies: z.boolean().default(true),
  baseImage: z.string().optional(),
  /** Tag of an image that holds the whole environment. */
  tag: z.string().optional(),
  updateIndex: z.boolean().default(false),
  /** Write manifests and upload what is missing even for packages that are there. */
  force: z.boolean().default(false),
  /** Push packages whose recipe forbids redistribution as well. */
  private: z.boolean().default(false),
  allowMissing: z.boolean().default(false),
  failFast: z.boolean().default(false),
  /** Packages in work at a time; the number of processors when absent. */
  jobs: z.number().int().min(1).max(512).optional(),
})
export type PushRequest = z.infer<typeof PushRequest>
export type PushRequestInput = z.input<typeof PushRequest>

export const PlannedPackage = z.object({
  hash: z.string(),
  name: z.string(),
  version: z.string(),
  tag: z.string(),
  /**
   * present: the registry has it · reuse: its layer is in the blob store · build: it has to be packed ·
   * external: not Spack's to ship · missing: not installed · private: its recipe forbids redistribution.
   */
  action: z.enum(['present', 'reuse', 'build', 'external', 'missing', 'private']),
  why: z.string(),
  /** Whether its tag is written: what is present already stays as it is, unless forced or put on another base. */
  writes: z.boolean(),
  root: z.boolean(),
  /** Layer of a package that is present or reused. */
  digest: z.string().optional(),
  /** Compressed size, when known. */
  size: z.number().optional(),
  /** Size on disk of what has to be packed. */
  diskSize: z.number().optional(),
})
export type PlannedPackage = z.infer<typeof PlannedPackage>

/** What is known of a base image before anything is copied. */
export const BaseFacts = z.object({
  /** As it was named. */
  reference: z.string(),
  digest: z.string(),
  format: z.enum(['oci', 'docker']),
  /** Go's name. */
  architecture: z.string(),
  layers: z.number(),
  bytes: z.number(),
})

export const PushPlan = z.object({
  /** Names this plan for `push.run`. */
  id: z.string(),
  madeAt: z.number(),
  title: z.string(),
  /** Where it goes, written out in full. */
  target: z.string(),
  packages: z.array(PlannedPackage),
  /** `bytesToCopy`: of its layers that the target lacks. */
  base: BaseFacts.extend({ bytesToCopy: z.number() }).optional(),
  /** The environment image's layers, or with no tag every chosen package's: base first, roots last. */
  stack: z.array(StackLayer),
  image: z.object({ tag: z.string(), reference: z.string(), layers: z.number() }).optional(),
  updatesIndex: z.boolean(),
  sums: z.object({
    present: z.number(),
    reuse: z.number(),
    build: z.number(),
    external: z.number(),
    missing: z.number(),
    private: z.number(),
    /** Bytes on disk to be packed. */
    bytesToPack: z.number(),
    /** Compressed bytes known to go over the wire: reused layers and base layers. Packing adds to it. */
    bytesToUpload: z.number(),
    /** Layers of the largest image with the base's; docker takes at most 127. */
    layers: z.number(),
    layerLimit: z.number(),
  }),
  /** Where the images' environment variables come from. */
  environmentSource: z.object({ kind: z.enum(['spack', 'prefixes']), why: z.string() }),
  findings: z.array(Finding),
  /** The command that does the same. */
  command: z.string(),
})
export type PushPlan = z.infer<typeof PushPlan>

export const PushedTag = z.object({
  tag: z.string(),
  reference: z.string(),
  digest: z.string(),
  kind: z.enum(['package', 'image', 'index']),
})

export const PushResult = z.object({
  tags: z.array(PushedTag),
  /** Packages that could not be pushed, and tags left unwritten because their closure is incomplete. */
  failed: z.array(z.object({ hash: z.string(), name: z.string(), error: ErrorBody })),
  bytesUploaded: z.number(),
  seconds: z.number(),
  /** How to use it: one line a tool, true as it stands. */
  usage: z.array(z.object({ tool: z.string(), command: z.string() })),
})
export type PushResult = z.infer<typeof PushResult>

// ---- install: what comes of it (install.ts has the rest) ---------------------------------------------------------

export const InstallResult = z.object({
  installed: z.array(z.object({ hash: z.string(), name: z.string(), version: z.string(), prefix: z.string() })),
  failed: z.array(z.object({ hash: z.string(), name: z.string(), error: ErrorBody })),
  bytesFetched: z.number(),
  seconds: z.number(),
  /** How to use it: one line a tool, true as it stands. */
  usage: z.array(z.object({ tool: z.string(), command: z.string() })),
})
export type InstallResult = z.infer<typeof InstallResult>

// ---- acts on a repository: what comes of them (acts.ts has the rest) ------------------------------------------------

export const ActResult = z.object({
  /** What was done, a line each: tags written, copied or deleted. */
  done: z.array(z.string()),
  failed: z.array(z.object({ name: z.string(), error: ErrorBody })),
  /** What a check found, what a prune could not free. */
  findings: z.array(Finding),
  bytes: z.number(),
  seconds: z.number(),
  /** Of an act that makes an image: where it is now, its digest, and how to use it. */
  image: z
    .object({
      reference: z.string(),
      digest: z.string(),
      usage: z.array(z.object({ tool: z.string(), command: z.string() })),
    })
    .optional(),
})
export type ActResult = z.infer<typeof ActResult>

// ---- running Spack: what comes of it (spack-runs.ts has the rest) ---------------------------------------------------

export const SpackResult = z.object({
  /** Absent when a signal ended it. */
  exitCode: z.number().optional(),
  signal: z.string().optional(),
  /** Lines that it printed. */
  lines: z.number(),
  seconds: z.number(),
  /** What went wrong in its own words, and where the build logs are. */
  findings: z.array(Finding),
})
export type SpackResult = z.infer<typeof SpackResult>

// ---- jobs ----------------------------------------------------------------------------------------------------------

export const JobItem = z.object({
  /** DAG hash, or what else names it: `base`, `image`, `index`, a tag. */
  key: z.string(),
  name: z.string(),
  phase: z.enum([
    'waiting',
    'pack',
    'upload',
    'fetch',
    'unpack',
    'register',
    'act',
    'build',
    'done',
    'failed',
    'skipped',
  ]),
  /** What Spack calls the phase of a build: `cmake`, `install`. */
  doing: z.string().optional(),
  /** Bytes of the phase under way. */
  done: z.number(),
  total: z.number(),
})
export type JobItem = z.infer<typeof JobItem>

export const JobProgress = z.object({
  itemsDone: z.number(),
  itemsTotal: z.number(),
  /** Weighted bytes over all steps: what the overall bar shows. */
  bytesDone: z.number(),
  bytesTotal: z.number(),
  rate: z.number(),
  secondsLeft: z.number().optional(),
  /** Why nothing moves, while a registry lets us wait; it counts down: `ghcr.io: waiting 12 s (…)`. */
  waiting: z.string().optional(),
  /** The end of that wait: another moment is another wait. */
  waitingUntil: z.number().optional(),
  items: z.array(JobItem),
})
export type JobProgress = z.infer<typeof JobProgress>

export const JobState = z.enum(['running', 'paused', 'done', 'failed', 'cancelled', 'interrupted'])
export type JobState = z.infer<typeof JobState>

export const Job = z.object({
  id: z.string(),
  kind: z.enum(['push', 'install', 'act', 'spack']),
  title: z.string(),
  state: JobState,
  /** It was cancelled, and what it has begun is being brought to an end. */
  ending: z.boolean().optional(),
  startedAt: z.number(),
  endedAt: z.number().optional(),
  progress: JobProgress,
  command: z.string(),
  log: z.array(z.object({ at: z.number(), message: z.string() })),
  stack: z.array(StackLayer),
  error: ErrorBody.optional(),
  /** What a push did. */
  result: PushResult.optional(),
  /** What an install did. */
  installed: InstallResult.optional(),
  /** What an act on a repository did. */
  acted: ActResult.optional(),
  /** How a run of Spack ended. */
  ran: SpackResult.optional(),
})
export type Job = z.infer<typeof Job>

// ---- this machine --------------------------------------------------------------------------------------------------

export const CacheInfo = z.object({
  folder: z.string(),
  blobs: z.number(),
  layers: z.number(),
  bytes: z.number(),
  limitBytes: z.number(),
})
export type CacheInfo = z.infer<typeof CacheInfo>

export const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Size limit of the blob store; the least recently used blobs go first. */
  cacheLimitBytes: z
    .number()
    .min(0)
    .default(20 * 1024 ** 3),
  /** Spack roots and environment folders the user opened. */
  remembered: z.array(z.string()).default([]),
  recentTargets: z.array(z.string()).default([]),
  recentBaseImages: z.array(z.string()).default([]),
  /** What was set for single registries. */
  registries: z.array(RegistrySettings).default([]),
})
export type Settings = z.infer<typeof Settings>

export const AppInfo = z.object({
  version: z.string(),
  platform: z.string(),
  processors: z.number(),
  /** Where settings, blob store, journal and logs live. */
  home: z.string(),
})
export type AppInfo = z.infer<typeof AppInfo>

export { pushTarget }
