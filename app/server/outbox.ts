import type { WebSocket } from 'ws'
import type { EventEnvelope, ResponseEnvelope } from '../../main/api/contract.ts'
import { Job } from '../../main/api/models.ts'

/** Bytes that may wait in a client's socket before its events are held back. */
const highWater = 1024 * 1024

/**
 * What goes to one client. While the client is slow, events are held back and a newer state of the same job or
 * setting takes the place of the older one, so that memory depends on the number of jobs and not on the time.
 */
export class Outbox {
  readonly #socket: WebSocket
  readonly #held = new Map<string, EventEnvelope>()
  readonly #onDrained: () => void

  /** @param onDrained called whenever something was written out and the client is not behind. */
  constructor(socket: WebSocket, onDrained: () => void) {
    this.#socket = socket
    this.#onDrained = onDrained
  }

  /** Whether the client leaves more than a megabyte unread. */
  get behind(): boolean {
    return this.#socket.bufferedAmount > highWater
  }

  /** Sends an answer. Answers are never held back: they are bounded by the requests that are let in. */
  respond(response: ResponseEnvelope): void {
    this.#send(response)
  }

  announce(envelope: EventEnvelope): void {
    this.#held.set(subject(envelope), envelope)
    this.#flush()
  }

  #flush(): void {
    for (const [key, envelope] of this.#held) {
      if (this.behind) return
      this.#held.delete(key)
      this.#send(envelope)
    }
  }

  #send(message: ResponseEnvelope | EventEnvelope): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(JSON.stringify(message), () => {
      this.#flush()
      if (!this.behind) this.#onDrained()
    })
  }
}

/** What an event is about: of two with the same subject only the newer matters. */
function subject({ event, payload }: EventEnvelope): string {
  const id = Job.pick({ id: true }).safeParse(payload)
  return id.success ? `${event} ${id.data.id}` : event
}
