import * as z from 'zod'

/**
 * Every error code there is, in one list: stable words that scripts, tests and the window may rely on.
 * Grouped by what the user was dealing with when it failed.
 */
export const errorCodes = [
  // what was asked
  'usage',
  'unknown-method',
  'untrusted-sender',
  'cancelled',
  'plan-stale',
  'internal',
  // Spack's own files
  'spack-not-found',
  'environment-not-found',
  'package-not-found',
  'config-invalid',
  'lockfile-missing',
  'lockfile-invalid',
  'lockfile-too-new',
  'database-missing',
  'database-invalid',
  'database-too-new',
  'spec-invalid',
  'spec-too-new',
  'prefix-missing',
  'not-installed',
  'spack-failed',
  'edit-refused',
  'environment-exists',
  // packing
  'file-unreadable',
  'file-changed',
  'tar-unrepresentable',
  // relocating
  'relocation-impossible',
  // unpacking and registering
  'layer-invalid',
  'layer-unsafe',
  'file-missing',
  'prefix-exists',
  'lock-timeout',
  'locks-unavailable',
  // this machine
  'disk-full',
  'permission-denied',
  'file-exists',
  'io',
  'worker-failed',
  // the blob store
  'blob-damaged',
  'blob-missing',
  // registries
  'reference-invalid',
  'tag-invalid',
  'registry-unreachable',
  'registry-tls',
  'registry-not-a-registry',
  'registry-auth',
  'no-keychain',
  'registry-denied',
  'registry-not-found',
  'registry-rate-limited',
  'registry-server-error',
  'registry-out-of-space',
  'registry-cut',
  'registry-protocol',
  'registry-unsupported',
  'digest-mismatch',
  'size-exceeded',
  'manifest-invalid',
  'layout-invalid',
  'archive-invalid',
  'blob-in-use',
  'index-contended',
  'platform-missing',
  // a push as a whole
  'push-incomplete',
  // an act on a repository as a whole
  'act-incomplete',
  // something about the images stands in its way: the plan's problems say what
  'act-refused',
  // an install as a whole
  'install-incomplete',
  'dependency-failed',
  'prefix-conflict',
] as const

export const ErrorCode = z.enum(errorCodes)
export type ErrorCode = z.infer<typeof ErrorCode>

/** An error as it crosses a process: what failed on what, what to do now, and machine-readable details. */
export const ErrorBody = z.object({
  code: ErrorCode,
  message: z.string(),
  hint: z.string().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
})
export type ErrorBody = z.infer<typeof ErrorBody>
