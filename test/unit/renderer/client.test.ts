import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient, EngineError } from '../../../renderer/client.ts'
import { type ConnectionState, type SocketLike, socketTransport } from '../../../renderer/transport.ts'

/** A socket whose other end is the test. */
class Socket extends EventTarget implements SocketLike {
  readyState = 0
  readonly sent: { id: number; method: string }[] = []
  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  open(): void {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }
  break(): void {
    this.readyState = 3
    this.dispatchEvent(new Event('close'))
  }
  receive(message: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }))
  }
}

function setUp() {
  const sockets: Socket[] = []
  const client = createClient(
    socketTransport(() => {
      const socket = new Socket()
      sockets.push(socket)
      return socket
    }),
  )
  const states: ConnectionState[] = []
  client.onState((state) => states.push(state))
  const socket = (index: number): Socket => {
    const found = sockets[index]
    if (!found) throw new Error(`no socket ${index}`)
    return found
  }
  return { client, states, socket, count: () => sockets.length }
}

describe('the client over a WebSocket', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('holds requests until the connection is there, then sends them', async () => {
    const { client, socket } = setUp()
    const answer = client.call('cache.info', {})
    expect(socket(0).sent).toEqual([])
    socket(0).open()
    expect(socket(0).sent).toEqual([{ id: 1, method: 'cache.info', input: {} }])
    socket(0).receive({ id: 1, ok: { blobs: 3 } })
    expect(await answer).toEqual({ blobs: 3 })
  })

  it('turns an error envelope into an EngineError with its code and hint', async () => {
    const { client, socket } = setUp()
    socket(0).open()
    const answer = client.call('push.run', { plan: 'p' })
    socket(0).receive({ id: 1, error: { code: 'plan-stale', message: 'stale', hint: 'plan again' } })
    const error = await answer.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(EngineError)
    expect(error).toMatchObject({ body: { code: 'plan-stale', hint: 'plan again' } })
  })

  it('connects again after a break, slower each time, and rejects what was under way', async () => {
    const { client, socket, states, count } = setUp()
    socket(0).open()
    const lost = client.call('jobs.list', {}).catch((thrown: unknown) => String(thrown))
    socket(0).break()
    expect(await lost).toContain('broke')
    vi.advanceTimersByTime(250)
    expect(count()).toBe(2)
    socket(1).break()
    vi.advanceTimersByTime(250)
    expect(count()).toBe(2)
    vi.advanceTimersByTime(250)
    expect(count()).toBe(3)
    socket(2).open()
    expect(states).toEqual(['connecting', 'open', 'lost', 'lost', 'open'])
  })

  it('delivers events to those who subscribed, until they end it', () => {
    const { client, socket } = setUp()
    socket(0).open()
    const seen: string[] = []
    const end = client.on('job.changed', (job) => seen.push(job.id))
    socket(0).receive({ event: 'job.changed', payload: { id: 'a' } })
    socket(0).receive({ event: 'settings.changed', payload: {} })
    end()
    socket(0).receive({ event: 'job.changed', payload: { id: 'b' } })
    expect(seen).toEqual(['a'])
  })
})
