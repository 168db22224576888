import type { InstallPlan, InstallRequest, PlannedInstall } from '../../api/install.ts'
import type { Digest } from '../../registry/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { SpecGraph, SpecNode } from '../../spack/spec/graph.ts'
import type { StrataError } from '../../support/errors.ts'
import type { Catalog } from '../catalog.ts'
import type { Decision } from './decide.ts'
import type { Target } from './target.ts'

/** A package's layer in the cache, as its manifest and config describe it. */
export interface RemoteLayer {
  readonly digest: Digest
  readonly size: number
  readonly diffId: Digest
}

/** A package of the plan with what the run needs beyond the plan's plain data. */
export interface PreparedInstall extends Decision {
  readonly node: SpecNode
  readonly root: boolean
  /** Where it is or will be. */
  readonly prefix: string | undefined
  readonly layer: RemoteLayer | undefined
  /** Something of another run lies beside its prefix. */
  readonly leftovers: boolean
  /** Why there is no layer, when there should be one. */
  readonly problem: StrataError | undefined
  readonly planned: PlannedInstall
}

/** A plan, and everything that was read for it. */
export interface PreparedInstallation {
  readonly request: InstallRequest
  readonly repository: Repository
  readonly target: Target
  readonly catalog: Catalog
  readonly graph: SpecGraph
  /** Dependencies first. */
  readonly packages: readonly PreparedInstall[]
  /** The prefix here of every package that is or will be installed, by DAG hash. */
  readonly prefixes: ReadonlyMap<string, string>
  readonly databaseVersion: number
  readonly plan: InstallPlan
}
