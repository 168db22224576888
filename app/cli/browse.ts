import { randomUUID } from 'node:crypto'
import { describeExplaining, describeReading } from '../../main/api/format.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { interruption } from './interrupt.ts'
import { movingLine } from './moving-line.ts'
import { withEngine } from './session.ts'

/** Milliseconds before it is said that something is being read: what is quicker needs no words. */
const PATIENCE = 500

/**
 * Looks into a repository with an engine of its own: on a terminal it says how far the reading is, and Ctrl-C ends it.
 * `run` names the call; what was read until then is remembered.
 */
export async function browse<T>(look: (engine: OwnedEngine, run: string) => Promise<T>): Promise<T> {
  const interrupted = interruption()
  try {
    return await withEngine(async (engine) => {
      const run = randomUUID()
      interrupted.signal.addEventListener('abort', () => void engine.call('run.cancel', { run }), { once: true })
      const stop = sayHowFar(engine, run, process.stderr)
      try {
        return await look(engine, run)
      } finally {
        stop()
      }
    })
  } finally {
    interrupted.release()
  }
}

/** Says on a terminal how far a run is, once that takes a while. The function that comes back takes the words away. */
export function sayHowFar(engine: Pick<OwnedEngine, 'on'>, run: string, stream: NodeJS.WriteStream): () => void {
  const line = movingLine(stream)
  const startedAt = Date.now()
  const say = (of: string, words: string): void => {
    if (of === run && Date.now() - startedAt >= PATIENCE) line.show(words)
  }
  const stops = [
    engine.on('catalog.progress', (progress) => say(progress.run, describeReading(progress))),
    engine.on('explain.progress', ({ run: of, progress }) => say(of, describeExplaining(progress))),
  ]
  return () => {
    for (const stop of stops) stop()
    line.end()
  }
}
