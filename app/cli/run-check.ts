import { randomUUID } from 'node:crypto'
import { describeCheck } from '../../main/api/format.ts'
import type { InstallPlan, InstallRequestInput } from '../../main/api/install.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import type { Interruption } from './interrupt.ts'
import { movingLine } from './moving-line.ts'

/**
 * Checks an install, saying on a terminal how far it is. The first Ctrl-C cancels cleanly, which rejects with `cancelled`; the
 * second ends the process.
 */
export async function runCheck(
  engine: OwnedEngine,
  request: InstallRequestInput,
  { signal }: Interruption,
): Promise<InstallPlan> {
  const run = randomUUID()
  const line = movingLine(process.stderr)
  const stop = engine.on('install.checked', (event) => {
    if (event.run === run) line.show(describeCheck(event.progress))
  })
  const cancel = (): void => {
    line.end()
    console.error('Stopping. Ctrl-C once more ends it at once.')
    void engine.call('run.cancel', { run })
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const checked = engine.call('install.check', { ...request, run })
    if (signal.aborted) cancel()
    return await checked
  } finally {
    signal.removeEventListener('abort', cancel)
    stop()
    line.end()
  }
}
