import * as z from 'zod'
import { ErrorBody } from './errors.ts'
import { EnvironmentRef, Finding, GivenCredentials } from './models.ts'

/** What it takes to install from a build cache, and what comes of it. Units and hashes as in models.ts. */

export const InstallRequest = z.object({
  /** The cache: a reference (`oci://host/name`, `oci+http://…`, `oci-layout:///folder`) or the name of a mirror. */
  from: z.string().min(1),
  credentials: GivenCredentials.optional(),
  caFiles: z.array(z.string()).default([]),
  insecure: z.boolean().default(false),
  /** Root of a Spack installation, whose own store is then meant, or a folder that is or becomes a store. */
  into: z.string().min(1),
  /** Specs of the cache: `name`, `name@version`, `/hash`. */
  specs: z.array(z.string()).default([]),
  /** All roots of this environment's lockfile. */
  environment: EnvironmentRef.optional(),
  /** Everything that the cache holds. */
  all: z.boolean().default(false),
  buildDependencies: z.boolean().default(false),
  /** Replace roots that are installed already. */
  overwrite: z.boolean().default(false),
})
export type InstallRequest = z.infer<typeof InstallRequest>
export type InstallRequestInput = z.input<typeof InstallRequest>

/** Where packages go. */
export const InstallTarget = z.object({
  /** A Spack installation's store, or a folder without a Spack. */
  kind: z.enum(['spack', 'folder']),
  spack: z.object({ root: z.string(), version: z.string().optional() }).optional(),
  root: z.string(),
  /** With its padding: holds the packages and the database. */
  paddedRoot: z.string(),
  /** Version of the database that is there, or that will be made. */
  databaseVersion: z.number(),
  /** There is a database already. */
  exists: z.boolean(),
  freeBytes: z.number().optional(),
})
export type InstallTarget = z.infer<typeof InstallTarget>

/** One path that relocation replaces by another. */
export const PathMapping = z.object({
  /** `package`: the package's own prefix · `dependency` · `store`: the store's root · `sbang`. */
  kind: z.enum(['package', 'dependency', 'store', 'sbang']),
  /** The package whose prefix it is. */
  name: z.string().optional(),
  old: z.string(),
  new: z.string(),
})
export type PathMapping = z.infer<typeof PathMapping>

export const PlannedInstall = z.object({
  hash: z.string(),
  name: z.string(),
  version: z.string(),
  root: z.boolean(),
  /**
   * install · overwrite: replaces what is there · installed: in this store · upstream: in a store that this one builds
   * on · external: not Spack's to ship · missing: not in the cache · conflict: its prefix is in the way.
   */
  action: z.enum(['install', 'overwrite', 'installed', 'upstream', 'external', 'missing', 'conflict']),
  why: z.string(),
  prefix: z.string().optional(),
  digest: z.string().optional(),
  /** Compressed size. */
  size: z.number().optional(),
  /** Its layer is in the blob store: nothing to fetch. */
  fetched: z.boolean(),
  /** Its prefix where it was packed, when that is known. */
  oldPrefix: z.string().optional(),
  /**
   * fits: every old path is at least as long as the new one · tight: text, links and run paths can grow, strings
   * inside binaries cannot, and only a look at them tells · checked: looked at, works · refused: looked at, cannot work ·
   * unknown.
   */
  relocation: z.enum(['fits', 'tight', 'checked', 'refused', 'unknown']).optional(),
  /** What is longer than it was, or what stands in the way. */
  problem: ErrorBody.optional(),
  mappings: z.array(PathMapping),
})
export type PlannedInstall = z.infer<typeof PlannedInstall>

/** What happens to a package: its action, or that it is refused because of its problem. */
export type InstallFate = PlannedInstall['action'] | 'refused'

export function fateOf({ action, problem }: PlannedInstall): InstallFate {
  return problem !== undefined && (action === 'install' || action === 'overwrite') ? 'refused' : action
}

export const InstallPlan = z.object({
  id: z.string(),
  title: z.string(),
  madeAt: z.number(),
  from: z.string(),
  target: InstallTarget,
  /** Dependencies first. */
  packages: z.array(PlannedInstall),
  bytesToFetch: z.number(),
  /** A guess from the compressed sizes. */
  bytesOnDisk: z.number(),
  findings: z.array(Finding),
  command: z.string(),
})
export type InstallPlan = z.infer<typeof InstallPlan>

/** How far the look at every package of a plan has come. */
export const CheckProgress = z.object({
  /** Packages that have been looked at, and that are to be. */
  packages: z.number(),
  packagesTotal: z.number(),
  bytesFetched: z.number(),
  bytesToFetch: z.number(),
})
export type CheckProgress = z.infer<typeof CheckProgress>
