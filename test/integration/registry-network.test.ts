import type { LookupFunction } from 'node:net'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RegistryEvent } from '../../main/registry/host.ts'
import { type NetworkOptions, openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { failure } from '../support/registry/failing.ts'
import { type FaultRegistryOptions, startFaultRegistry } from '../support/registry/fault-registry.ts'
import type { LoggedRequest } from '../support/registry/faults.ts'
import { blob, image, opener, pushImage } from '../support/registry/images.ts'

/** Names, connections, waits: what lies between us and a registry's answer. */

const running: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

async function open(reference: string, options: NetworkOptions = {}) {
  const repository = await openRepository(parseReference(reference), { sleep: async () => undefined, ...options })
  running.push(repository)
  return repository
}

async function registryWith(options: FaultRegistryOptions = {}) {
  const registry = await startFaultRegistry(options)
  running.push(registry)
  return registry
}

const at =
  (address: string): LookupFunction =>
  (_hostname, { all }, callback) =>
    all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)
const isTags = ({ url }: LoggedRequest) => url.includes('/tags/')

/** A server that takes connections and says nothing, ever. */
async function silentServer(): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  running.push({ close })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('cancelling ends', () => {
  const cancelSoon = async (reference: string, options: NetworkOptions = {}) => {
    const repository = await open(reference, options)
    const abort = new AbortController()
    const result = failure(repository.tags({ signal: abort.signal }))
    setTimeout(() => abort.abort(), 30)
    expect((await result).code).toBe('cancelled')
  }

  it('the look-up of a name', async () => {
    await cancelSoon('oci://registry.example/me/cache', { lookup: () => undefined, env: {} })
  })

  it('a handshake', async () => {
    await cancelSoon(`oci://${await silentServer()}/me/cache`)
  })

  it('the opening of a tunnel', async () => {
    const env = { HTTPS_PROXY: `http://${await silentServer()}` }
    await cancelSoon('oci://registry.example/me/cache', { env })
  })

  it('the search for a login', async () => {
    const registry = await registryWith({ auth: { kind: 'basic', username: 'me', password: 'battery' } })
    await cancelSoon(`oci+http://${registry.host}/me/cache`, { credentials: () => new Promise(() => undefined) })
  })

  it('the wait for a token', async () => {
    const registry = await registryWith({ auth: { kind: 'bearer', username: 'me', password: 'battery' } })
    registry.faults.push({ when: ({ url }) => url.startsWith('/token'), act: { kind: 'stall' } })
    await cancelSoon(`oci+http://${registry.host}/me/cache`)
  })

  it('one of two waits for the same token, and not the other', async () => {
    const registry = await registryWith({
      auth: { kind: 'bearer', username: 'me', password: 'battery', anonymousPull: true },
    })
    const repository = await open(`oci+http://${registry.host}/me/cache`)
    registry.faults.push({ when: ({ url }) => url.startsWith('/token'), times: 1, act: { kind: 'stall' } })
    const abort = new AbortController()
    const first = failure(repository.tags({ signal: abort.signal }))
    await vi.waitFor(() => expect(registry.log.some(({ url }) => url.startsWith('/token'))).toBe(true))
    const second = repository.tags()
    setTimeout(() => abort.abort(), 30)
    expect((await first).code).toBe('cancelled')
    expect(await second).toEqual([])
  })
})

describe('a registry on this machine', () => {
  it.each(['http://169.254.169.254/v2/me/cache/blobs/uploads/1', 'http://store.example/v2/me/cache/blobs/uploads/1'])(
    'cannot have an upload sent to %s',
    async (location) => {
      const registry = await registryWith()
      registry.faults.push({
        when: ({ method }) => method === 'POST',
        act: { kind: 'headers', headers: { location } },
      })
      const repository = await open(`oci+http://${registry.host}/me/cache`, { lookup: at('169.254.169.254') })
      const content = blob(10)
      expect(await failure(repository.putBlob(content, opener(content)))).toMatchObject({
        code: 'registry-denied',
        details: { reason: 'private-address' },
      })
    },
  )

  it('may have its blobs in a store beside it', async () => {
    const store = await registryWith()
    const registry = await registryWith()
    const pushed = image()
    for (const one of [store, registry]) await pushImage(await open(`oci+http://${one.host}/me/cache`), pushed, 'tag')
    registry.faults.push({
      when: ({ url }) => url.includes('/blobs/'),
      act: {
        kind: 'status',
        status: 307,
        headers: { location: `http://store.example:${store.port}/v2/me/cache/blobs/${pushed.config.digest}` },
      },
    })
    const repository = await open(`oci+http://${registry.host}/me/cache`, { lookup: at('127.0.0.1') })
    expect(await repository.readBlobBytes(pushed.config, { limit: 10_000 })).toHaveLength(pushed.config.size)
  })
})

describe('an answer that drips', () => {
  it('has stalled, however steadily', async () => {
    const registry = await registryWith()
    await pushImage(await open(`oci+http://${registry.host}/me/cache`), image(), 'tag')
    registry.faults.push({ when: isTags, act: { kind: 'drip', milliseconds: 1 } })
    let clock = 0
    const repository = await open(`oci+http://${registry.host}/me/cache`, {
      // Ten seconds between any two looks at the clock.
      now: () => {
        clock += 10_000
        return clock
      },
    })
    expect(await failure(repository.tags())).toMatchObject({ code: 'registry-cut', details: { reason: 'dripping' } })
  })

  it('is good enough when the reader is the slow one', async () => {
    const registry = await registryWith()
    const repository = await open(`oci+http://${registry.host}/me/cache`, { timeouts: { stall: 100 } })
    const content = blob(300)
    await repository.putBlob(content, opener(content))
    const stream = await repository.readBlob(content)
    await new Promise((resolve) => setTimeout(resolve, 150))
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).equals(content.bytes)).toBe(true)
  })
})

describe('a registry that counts requests', () => {
  it('is asked more slowly before it says no, and the wait says host, reason and end', async () => {
    const registry = await registryWith()
    registry.faults.push({
      when: isTags,
      act: { kind: 'headers', headers: { 'ratelimit-remaining': '1', 'ratelimit-reset': '8' } },
    })
    const events: RegistryEvent[] = []
    const sleeps: number[] = []
    const now = 1_000_000
    const repository = await open(`oci+http://${registry.host}/me/cache`, {
      now: () => now,
      sleep: async (milliseconds) => {
        sleeps.push(milliseconds)
      },
      onEvent: (event) => events.push(event),
    })
    await repository.tags()
    await repository.tags()
    expect(sleeps).toEqual([4000])
    expect(events[0]).toEqual({
      kind: 'waiting',
      host: registry.host,
      seconds: 4,
      until: now + 4000,
      why: '1 more requests are allowed in the next 8 s',
    })
  })

  it('says by its own clock when there are more, however wrong that is', async () => {
    const registry = await registryWith()
    // GitHub's form: a moment. By our clock it is an hour away, by theirs six seconds.
    const theirs = Math.floor(Date.now() / 1000) + 3600
    const headers = { date: new Date(theirs * 1000).toUTCString(), 'x-ratelimit-remaining': '0' }
    registry.faults.push({
      when: isTags,
      times: 1,
      act: { kind: 'status', status: 429, headers: { ...headers, 'x-ratelimit-reset': String(theirs + 6) } },
    })
    const events: RegistryEvent[] = []
    const repository = await open(`oci+http://${registry.host}/me/cache`, { onEvent: (event) => events.push(event) })
    expect(await repository.tags()).toEqual([])
    expect(events.map(({ seconds }) => seconds)).toContain(6)
  })
})
