import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { RepositoryRequest } from '../../api/catalog.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError } from '../../support/errors.ts'
import { connect } from '../connection.ts'
import { type Host, openSource } from '../source.ts'
import { CacheReading } from './cache-reading.ts'

/** Caches that are kept open: a screen composes from one. */
const KEPT = 3
/** A cache that nobody has asked about for so long is closed, in milliseconds. */
const IDLE = 10 * 60_000
/** What is known of a cache is brought up to date after so long: behind the answer, which does not wait for it. */
const FRESH = 30_000
/** Somebody who comes back after so long does wait for it. */
const STALE = 5 * 60_000

interface Session {
  readonly reading: CacheReading
  /** Work that goes on with it. */
  users: number
  usedAt: number
  refreshing: Promise<unknown> | undefined
  /** Closed as soon as nobody works with it. */
  dropped: boolean
  close(): Promise<void>
}

/** Caches that were opened for composing and what was read of them, so that the next question is answered from memory. */
export interface Sessions {
  /**
   * Work with what is known of a cache, which is brought up to date as the constants above say. `forget`: nothing of this
   * is kept for the next time.
   */
  within<T>(request: RepositoryRequest, work: (reading: CacheReading, forget: () => void) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function createSessions(parts: {
  readonly host: () => Host
  readonly store: BlobStore
  readonly now: () => number
}): Sessions {
  const { store, now } = parts
  const kept = new Map<string, Promise<Session>>()
  const drop = (key: string): void => {
    const session = kept.get(key)
    kept.delete(key)
    void session?.then(closeWhenFree).catch(() => undefined)
  }
  const take = async (key: string, request: RepositoryRequest): Promise<Session> => {
    const known = kept.get(key)
    const opening = known ?? openSession(request, parts.host(), store, now)
    kept.delete(key)
    kept.set(key, opening)
    for (const old of [...kept.keys()].slice(0, -KEPT)) drop(old)
    try {
      return await opening
    } catch (error) {
      if (kept.get(key) === opening) kept.delete(key)
      throw error
    }
  }
  const idling = setInterval(() => {
    for (const [key, session] of kept) {
      void session.then(
        (one) => {
          if (one.users === 0 && now() - one.usedAt > IDLE && kept.get(key) === session) drop(key)
        },
        () => undefined,
      )
    }
  }, IDLE / 10)
  idling.unref()
  return {
    within: async (request, work) => {
      const key = keyOf(request, parts.host())
      let session = await take(key, request)
      while (session.dropped) session = await take(key, request)
      session.users += 1
      try {
        await bringUpToDate(session, now)
        return await work(session.reading, () => drop(key))
      } catch (error) {
        if (isAccessProblem(error)) drop(key)
        throw error
      } finally {
        session.users -= 1
        session.usedAt = now()
        if (session.dropped) await closeWhenFree(session)
      }
    },
    close: async () => {
      clearInterval(idling)
      const open = [...kept.values()]
      kept.clear()
      await Promise.all(open.map((session) => session.then((one) => one.close()).catch(() => undefined)))
    },
  }
}

async function closeWhenFree(session: Session): Promise<void> {
  session.dropped = true
  if (session.users === 0) await session.close()
}

/** Whether access was refused: by the next time the user has perhaps logged in, and logins are looked up once. */
export function isAccessProblem(error: unknown): boolean {
  return error instanceof StrataError && accessCodes.has(error.code)
}

const accessCodes: ReadonlySet<string> = new Set([
  'registry-auth',
  'registry-denied',
  'registry-tls',
  'registry-unreachable',
  'no-keychain',
])

/** A request as a name for what can be known by it, credentials included; digested, so that no secret is kept in it. */
function keyOf(request: RepositoryRequest, { registries }: Host): string {
  const { repository, credentials, caFiles, insecure, spack, environment, sysroot } = request
  const access = { repository, credentials, caFiles, insecure, spack, environment, sysroot, registries }
  return createHash('sha256').update(JSON.stringify(access)).digest('hex')
}

async function openSession(
  request: RepositoryRequest,
  host: Host,
  store: BlobStore,
  now: () => number,
): Promise<Session> {
  const source = await openSource(request, host).catch(() => undefined)
  const connection = await connect({ ...request, to: request.repository, use: 'fetch' }, source, host)
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  const reading = new CacheReading({ connection, store, now, signal: closing.signal, believes: true })
  return {
    reading,
    users: 0,
    usedAt: now(),
    refreshing: undefined,
    dropped: false,
    close: async () => {
      closing.abort(new StrataError('cancelled', 'cancelled'))
      await connection.close()
    },
  }
}

async function bringUpToDate(session: Session, now: () => number): Promise<void> {
  const { readAt } = await session.reading.view()
  const age = now() - readAt
  if (age < FRESH) return
  session.refreshing ??= session.reading.refresh().finally(() => {
    session.refreshing = undefined
  })
  // What went wrong behind an answer goes wrong again before one, when it has become too old.
  if (age > STALE) await session.refreshing
  else session.refreshing.catch(() => undefined)
}
