import type { CiProvider } from '../../api/ci.ts'

/** What a CI file is made of: plain data, every word of it already checked. */
export interface CiJob {
  readonly provider: CiProvider
  readonly environment: {
    readonly name: string
    /** Relative to the top of the repository, as a shell and Spack take it for a folder: `.`, `./envs/tools`. */
    readonly folder: string
    readonly concretized: boolean
  }
  /** `oci://ghcr.io/me/cache` */
  readonly cache: string
  /** Host of the registry: it decides which login the CI has for it. */
  readonly registry: string
  readonly tag?: string
  readonly baseImage?: string
  readonly targets: readonly CiTarget[]
  readonly spack: {
    /** A tag or branch of Spack's repository: `v1.1.0`. */
    readonly ref: string
    /** Whether a mirror may name the variables of its login (since Spack 0.23). */
    readonly loginVariables: boolean
  }
  /** The command that makes the file, from the top of the repository. */
  readonly command: string
}

export interface CiTarget {
  /** `x86_64_v3` */
  readonly name: string
  /** archspec's family: `x86_64`. */
  readonly family: string
}

/** The tag of one target's image, before all of them get one tag together. */
export function targetTag(tag: string, target: CiTarget): string {
  return `${tag}-${target.name}`
}
