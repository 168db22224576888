import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import type { RegistryEvent } from '../../main/registry/host.ts'
import { type OpenOptions, openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { StrataError } from '../../main/support/errors.ts'
import { failure } from '../support/registry/failing.ts'
import {
  type FaultRegistry,
  type FaultRegistryOptions,
  startFaultRegistry,
} from '../support/registry/fault-registry.ts'
import type { LoggedRequest } from '../support/registry/faults.ts'
import { blob, collect, image, opener, pushImage } from '../support/registry/images.ts'

const running: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

interface Setting {
  readonly registry: FaultRegistry
  readonly repository: Repository
  /** Milliseconds of every wait, none of which took place. */
  readonly sleeps: number[]
  readonly events: RegistryEvent[]
}

async function setting(faults: FaultRegistryOptions = {}, options: OpenOptions = {}): Promise<Setting> {
  const registry = await startFaultRegistry(faults)
  const sleeps: number[] = []
  const events: RegistryEvent[] = []
  let clock = Date.now()
  const repository = await openRepository(parseReference(`oci+http://${registry.host}/me/cache`), {
    now: () => clock,
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds)
      clock += milliseconds
    },
    onEvent: (event) => events.push(event),
    ...options,
  })
  running.push(registry, repository)
  return { registry, repository, sleeps, events }
}

/** Content that a scripted answer can repeat, letter by letter. */
const asciiBlob = (size: number) => blob(Buffer.from('0123456789abcdef'.repeat(Math.ceil(size / 16)).slice(0, size)))

const isUpload = ({ method, url }: LoggedRequest) => method === 'PUT' && url.includes('/blobs/uploads/')
const isBlobGet = ({ method, url }: LoggedRequest) => method === 'GET' && url.includes('/blobs/')
const isManifest = ({ url }: LoggedRequest) => url.includes('/manifests/')
const isTags = ({ url }: LoggedRequest) => url.includes('/tags/')

