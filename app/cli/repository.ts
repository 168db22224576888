import { resolve } from 'node:path'
import type { RepositoryRequestInput } from '../../main/api/catalog.ts'
import { type LoginOptions, readCredentials } from './secret.ts'

/** The options of every command that works on one repository, as commander hands them over (`repository-options.ts`). */
export interface RepositoryOptions extends LoginOptions {
  readonly env?: string
  readonly spack?: string
  readonly caFile?: readonly string[]
  readonly insecure?: boolean
  readonly json?: boolean
}

/** The request's part that says which repository, and how to get in. */
export async function repositoryRequest(
  repository: string,
  options: RepositoryOptions,
  command: string,
): Promise<RepositoryRequestInput> {
  return {
    repository,
    spack: options.spack === undefined ? undefined : resolve(options.spack),
    environment: environmentName(options.env ?? (process.env.SPACK_ENV || undefined)),
    caFiles: (options.caFile ?? []).map((file) => resolve(file)),
    insecure: options.insecure,
    credentials: await readCredentials(options, command),
  }
}

/** A bare word is an environment's name; only what is plainly a path is a folder, and becomes absolute. */
export function environmentName<T extends string | undefined>(written: T): T | string {
  return written !== undefined && /^\.{0,2}(\/|$)/.test(written) ? resolve(written) : written
}
