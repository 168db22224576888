import type { ActRequest } from '../../api/acts.ts'
import { notBuilt } from '../../support/not-built.ts'
import type { ActSetting, PreparedAct } from './acts.ts'

export async function prepareTag(
  _request: Extract<ActRequest, { kind: 'tag' }>,
  _setting: ActSetting,
): Promise<PreparedAct> {
  throw notBuilt()
}