describe('an upload', () => {
  it('survives cuts in the middle, before the first byte and before the answer', async () => {
    const { registry, repository, sleeps } = await setting()
    const content = blob(2_000_000)
    const carries = (request: LoggedRequest) => isUpload(request) || request.method === 'PATCH'
    for (const after of [0, 1, 700_000, 1_999_999]) {
      registry.faults.push({ when: carries, times: 1, act: { kind: 'cut-request', after } })
    }
    await repository.putBlob(content, opener(content))
    expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
    expect(sleeps).toHaveLength(4)
  })

  it('is not repeated when only the answer was lost', async () => {
    const { registry, repository } = await setting()
    const content = blob(1000)
    registry.faults.push({ when: isUpload, times: 1, act: { kind: 'lose-answer' } })
    expect(await repository.putBlob(content, opener(content))).toBe('uploaded')
    expect(registry.log.filter(isUpload)).toHaveLength(1)
  })

  it('waits longer each time on 5xx, gives up after seven attempts, and says what the registry said', async () => {
    const { registry, repository, sleeps, events } = await setting()
    registry.faults.push({
      when: isUpload,
      act: { kind: 'status', status: 503, body: '{"errors":[{"code":"UNAVAILABLE","message":"back in a minute"}]}' },
    })
    const content = blob(1000)
    const failed = await failure(repository.putBlob(content, opener(content)))
    expect(failed.code).toBe('registry-server-error')
    expect(failed.message).toContain(`${registry.host}/me/cache: upload of blob ${content.digest.slice(0, 19)}`)
    expect(failed.message).toContain('back in a minute')
    expect(registry.log.filter(isUpload)).toHaveLength(7)
    const bounds = [500, 1000, 2000, 4000, 8000, 15_000]
    expect(sleeps).toHaveLength(bounds.length)
    sleeps.forEach((wait, i) => {
      expect(wait).toBeGreaterThanOrEqual((bounds[i] ?? 0) / 2)
      expect(wait).toBeLessThanOrEqual(bounds[i] ?? 0)
    })
    expect(events).toHaveLength(6)
    expect(events[0]).toMatchObject({ kind: 'waiting', host: registry.host })
  })

  it('obeys Retry-After on 429, for every request to that host, and tells how long', async () => {
    const { registry, repository, sleeps, events } = await setting()
    registry.faults.push({
      when: isUpload,
      times: 1,
      act: { kind: 'status', status: 429, headers: { 'retry-after': '17' } },
    })
    const content = blob(1000)
    await repository.putBlob(content, opener(content))
    expect(sleeps.reduce((a, b) => a + b, 0)).toBe(17_000)
    expect(events).toMatchObject([{ kind: 'waiting', host: registry.host, seconds: 17 }])
    expect(events[0]?.why).toContain('limits the rate')
  })

  it('does not wait an hour: a Retry-After beyond ten minutes is an error that says so', async () => {
    const { registry, repository, sleeps } = await setting()
    registry.faults.push({ when: isTags, act: { kind: 'status', status: 429, headers: { 'retry-after': '3600' } } })
    const failed = await failure(repository.tags())
    expect(failed.code).toBe('registry-rate-limited')
    expect(failed.details?.retryAfterSeconds).toBe(3600)
    expect(sleeps).toEqual([])
  })

  it.each([
    { status: 507, body: '' },
    {
      status: 500,
      body: '{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"DriverName":"filesystem","Enclosed":{"Op":"write","Err":28}}}]}',
    },
    { status: 500, body: 'write /var/lib/registry/x: no space left on device' },
  ])('says that the registry has no space left ($status $body), and waits minutes for it', async ({ status, body }) => {
    const { registry, repository, sleeps, events } = await setting()
    registry.faults.push({ when: isUpload, act: { kind: 'status', status, body } })
    const content = blob(1000)
    expect((await failure(repository.putBlob(content, opener(content)))).code).toBe('registry-out-of-space')
    expect(registry.log.filter(isUpload)).toHaveLength(7)
    const waited = sleeps.reduce((a, b) => a + b, 0)
    expect(waited).toBeGreaterThanOrEqual(60_000)
    expect(waited).toBeLessThanOrEqual(180_000)
    expect(events[0]?.why).toContain('no space left')
  })

  it('blames the content and not the registry when the content cannot be read', async () => {
    const { registry, repository } = await setting()
    const content = blob(1000)
    const broken = () =>
      Readable.from(
        (async function* () {
          yield content.bytes.subarray(0, 10)
          throw new StrataError('blob-missing', 'the blob store lost it')
        })(),
        { objectMode: false },
      )
    expect((await failure(repository.putBlob(content, broken))).code).toBe('blob-missing')
    expect(registry.log.filter(isUpload).length).toBeLessThanOrEqual(1)
  })

  it('forgets a failure: the next put of that digest does the work anew', async () => {
    const { registry, repository } = await setting()
    registry.faults.push({ when: isUpload, times: 1, act: { kind: 'status', status: 400 } })
    const content = blob(1000)
    expect((await failure(repository.putBlob(content, opener(content)))).code).toBe('registry-protocol')
    expect(await repository.putBlob(content, opener(content))).toBe('uploaded')
  })
})

