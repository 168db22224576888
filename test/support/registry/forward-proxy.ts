import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ForwardProxyOptions {
  /** Who may use it. */
  readonly login?: { readonly username: string; readonly password: string }
  /** Refuses everyone with this status. */
  readonly refuses?: number
}

export interface ForwardProxy {
  /** `127.0.0.1:port`. */
  readonly host: string
  /** What it was asked for, in order: `CONNECT registry.example:443`. */
  readonly log: string[]
  close(): Promise<void>
}

/** A forward proxy (RFC 9110, 9.3.6 and 7.6) for which every name is a port of this machine. */
export async function startForwardProxy(port: number, options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const log: string[] = []
  const tunnels = new Set<Socket>()
  const refusal = (request: IncomingMessage): number | undefined => {
    log.push(`${request.method} ${request.url}`)
    if (options.refuses !== undefined) return options.refuses
    if (!options.login) return undefined
    const right = Buffer.from(`${options.login.username}:${options.login.password}`).toString('base64')
    return request.headers['proxy-authorization'] === `Basic ${right}` ? undefined : 407
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const status = refusal(request)
    if (status !== undefined) return void response.writeHead(status).end()
    const { pathname, search } = new URL(request.url ?? '')
    const { 'proxy-authorization': _, ...headers } = request.headers
    const onward = forward(
      { host: '127.0.0.1', port, method: request.method, path: pathname + search, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }
  const server = createServer(onRequest)
  server.on('connect', (request, socket: Socket) => {
    const status = refusal(request)
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`)
    const onward = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    for (const one of [socket, onward]) {
      tunnels.add(one)
      one.on('error', () => undefined)
    }
    socket.pipe(onward).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const tunnel of tunnels) tunnel.destroy()
      }),
  }
}
