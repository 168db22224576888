import type { ActRequest } from '../../api/acts.ts'
import { StrataError } from '../../support/errors.ts'
import type { ActSetting, PreparedAct } from '../acts/act.ts'

export async function prepareCompose(
  request: Extract<ActRequest, { kind: 'compose' }>,
  _setting: ActSetting,
): Promise<PreparedAct> {
  throw new StrataError('internal', `${request.kind} is not built yet`)
}