describe('a download', () => {
  it('goes on where it was cut, and the digest holds over the whole', async () => {
    const { registry, repository } = await setting()
    const content = blob(900_000)
    await repository.putBlob(content, opener(content))
    for (const after of [1, 200_000, 300_000]) {
      registry.faults.push({ when: isBlobGet, times: 1, act: { kind: 'cut-answer', after } })
    }
    expect((await collect(await repository.readBlob(content))).equals(content.bytes)).toBe(true)
    const ranges = registry.log.filter(isBlobGet).map(({ range }) => range)
    expect(ranges).toHaveLength(4)
    expect(ranges[0]).toBeUndefined()
    expect(ranges.at(-1)).toMatch(/^bytes=\d+-$/)
  })

  it('takes the whole again from a registry that knows no Range, and leaves out what it has', async () => {
    const { registry, repository } = await setting()
    const content = asciiBlob(300_000)
    await repository.putBlob(content, opener(content))
    const isRest = (request: LoggedRequest) => isBlobGet(request) && request.range !== undefined
    registry.faults.push({ when: isBlobGet, times: 1, act: { kind: 'cut-answer', after: 100_000 } })
    registry.faults.push({ when: isRest, act: { kind: 'status', status: 200, body: content.bytes.toString('latin1') } })
    expect((await collect(await repository.readBlob(content))).equals(content.bytes)).toBe(true)
    expect(registry.log.filter(isRest)).toHaveLength(1)
  })

  it('refuses another range than the one that it asked for', async () => {
    const { registry, repository } = await setting()
    const content = asciiBlob(300_000)
    await repository.putBlob(content, opener(content))
    const headers = { 'content-range': `bytes 5-299999/300000` }
    registry.faults.push({ when: isBlobGet, times: 1, act: { kind: 'cut-answer', after: 100_000 } })
    registry.faults.push({ when: isBlobGet, act: { kind: 'status', status: 206, headers, body: 'x' } })
    const refused = await failure(collect(await repository.readBlob(content)))
    expect(refused).toMatchObject({ code: 'registry-protocol', message: expect.stringContaining('another range') })
  })

  it('gives its slot back when nobody reads it', async () => {
    const { repository } = await setting({}, { maxConcurrent: 1 })
    const content = blob(300_000)
    await repository.putBlob(content, opener(content))
    for (let i = 0; i < 3; i += 1) (await repository.readBlob(content)).destroy()
    expect(await repository.hasBlob(content.digest)).toEqual({ size: content.size })
  })

  it('ends a stalled answer', async () => {
    const timeouts = { firstByte: 200, stall: 200 }
    const { registry, repository, sleeps } = await setting({}, { timeouts })
    await pushImage(repository, image(), 'tag')
    registry.faults.push({ when: isManifest, times: 1, act: { kind: 'stall' } })
    expect(await repository.getManifest('tag')).toBeDefined()
    expect(sleeps).toHaveLength(1)
  })

  it('can be cancelled while it waits for a slow registry', async () => {
    const { registry, repository } = await setting()
    await pushImage(repository, image(), 'tag')
    registry.faults.push({ when: isManifest, act: { kind: 'drip', milliseconds: 50 } })
    const started = Date.now()
    const cancelled = await failure(repository.getManifest('tag', { signal: AbortSignal.timeout(100) }))
    expect(cancelled.code).toBe('cancelled')
    expect(Date.now() - started).toBeLessThan(2000)
  })
})

describe('a wait', () => {
  it('ends when it is cancelled', async () => {
    const { registry, repository } = await setting({}, { sleep: undefined, now: undefined })
    registry.faults.push({ when: isTags, act: { kind: 'status', status: 429, headers: { 'retry-after': '30' } } })
    const started = Date.now()
    expect((await failure(repository.tags({ signal: AbortSignal.timeout(100) }))).code).toBe('cancelled')
    expect(Date.now() - started).toBeLessThan(5000)
  })

  it('holds for every request to that host', async () => {
    const { registry, repository } = await setting({}, { sleep: undefined, now: undefined })
    await pushImage(repository, image(), 'tag')
    registry.faults.push({
      when: isTags,
      times: 1,
      act: { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
    })
    const started = Date.now()
    const limited = repository.tags()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await repository.headManifest('tag')
    expect(Date.now() - started).toBeGreaterThan(900)
    expect(await limited).toEqual(['tag'])
  })
})

describe('a manifest', () => {
  it('is read again when it was cut', async () => {
    const { registry, repository } = await setting()
    const pushed = image()
    await pushImage(repository, pushed, 'tag')
    registry.faults.push({ when: isManifest, times: 2, act: { kind: 'cut-answer', after: 5 } })
    expect((await repository.getManifest('tag'))?.bytes.equals(pushed.manifest)).toBe(true)
  })

  it('quotes a registry that denies it, bounded and without its escape codes', async () => {
    const { registry, repository } = await setting()
    const message = `\u001b[31mno${'!'.repeat(3000)}`
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message }] })
    registry.faults.push({ when: isManifest, act: { kind: 'status', status: 403, body } })
    const denied = await failure(repository.getManifest('tag'))
    expect(denied.code).toBe('registry-denied')
    expect(denied.details).toMatchObject({ status: 403, registryCode: 'DENIED' })
    expect(denied.message).toContain('DENIED')
    expect(denied.message.length).toBeLessThan(700)
    expect(denied.message).not.toContain('\u001b')
  })
})

