import type { EventName, EventPayload, Input, Method, Output } from '../main/api/contract.ts'
import type { ErrorBody } from '../main/api/errors.ts'
import { bridgeTransport, type ConnectionState, socketTransport, type Transport } from './transport.ts'

/** What the engine answered instead of a result: code, message, hint and details, ready to be shown. */
export class EngineError extends Error {
  readonly body: ErrorBody

  constructor(body: ErrorBody) {
    super(body.message)
    this.name = 'EngineError'
    this.body = body
  }
}

/** Any thrown value as what an error panel shows. */
export function errorBody(thrown: unknown): ErrorBody {
  if (thrown instanceof EngineError) return thrown.body
  return { code: 'internal', message: thrown instanceof Error ? thrown.message : String(thrown) }
}

export interface Client {
  /** Calls a method of the engine; rejects with an EngineError. */
  call<M extends Method>(method: M, input: Input<M>): Promise<Output<M>>
  /** Subscribes to an event; the returned function ends the subscription. */
  on<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void
  /** Follows the connection: the present state at once, then every change. */
  onState(listener: (state: ConnectionState) => void): () => void
}

/** The typed client over a transport: numbers the requests and unwraps the envelopes. */
export function createClient(transport: Transport): Client {
  let lastId = 0
  return {
    async call<M extends Method>(method: M, input: Input<M>): Promise<Output<M>> {
      lastId += 1
      const response = await transport.send({ id: lastId, method, input })
      if ('error' in response) throw new EngineError(response.error)
      // The engine validated what it sends against the same contract.
      return response.ok as Output<M>
    },
    on: (event, listener) =>
      transport.onEvent((envelope) => {
        if (envelope.event === event) listener(envelope.payload as EventPayload<typeof event>)
      }),
    onState: (listener) => transport.onState(listener),
  }
}

/** The client of this window: Electron's bridge where there is one, else a WebSocket to where the page came from. */
export function windowClient(page: Window): Client {
  if (page.strata) return createClient(bridgeTransport(page.strata))
  const { protocol, host } = page.location
  const address = `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`
  return createClient(socketTransport(() => new WebSocket(address)))
}
