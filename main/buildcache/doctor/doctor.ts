import type { DoctorReport, DoctorStep } from '../../api/registries.ts'
import type { Connection } from '../connection.ts'

/** Tries step by step whether a repository can be read and written, and says why not. Never rejects but when cancelled. */
export async function examine(
  _connection: Connection,
  _options: { readonly onStep?: (step: DoctorStep) => void; readonly signal?: AbortSignal },
): Promise<DoctorReport> {
  throw new Error('not built yet')
}
