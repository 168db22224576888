import { randomUUID } from 'node:crypto'
import type { ComposeProgress } from '../../main/api/compose.ts'
import { formatBytes, plural } from '../../main/api/format.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { movingLine } from './moving-line.ts'

/**
 * A call of the engine that may have to read a lot for a composition, under the name of a run that it hands to it: while it
 * lasts a line of the terminal says what is read.
 */
export async function showingReading<T>(
  engine: OwnedEngine,
  call: (run: string) => Promise<T>,
  run: string = randomUUID(),
): Promise<T> {
  const line = movingLine(process.stderr)
  const stop = engine.on('compose.progress', (progress) => {
    if (progress.run === run) line.show(describeReading(progress))
  })
  try {
    return await call(run)
  } finally {
    stop()
    line.end()
  }
}

/** `Importing debian12.tar: 120 MB of 600 MB`, `Looked into 2 of 14 layers: python@3.11.6`. */
export function describeReading({ what, done, total, name }: ComposeProgress): string {
  return what === 'import'
    ? `Importing ${name}: ${formatBytes(done)} of ${formatBytes(total)}`
    : `Looked into ${done} of ${plural(total, 'layer')}: ${name}`
}
