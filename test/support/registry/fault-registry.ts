import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  cutRequest,
  type Fault,
  type FaultAction,
  type LoggedRequest,
  misbehave,
  Script,
  scripted,
  send,
} from './faults.ts'
import { MemoryRegistry, type MemoryRegistryOptions } from './memory-registry.ts'

export interface FaultRegistryOptions extends MemoryRegistryOptions {
  /** Speaks TLS with this certificate, for `localhost`. */
  readonly tls?: { readonly certificate: Buffer; readonly key: Buffer }
  /** A free one unless given. */
  readonly port?: number
}

export interface FaultRegistry {
  /** `127.0.0.1:port`, or `localhost:port` with TLS. */
  readonly host: string
  readonly port: number
  readonly log: LoggedRequest[]
  readonly faults: Fault[]
  readonly blobs: Map<string, Buffer>
  /** `repository:tag` and `repository@digest` to the manifest. */
  readonly manifests: Map<string, { readonly bytes: Buffer; readonly mediaType: string }>
  /** Bytes of requests' bodies that came, those of cut requests included. */
  received(): number
  /** Uploads that were begun and neither finished nor given up. */
  openUploads(): number
  /** Ends every token at once. */
  expireTokens(): void
  close(): Promise<void>
}

/** A registry in this process, in memory: conforming enough for push and pull, and as faulty as its script says. */
export async function startFaultRegistry(options: FaultRegistryOptions = {}): Promise<FaultRegistry> {
  const registry = new MemoryRegistry(options)
  const script = new Script()
  const log: LoggedRequest[] = []
  let received = 0
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    request.pause()
    const { method = '', url = '', headers } = request
    const { authorization, range, 'content-range': contentRange } = headers
    const logged: LoggedRequest = { method, url, authorization, range, contentRange }
    log.push(logged)
    await serve(registry, script.next(logged), logged, request, response)
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    handle(request, response).catch(() => response.destroy())
  }
  const { tls } = options
  const server = tls ? createTlsServer({ cert: tls.certificate, key: tls.key }, listener) : createServer(listener)
  const port = await listen(server, options.port)
  const host = `${tls ? 'localhost' : '127.0.0.1'}:${port}`
  registry.origin = `${tls ? 'https' : 'http'}://${host}`
  return {
    host,
    port,
    log,
    faults: script.faults,
    blobs: registry.blobs,
    manifests: registry.manifests,
    received: () => received,
    openUploads: () => registry.uploads.open,
    expireTokens: () => registry.auth.tokens.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function serve(
  registry: MemoryRegistry,
  fault: FaultAction | undefined,
  logged: LoggedRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method } = logged
  const upload = registry.uploadOf(logged)
  if (fault?.kind === 'stall') return
  if (fault?.kind === 'cut-request') {
    const came = await cutRequest(request, fault.after)
    if (upload !== undefined && (method === 'PUT' || method === 'PATCH')) registry.uploads.keep(upload, came)
    return
  }
  const ready = scripted(fault)
  if (ready) {
    request.resume()
    return send(response, method, ready)
  }
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    // The client has gone; what it sent of an upload stays.
    if (upload !== undefined) registry.uploads.keep(upload, Buffer.concat(chunks))
    return
  }
  if (fault?.kind === 'forget-upload' && upload !== undefined) registry.uploads.forget(upload)
  const contentType = request.headers['content-type'] ?? ''
  const authorization = fault?.kind === 'ignore-login' ? undefined : logged.authorization
  const reply = registry.answer({ ...logged, authorization, body: Buffer.concat(chunks), contentType })
  await misbehave(response, method, reply, fault)
}

async function listen(server: Server, wanted = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
