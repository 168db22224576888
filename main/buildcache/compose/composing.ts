import type { ComposeRequest } from '../../api/compose.ts'
import type { EventName, EventPayload, Output, Parsed } from '../../api/contract.ts'
import { abortable } from '../../registry/abortable.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { Host } from '../source.ts'
import type { CacheReading } from './cache-reading.ts'
import { describeOpened } from './describe-opened.ts'
import { examineComposition } from './examined.ts'
import { parseComposition } from './file.ts'
import { type Gathered, gather } from './gather.ts'
import { describeComposition } from './preview.ts'
import { composeProgress, type OnComposeProgress } from './progress.ts'
import { createSessions, isAccessProblem } from './sessions.ts'

/** Composing as the contract names it. */
export interface Composing {
  'compose.preview'(input: Parsed<'compose.preview'>, signal: AbortSignal): Promise<Output<'compose.preview'>>
  'compose.open'(input: Parsed<'compose.open'>, signal: AbortSignal): Promise<Output<'compose.open'>>
  'compose.parse'(input: Parsed<'compose.parse'>): Promise<Output<'compose.parse'>>
  close(): Promise<void>
}

/** How long, in milliseconds, a base image's tag is believed to point where it pointed while somebody composes. */
const BASE_AGE = 60_000
/** That there is no such package is said of a cache that was looked at within so many milliseconds. */
const UNKNOWN_AGE = 5_000

export function createComposing(parts: {
  readonly host: () => Host
  readonly store: BlobStore
  readonly emit: <E extends EventName>(event: E, payload: EventPayload<E>) => void
  readonly now: () => number
}): Composing {
  const { store, now } = parts
  const sessions = createSessions(parts)
  return {
    // What is read goes on for the next question when this one is given up.
    'compose.preview': ({ examine: mode, run, ...request }, signal) =>
      abortable(
        sessions.within(request, async (reading, forget) => {
          const onProgress = composeProgress(run, parts)
          const gathered = await gatherLately(reading, request, now, onProgress)
          if (isAccessProblem(gathered.baseError)) forget()
          const examination = await examineComposition(gathered, reading, { store, mode, signal, onProgress })
          return describeComposition(gathered, request, reading.repository.reference, examination)
        }),
        signal,
      ),
    'compose.open': ({ tag, run: _, ...request }, signal) =>
      abortable(
        sessions.within(request, (reading) => describeOpened(reading, tag)),
        signal,
      ),
    'compose.parse': async ({ text, file }) => parseComposition(text, file, parts.host().home),
    close: () => sessions.close(),
  }
}

/** A package that is not found may have been pushed since the cache was looked at: then it is looked at once more. */
async function gatherLately(
  reading: CacheReading,
  request: ComposeRequest,
  now: () => number,
  onProgress: OnComposeProgress,
): Promise<Gathered> {
  const options = { maxBaseAge: BASE_AGE, onProgress }
  const gathered = await gather(reading, request, options)
  const isUnknown = gathered.roots.some((root) => root.hash === undefined && root.error.code === 'package-not-found')
  if (!isUnknown || now() - gathered.view.readAt < UNKNOWN_AGE) return gathered
  await reading.refresh()
  return gather(reading, request, options)
}
