import type { ActRequest } from '../../api/acts.ts'
import { notBuilt } from '../../support/not-built.ts'
import type { ActSetting, PreparedAct } from './acts.ts'

export async function prepareCopy(
  _request: Extract<ActRequest, { kind: 'copy' }>,
  _setting: ActSetting,
): Promise<PreparedAct> {
  throw notBuilt()
}
