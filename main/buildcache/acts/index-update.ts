import type { ActRequest } from '../../api/acts.ts'
import { notBuilt } from '../../support/not-built.ts'
import type { ActSetting, PreparedAct } from './acts.ts'

export async function prepareIndex(
  _request: Extract<ActRequest, { kind: 'index' }>,
  _setting: ActSetting,
): Promise<PreparedAct> {
  throw notBuilt()
}
