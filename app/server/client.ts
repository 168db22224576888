import type { WebSocket } from 'ws'
import type { Engine } from '../../main/api/contract.ts'
import { dispatchText, forwardEvents } from '../dispatch.ts'
import { Outbox } from './outbox.ts'

/** Calls that one client may have under way; the next ones wait in its socket. */
const maxCalls = 32

/** WebSocket close code 1003: "received a type of data it cannot accept" (RFC 6455, section 7.4.1). */
const unsupportedData = 1003

/** Serves one page over its WebSocket: request envelopes in, response and event envelopes out, until it closes. */
export function attachClient(engine: Engine, socket: WebSocket): void {
  let calls = 0
  // A client that does not read its answers is not read from either.
  const letIn = () => {
    if (calls < maxCalls && !outbox.behind) socket.resume()
    else socket.pause()
  }
  const outbox = new Outbox(socket, letIn)
  const endEvents = forwardEvents(engine, (envelope) => outbox.announce(envelope))

  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      socket.close(unsupportedData, 'text only')
      return
    }
    calls += 1
    letIn()
    // dispatchText never rejects
    void dispatchText(engine, String(data)).then((response) => {
      calls -= 1
      outbox.respond(response)
      letIn()
    })
  })
  socket.on('close', endEvents)
  // An oversized or malformed frame: ws closes the connection with the code that says so.
  socket.on('error', endEvents)
}
