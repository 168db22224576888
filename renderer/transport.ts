import type { EventEnvelope, RequestEnvelope, ResponseEnvelope } from '../main/api/contract.ts'

/** Whether the engine can be reached: `lost` while a dropped connection is being made again. */
export type ConnectionState = 'connecting' | 'open' | 'lost'

/** Carries envelopes to the engine and its events back, over whatever this shell has. */
export interface Transport {
  /** Resolves with the engine's answer, an error envelope included; rejects when the connection breaks. */
  send(request: RequestEnvelope): Promise<ResponseEnvelope>
  onEvent(listener: (event: EventEnvelope) => void): () => void
  /** Calls the listener at once with the present state, then at every change. */
  onState(listener: (state: ConnectionState) => void): () => void
}

/** Electron's IPC, through the preload script. It lives as long as the window does. */
export function bridgeTransport(bridge: StrataBridge): Transport {
  return {
    send: (request) => bridge.call(request),
    onEvent: (listener) => bridge.onEvent(listener),
    onState: (listener) => {
      listener('open')
      return () => {}
    },
  }
}

/** What the socket transport needs of a WebSocket; a test hands in its own. */
export interface SocketLike {
  readonly readyState: number
  send(text: string): void
  addEventListener(type: 'open' | 'close' | 'message', listener: (event: Event) => void): void
}

const socketOpen = 1
const firstDelay = 250
const longestDelay = 5_000

interface Waiting {
  readonly resolve: (response: ResponseEnvelope) => void
  readonly reject: (error: Error) => void
}

/**
 * The same envelopes as JSON text over a WebSocket that is made again when it breaks, with delays that double from
 * 250 ms to 5 s. Requests made while it is down wait for it; requests that were under way when it broke reject,
 * because nobody can know whether the engine had begun them.
 */
export function socketTransport(connect: () => SocketLike): Transport {
  const waiting = new Map<number, Waiting>()
  const queue: string[] = []
  const eventListeners = new Set<(event: EventEnvelope) => void>()
  const stateListeners = new Set<(state: ConnectionState) => void>()
  let state: ConnectionState = 'connecting'
  let delay = firstDelay
  let socket = open()

  function setState(next: ConnectionState): void {
    state = next
    for (const listener of stateListeners) listener(next)
  }

  function open(): SocketLike {
    const made = connect()
    made.addEventListener('open', () => {
      delay = firstDelay
      setState('open')
      for (const text of queue.splice(0)) made.send(text)
    })
    made.addEventListener('message', (event) => receive(String((event as MessageEvent).data)))
    made.addEventListener('close', () => {
      setState('lost')
      const queued = new Set(queue.map((text) => (JSON.parse(text) as RequestEnvelope).id))
      for (const [id, call] of waiting) {
        if (queued.has(id)) continue
        waiting.delete(id)
        call.reject(new Error('The connection to Strata broke while this was under way.'))
      }
      setTimeout(() => {
        socket = open()
      }, delay)
      delay = Math.min(delay * 2, longestDelay)
    })
    return made
  }

  function receive(text: string): void {
    const message = JSON.parse(text) as ResponseEnvelope | EventEnvelope
    if ('event' in message) {
      for (const listener of eventListeners) listener(message)
      return
    }
    waiting.get(message.id)?.resolve(message)
    waiting.delete(message.id)
  }

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting.set(request.id, { resolve, reject })
        const text = JSON.stringify(request)
        if (socket.readyState === socketOpen) socket.send(text)
        else queue.push(text)
      }),
    onEvent: (listener) => {
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    onState: (listener) => {
      listener(state)
      stateListeners.add(listener)
      return () => stateListeners.delete(listener)
    },
  }
}
