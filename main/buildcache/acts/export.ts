import type { ActRequest } from '../../api/acts.ts'
import { StrataError } from '../../support/errors.ts'
import type { ActSetting, PreparedAct } from './act.ts'

export async function prepareExport(
  request: Extract<ActRequest, { kind: 'export' }>,
  _setting: ActSetting,
): Promise<PreparedAct> {
  throw new StrataError('internal', `${request.kind} is not built yet`)
}
