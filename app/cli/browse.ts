import { randomUUID } from 'node:crypto'
import { formatCount } from '../../main/api/format.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { interruption } from './interrupt.ts'
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

function sayHowFar(engine: OwnedEngine, run: string, stream: NodeJS.WriteStream): () => void {
  if (!stream.isTTY || process.env.TERM === 'dumb') return () => undefined
  const startedAt = Date.now()
  let said = false
  const stop = engine.on('catalog.progress', ({ run: of, read, total }) => {
    if (of !== run || Date.now() - startedAt < PATIENCE) return
    said = true
    stream.write(`\r\u001b[KReading ${formatCount(total)} tags, ${formatCount(read)} so far`)
  })
  return () => {
    stop()
    if (said) stream.write('\r\u001b[K')
  }
}