describe('tags', () => {
  it.each([false, true])('follow pages (absolute links: %s)', async (absoluteLinks) => {
    const { repository, registry } = await setting({ pageSize: 2, absoluteLinks })
    for (const tag of ['a', 'b', 'c', 'd', 'e']) await pushImage(repository, image(), tag)
    expect(await repository.tags()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(registry.log.filter(isTags)).toHaveLength(3)
  })

  it('end when the pages lead in a circle, and do not leave the registry', async () => {
    const { repository, registry } = await setting()
    await pushImage(repository, image(), 'a')
    const circle = { link: '</v2/me/cache/tags/list?n=1000>; rel="next"' }
    registry.faults.push({ when: isTags, times: 1, act: { kind: 'headers', headers: circle } })
    expect((await failure(repository.tags())).code).toBe('registry-protocol')
    registry.faults.push({
      when: isTags,
      act: { kind: 'headers', headers: { link: '<http://elsewhere.example/x>; rel="next"' } },
    })
    expect((await failure(repository.tags())).message).toContain('elsewhere.example')
  })
})

describe('an answer without an end', () => {
  const endless = { kind: 'endless', bytes: 2 ** 31, contentType: 'application/json' } as const

  it('is refused as a list of tags', async () => {
    const { registry, repository } = await setting()
    registry.faults.push({ when: isTags, act: endless })
    expect((await failure(repository.tags())).code).toBe('size-exceeded')
  })

  it('is refused as a token', async () => {
    const login = { kind: 'basic', username: 'me', password: 'secret-password' } as const
    const { registry, repository } = await setting(
      { auth: { ...login, kind: 'bearer' } },
      { credentials: async () => ({ ...login, source: 'test' }) },
    )
    registry.faults.push({ when: ({ url }) => url.startsWith('/token'), act: endless })
    expect((await failure(repository.tags())).code).toBe('size-exceeded')
  })
})

describe('redirects', () => {
  it('are followed without the login on another host, and a limited number of times', async () => {
    const store = await startFaultRegistry()
    running.push(store)
    const login = { kind: 'basic', username: 'me', password: 'secret-password' } as const
    const { registry, repository } = await setting(
      { auth: login },
      { credentials: async () => ({ ...login, source: 'test' }) },
    )
    const content = blob(1000)
    await repository.putBlob(content, opener(content))
    const there = await openRepository(parseReference(`oci+http://${store.host}/me/cache`))
    running.push(there)
    await there.putBlob(content, opener(content))
    store.log.length = 0
    const location = `http://${store.host}/v2/me/cache/blobs/${content.digest}`
    registry.faults.push({ when: isBlobGet, times: 1, act: { kind: 'status', status: 307, headers: { location } } })
    expect((await collect(await repository.readBlob(content))).equals(content.bytes)).toBe(true)
    expect(store.log).toMatchObject([{ method: 'GET', authorization: undefined }])

    const circle = `/v2/me/cache/blobs/${content.digest}`
    registry.faults.push({ when: isBlobGet, act: { kind: 'status', status: 302, headers: { location: circle } } })
    registry.log.length = 0
    expect((await failure(repository.readBlob(content))).message).toContain('redirected more than 5 times')
    expect(registry.log).toHaveLength(6)
  })
})
