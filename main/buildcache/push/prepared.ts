import type { PushPlan, PushRequest } from '../../api/models.ts'
import type { BaseImage } from '../../image/base.ts'
import type { Repository } from '../../registry/repository.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import type { Recipes } from '../recipes.ts'
import type { Source } from '../source.ts'
import type { Decision } from './decide.ts'
import type { Selection } from './select.ts'

/** A package of the plan with what the run needs beyond the plan's plain data. */
export interface PreparedPackage extends Decision {
  readonly node: SpecNode
  readonly tag: string
  /** Go's name of what it was built for. */
  readonly architecture: string
  readonly diskSize: number | undefined
}

/** Everything that was read and decided for a plan, so that the run reads none of it again. */
export interface Preparation {
  readonly request: PushRequest
  readonly source: Source
  readonly target: Repository
  readonly baseRepository: Repository | undefined
  /** The base image for each architecture among the packages (Go's name). */
  readonly bases: ReadonlyMap<string, BaseImage>
  /** The chosen packages and those that their images need. */
  readonly packages: ReadonlyMap<string, PreparedPackage>
  readonly selection: Selection
  readonly recipes: Recipes
  /** Whether a package to be written may be passed on; undefined when nobody could be asked. */
  redistributable(hash: string): boolean | undefined
}

/** A plan, and what it was made from. */
export interface PreparedPush extends Preparation {
  readonly plan: PushPlan
}
