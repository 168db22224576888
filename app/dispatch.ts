import type { Engine, EventEnvelope, EventName, Input, Method, ResponseEnvelope } from '../main/api/contract.ts'
import { events, isMethod, RequestEnvelope } from '../main/api/contract.ts'
import { inputError, parseInput } from '../main/input.ts'
import { StrataError, toErrorBody } from '../main/support/errors.ts'

/** Largest request taken, in bytes of JSON: the largest real one, a push of a few thousand chosen specs, is a tenth. */
export const maxRequestBytes = 1024 * 1024

/** The id in an answer to something that carried no readable id of its own. */
const noId = -1

/**
 * Answers one request envelope, from whichever shell it came. Never rejects: what is not an envelope, an unknown
 * method, bad input and the engine's own failures all become an error envelope.
 */
export async function dispatch(engine: Engine, request: unknown): Promise<ResponseEnvelope> {
  const envelope = RequestEnvelope.safeParse(request)
  if (!envelope.success) return refuse(request, inputError('request', envelope.error))
  const { id, method, input } = envelope.data
  try {
    return { id, ok: await callChecked(engine, method, input) }
  } catch (thrown) {
    return { id, error: toErrorBody(thrown) }
  }
}

/** As `dispatch`, for a shell whose requests arrive as JSON text. */
export async function dispatchText(engine: Engine, text: string): Promise<ResponseEnvelope> {
  let request: unknown
  try {
    request = JSON.parse(text)
  } catch {
    return refuse(undefined, new StrataError('usage', 'the request is not JSON'))
  }
  return dispatch(engine, request)
}

/** An error envelope for a request that is turned away before it reaches the engine. */
export function refuse(request: unknown, error: StrataError): ResponseEnvelope {
  const id = typeof request === 'object' && request !== null && 'id' in request ? request.id : noId
  return { id: typeof id === 'number' ? id : noId, error: toErrorBody(error) }
}

/** Sends every event of the engine on as an envelope; the returned function ends that. */
export function forwardEvents(engine: Engine, send: (envelope: EventEnvelope) => void): () => void {
  const names = Object.keys(events) as EventName[]
  const ends = names.map((event) => engine.on(event, (payload) => send({ event, payload })))
  return () => {
    for (const end of ends) end()
  }
}

async function callChecked(engine: Engine, method: string, input: unknown): Promise<unknown> {
  if (!isMethod(method)) {
    throw new StrataError('unknown-method', `there is no method "${method.slice(0, 80)}"`, {
      hint: 'The window and the engine may be of different versions: reload, or start the app again.',
    })
  }
  // Checked here for every shell; the engine fills its defaults in by the same rule.
  return engine.call(method, parseInput(method, input) as Input<Method>)
}
