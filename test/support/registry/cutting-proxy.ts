import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What happens when so many bytes have passed, both directions and all connections taken together. */
export interface Incident {
  readonly at: number
  /** `cut` resets the connection that this byte is on; until a function has done its work nothing passes. */
  readonly act: 'cut' | (() => Promise<void>)
}

export interface CuttingProxy {
  readonly host: string
  /** Bytes that were sent to the server. */
  sent(): number
  /** Incidents that have not happened yet. */
  left(): number
  /** Resolves when the server has not let in so many connections. */
  refused(count: number): Promise<void>
  close(): Promise<void>
}

/** A way to the server at `port` on which connections break at chosen bytes. */
export async function startCuttingProxy(port: number, incidents: readonly Incident[]): Promise<CuttingProxy> {
  const line = new Line(incidents)
  const sockets = new Set<Socket>()
  const waiting = new Set<() => void>()
  let refusals = 0
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    const reset = (): void => {
      client.resetAndDestroy()
      upstream.resetAndDestroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('error', () => undefined)
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNREFUSED') return
      refusals += 1
      for (const check of waiting) check()
    })
    upstream.once('connect', () => {
      void line.carry(client, upstream, reset, true)
      void line.carry(upstream, client, reset, false)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => line.sent,
    left: () => line.left,
    refused: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (refusals >= count) resolve()
        }
        waiting.add(check)
        check()
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** All that passes, counted, with the incidents in the order of their bytes. */
class Line {
  /** Bytes towards the server. */
  sent = 0
  private passed = 0
  private gate: Promise<void> | undefined
  private readonly incidents: Incident[]

  constructor(incidents: readonly Incident[]) {
    this.incidents = incidents.map(({ at, act }) => ({ at: Math.floor(at), act })).sort((a, b) => a.at - b.at)
  }

  get left(): number {
    return this.incidents.length
  }

  /** Carries everything from one socket to the other until one of them ends. */
  async carry(from: Socket, to: Socket, reset: () => void, up: boolean): Promise<void> {
    try {
      for await (const chunk of from) {
        for (let rest = chunk as Buffer; rest.length > 0; ) {
          while (this.gate) await this.gate
          const part = rest.subarray(0, this.room())
          rest = rest.subarray(part.length)
          this.passed += part.length
          if (up) this.sent += part.length
          const written = part.length === 0 ? undefined : write(to, part)
          if (this.room() <= 0 && this.happens() === 'cut') return reset()
          await written
        }
      }
      to.end()
    } catch {
      // The other end has gone; whoever is left hears of it by its own socket.
    }
  }

  /** Bytes until the next incident. */
  private room(): number {
    return (this.incidents[0]?.at ?? Number.POSITIVE_INFINITY) - this.passed
  }

  private happens(): 'cut' | undefined {
    const incident = this.incidents.shift()
    if (incident === undefined) return undefined
    if (incident.act === 'cut') return 'cut'
    this.gate = incident.act().finally(() => {
      this.gate = undefined
    })
    return undefined
  }
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())))
}
