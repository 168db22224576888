import type { ActRequest } from '../../api/acts.ts'
import { notBuilt } from '../../support/not-built.ts'
import type { ActSetting, PreparedAct } from './acts.ts'

export async function preparePrune(
  _request: Extract<ActRequest, { kind: 'prune' }>,
  _setting: ActSetting,
): Promise<PreparedAct> {
  throw notBuilt()
}
