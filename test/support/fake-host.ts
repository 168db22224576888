import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { WebSocketServer } from 'ws'
import { type Engine, events, isMethod, RequestEnvelope } from '../../main/api/contract.ts'
import { StrataError, toErrorBody } from '../../main/support/errors.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

export interface FakeHost {
  readonly url: string
  /** Breaks every connection without a word, as a lost network does. */
  readonly drop: () => void
  readonly close: () => Promise<void>
}

/**
 * Serves the built window over an engine, under the same strict policy as the real shells. The window is the one that
 * the Playwright run built, or that `npm run build` left in `dist`.
 */
export async function startFakeHost(engine: Engine, options: { port?: number } = {}): Promise<FakeHost> {
  const root = join(process.env.STRATA_TEST_DIST ?? join(import.meta.dirname, '../../dist'), 'renderer')
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://host').pathname)
    const file = path === '/' ? '/index.html' : path
    readFile(join(root, file)).then(
      (content) => {
        const nonce = randomBytes(16).toString('base64')
        response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
        response.setHeader('content-security-policy', policy(nonce))
        response.end(file === '/index.html' ? content.toString('utf8').replace('__CSP_NONCE__', nonce) : content)
      },
      () => response.writeHead(404).end(),
    )
  })
  const sockets = new WebSocketServer({ server, path: '/ws' })
  sockets.on('connection', (socket) => {
    const send = (value: unknown) => socket.send(JSON.stringify(value))
    const names = Object.keys(events) as (keyof typeof events)[]
    const ends = names.map((event) => engine.on(event, (payload) => send({ event, payload })))
    socket.on('close', () => {
      for (const end of ends) end()
    })
    socket.on('message', (data) => {
      const { id, method, input } = RequestEnvelope.parse(JSON.parse(String(data)))
      answer(engine, method, input).then(
        (ok) => send({ id, ok }),
        (error: unknown) => send({ id, error: toErrorBody(error) }),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const drop = () => {
    for (const client of sockets.clients) client.terminate()
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    drop,
    close: async () => {
      drop()
      sockets.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(engine: Engine, method: string, input: unknown): Promise<unknown> {
  if (!isMethod(method)) throw new StrataError('unknown-method', `no method ${method}`)
  return engine.call(method, input as never)
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
