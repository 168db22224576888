import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reply } from './reply.ts'

/** What happened at the registry, in order: what tests assert on. */
export interface LoggedRequest {
  readonly method: string
  /** Path with query. */
  readonly url: string
  readonly authorization: string | undefined
  readonly range: string | undefined
  readonly contentRange: string | undefined
}

/** What goes wrong, for the requests that `when` matches, `times` times (for ever unless given). */
export interface Fault {
  readonly when: (request: LoggedRequest) => boolean
  readonly times?: number
  readonly act: FaultAction
}

export type FaultAction =
  /** Resets the connection after so many bytes of the request's body came; an open upload keeps those. */
  | { readonly kind: 'cut-request'; readonly after: number }
  /** Resets the connection after so many bytes of the answer's body. */
  | { readonly kind: 'cut-answer'; readonly after: number }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  | { readonly kind: 'html'; readonly status: number }
  /** Does what was asked, and resets the connection instead of answering. */
  | { readonly kind: 'lose-answer' }
  /** Never answers. */
  | { readonly kind: 'stall' }
  /** Sends the answer's body byte by byte with a pause. */
  | { readonly kind: 'drip'; readonly milliseconds: number }
  /** Answers as always, with these headers on top, or without those that are undefined here. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string | undefined>> }
  /** Answers with other bytes of the same length. */
  | { readonly kind: 'corrupt' }
  /** Answers with the first so many bytes alone, as if that were all. */
  | { readonly kind: 'truncate'; readonly to: number }
  /** Answers with so many bytes of nothing, made as they are taken, without saying how many there will be. */
  | { readonly kind: 'endless'; readonly bytes: number; readonly contentType: string }
  /** Answers as if no login had come. */
  | { readonly kind: 'ignore-login' }
  /** Takes the whole request, and closes the upload it belongs to without a word: the answer is 404. */
  | { readonly kind: 'forget-upload' }

/** Faults in the order of their script, each used up by its requests. */
export class Script {
  readonly faults: Fault[] = []
  private readonly used = new Map<Fault, number>()

  next(request: LoggedRequest): FaultAction | undefined {
    const fault = this.faults.find(
      (one) => (this.used.get(one) ?? 0) < (one.times ?? Number.POSITIVE_INFINITY) && one.when(request),
    )
    if (fault) this.used.set(fault, (this.used.get(fault) ?? 0) + 1)
    return fault?.act
  }
}

/** The answer of a fault that needs nothing of the registry. */
export function scripted(fault: FaultAction | undefined): Reply | undefined {
  if (fault?.kind === 'status') {
    return { status: fault.status, headers: fault.headers, body: Buffer.from(fault.body ?? '') }
  }
  if (fault?.kind === 'html') {
    const body = Buffer.from('<!doctype html><title>Welcome to nginx</title>')
    return { status: fault.status, headers: { 'content-type': 'text/html' }, body }
  }
  return undefined
}

/** Reads the request's body up to a byte, resets the connection, and resolves with what was read. */
export async function cutRequest(request: IncomingMessage, after: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  // A request that is left before its end has none any more.
  const { socket } = request
  let received = 0
  if (after > 0) {
    for await (const chunk of request) {
      chunks.push(chunk as Buffer)
      received += (chunk as Buffer).length
      if (received >= after) break
    }
  }
  socket.resetAndDestroy()
  return Buffer.concat(chunks).subarray(0, after)
}

export function send(response: ServerResponse, method: string, reply: Reply): void {
  writeHead(response, reply)
  response.end(method === 'HEAD' ? undefined : reply.body)
}

/** Sends the registry's answer as the fault wants it. */
export async function misbehave(
  response: ServerResponse,
  method: string,
  reply: Reply,
  fault: FaultAction | undefined,
): Promise<void> {
  const body = reply.body ?? Buffer.alloc(0)
  switch (fault?.kind) {
    case 'lose-answer':
      response.socket?.resetAndDestroy()
      return
    case 'cut-answer':
      writeHead(response, reply)
      await new Promise<void>((resolve) => response.write(body.subarray(0, fault.after), () => resolve()))
      response.destroy()
      return
    case 'drip':
      writeHead(response, reply)
      for (const byte of body) {
        if (response.destroyed) return
        response.write(Buffer.of(byte))
        await new Promise((resolve) => setTimeout(resolve, fault.milliseconds))
      }
      response.end()
      return
    case 'headers':
      return send(response, method, { ...reply, headers: merged(reply.headers, fault.headers) })
    case 'corrupt':
      return send(response, method, { ...reply, body: Buffer.alloc(body.length, 'x') })
    case 'truncate':
      return send(response, method, { ...reply, body: body.subarray(0, fault.to) })
    case 'endless':
      return await sendNothing(response, fault.bytes, fault.contentType)
    default:
      return send(response, method, reply)
  }
}

function writeHead(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { 'content-length': String(reply.body?.length ?? 0), ...reply.headers })
}

function merged(
  headers: Reply['headers'] = {},
  changes: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const all = Object.entries({ ...headers, ...changes })
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

async function sendNothing(response: ServerResponse, bytes: number, contentType: string): Promise<void> {
  response.writeHead(200, { 'content-type': contentType })
  const piece = Buffer.alloc(256 * 1024, ' ')
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
    if (response.write(piece)) continue
    await new Promise<void>((resolve) => {
      const go = (): void => {
        response.off('drain', go).off('close', go)
        resolve()
      }
      response.on('drain', go).on('close', go)
    })
  }
  response.end()
}
