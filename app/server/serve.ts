import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, STATUS_CODES } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Engine } from '../../main/api/contract.ts'
import { StrataError, toStrataError } from '../../main/support/errors.ts'
import { maxRequestBytes } from '../dispatch.ts'
import type { PageResponse } from '../page.ts'
import { readPage } from '../page.ts'
import { Access } from './access.ts'
import { attachClient } from './client.ts'
import { hostRefused, methodRefused, opening, originRefused, tokenMissing, tokenRefused } from './notice.ts'

export interface ServeOptions {
  /** TCP port on 127.0.0.1; any free one when absent or 0. */
  readonly port?: number
  /** Absolute path of the built page. */
  readonly rendererFolder: string
}

export interface RunningServer {
  /** The address to open, with its one-time token. */
  readonly url: string
  readonly port: number
  /** Drops every connection and stops listening. The engine is the caller's to close. */
  close(): Promise<void>
}

/**
 * Serves the app to a browser on this machine: the page over HTTP, the contract over a WebSocket at `/ws`.
 *
 * Listens on loopback only. Other pages and other users of the machine are kept out by four checks: the Host header
 * must name this server (DNS rebinding), the Origin must be its own (cross-site requests and WebSockets), everything
 * needs the session cookie, and the cookie costs the one-time token in `url`.
 *
 * @throws StrataError `usage` when the port is taken or may not be used.
 */
export async function serve(engine: Engine, options: ServeOptions): Promise<RunningServer> {
  const http = createServer()
  const port = await listen(http, options.port ?? 0)
  const access = new Access(port)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes, perMessageDeflate: false })

  http.on('request', (request, response) => {
    answer(request, { port, access, rendererFolder: options.rendererFolder }).then(
      (page) => send(response, page, request.method === 'HEAD'),
      // Only a failing disk gets here; the browser shows a broken connection rather than half a page.
      () => response.destroy(),
    )
  })
  http.on('upgrade', (request, socket, head) => {
    const refusal = refuseUpgrade(request, port, access)
    if (refusal !== undefined) rejectUpgrade(socket, refusal)
    else sockets.handleUpgrade(request, socket, head, (client) => attachClient(engine, client))
  })

  return {
    url: `http://127.0.0.1:${port}/?token=${access.token}`,
    port,
    async close() {
      for (const client of sockets.clients) client.terminate()
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      http.closeAllConnections()
      await closed
    },
  }
}

interface Site {
  readonly port: number
  readonly access: Access
  readonly rendererFolder: string
}

async function answer(request: IncomingMessage, { port, access, rendererFolder }: Site): Promise<PageResponse> {
  const host = ownHost(request, port)
  if (host === undefined) return hostRefused(port)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return request.headers.origin === `http://${host}` ? methodRefused : originRefused
  }
  const url = requestUrl(request, host)
  if (url === undefined) return tokenMissing
  const admitted = access.admits(request.headers.cookie)
  const token = url.searchParams.get('token')
  if (token !== null && request.method === 'GET') return welcome(request, admitted, access.redeem(token))
  if (!admitted) return tokenMissing
  return readPage(rendererFolder, url.pathname, [`ws://${host}`])
}

/**
 * Trades the token for the cookie and goes on to the app. A browser does not send a SameSite=Strict cookie along a
 * redirect that a page of another site began (a link in a web terminal, the file that launch.ts opens); there the
 * first page goes on by itself, which makes the next request our own.
 */
function welcome(request: IncomingMessage, admitted: boolean, cookie: string | undefined): PageResponse {
  if (cookie === undefined && !admitted) return tokenRefused
  const fromPage = !['none', 'same-origin', undefined].includes(request.headers['sec-fetch-site']?.toString())
  const cookies: Record<string, string> = cookie === undefined ? {} : { 'set-cookie': cookie }
  if (fromPage) return { ...opening, headers: { ...opening.headers, ...cookies } }
  return { status: 303, headers: { ...opening.headers, ...cookies, location: '/' }, body: Buffer.alloc(0) }
}

function refuseUpgrade(request: IncomingMessage, port: number, access: Access): PageResponse | undefined {
  const host = ownHost(request, port)
  if (host === undefined) return hostRefused(port)
  if (request.headers.origin !== `http://${host}`) return originRefused
  if (!access.admits(request.headers.cookie)) return tokenMissing
  if (request.url !== '/ws') return methodRefused
  return undefined
}

/** The request's Host header when it names this server, else undefined. */
function ownHost(request: IncomingMessage, port: number): string | undefined {
  return [`127.0.0.1:${port}`, `localhost:${port}`].find((host) => host === request.headers.host)
}

/** The request's target as a URL of ours; undefined for `*`, `http://…` and what does not parse. */
function requestUrl(request: IncomingMessage, host: string): URL | undefined {
  const target = request.url ?? ''
  // Put together as text: `//other` resolved against a base would name another host.
  const url = `http://${host}${target}`
  return target.startsWith('/') && URL.canParse(url) ? new URL(url) : undefined
}

function send(response: ServerResponse, { status, headers, body }: PageResponse, headOnly: boolean): void {
  response.writeHead(status, { ...headers, 'content-length': body.byteLength })
  response.end(headOnly ? undefined : body)
}

function rejectUpgrade(socket: Duplex, { status }: PageResponse): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

async function listen(server: NetServer, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (thrown) {
    const hint = 'Choose another with --port, or leave it out to get a free one.'
    throw new StrataError('usage', `cannot listen on 127.0.0.1:${port}: ${toStrataError(thrown).message}`, { hint })
  }
  return (server.address() as AddressInfo).port
}
