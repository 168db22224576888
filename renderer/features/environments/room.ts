import type { EnvironmentDetail, EnvironmentRef } from '../../../main/api/models.ts'
import type { EnvironmentsRoute, View } from '../../app/routes.ts'

/** The views that are not of packages. */
export type RoomName = Exclude<View, 'table' | 'graph' | 'treemap'>

export function isRoom(view: View): view is RoomName {
  return view !== 'table' && view !== 'graph' && view !== 'treemap'
}

export type OneEnvironment = EnvironmentsRoute & { readonly ref: EnvironmentRef }

/** What each of them is given. */
export interface RoomProps {
  readonly route: OneEnvironment
  /** Undefined where the environment cannot be read: for a broken spack.yaml, say. */
  readonly environment: EnvironmentDetail | undefined
}
