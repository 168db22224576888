import type { EventName, EventPayload, Output, Parsed } from '../../api/contract.ts'
import { abortable } from '../../registry/abortable.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { Host } from '../source.ts'
import { describeOpened } from './describe-opened.ts'
import { examineComposition } from './examined.ts'
import { parseComposition } from './file.ts'
import { gather } from './gather.ts'
import { describeComposition } from './preview.ts'
import { createSessions } from './sessions.ts'

/** Composing as the contract names it. */
export interface Composing {
  'compose.preview'(input: Parsed<'compose.preview'>, signal: AbortSignal): Promise<Output<'compose.preview'>>
  'compose.open'(input: Parsed<'compose.open'>, signal: AbortSignal): Promise<Output<'compose.open'>>
  'compose.parse'(input: Parsed<'compose.parse'>): Promise<Output<'compose.parse'>>
  close(): Promise<void>
}

/** How long, in milliseconds, a base image's tag is believed to point where it pointed while somebody composes. */
const BASE_AGE = 60_000
/** Milliseconds between two events of progress. */
const PAUSE = 100

export function createComposing(parts: {
  readonly host: () => Host
  readonly store: BlobStore
  readonly emit: <E extends EventName>(event: E, payload: EventPayload<E>) => void
  readonly now: () => number
}): Composing {
  const { store, emit, now } = parts
  const sessions = createSessions(parts)
  const progressOf = (run: string | undefined): ((done: number, total: number, name: string) => void) => {
    let toldAt = Number.NEGATIVE_INFINITY
    return (done, total, name) => {
      if (run === undefined || (done < total && now() - toldAt < PAUSE)) return
      toldAt = now()
      emit('compose.progress', { run, done, total, name })
    }
  }
  return {
    'compose.preview': ({ examine: mode, run, ...request }, signal) =>
      // What is read goes on for the next question, when this one is given up.
      sessions.within(request, async (reading) => {
        const gathered = await abortable(gather(reading, request, { maxBaseAge: BASE_AGE }), signal)
        const onProgress = progressOf(run)
        const examination = await examineComposition(gathered, reading, { store, mode, signal, onProgress })
        return describeComposition(gathered, request, reading.repository.reference, examination)
      }),
    'compose.open': ({ tag, run: _, ...request }, signal) =>
      sessions.within(request, (reading) => abortable(describeOpened(reading, tag), signal)),
    'compose.parse': async ({ text, file }) => parseComposition(text, file),
    close: () => sessions.close(),
  }
}
