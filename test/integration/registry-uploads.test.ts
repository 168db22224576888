import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type OpenOptions, openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { openUploadMemory } from '../../main/registry/upload-memory.ts'
import { failure } from '../support/registry/failing.ts'
import {
  type FaultRegistry,
  type FaultRegistryOptions,
  startFaultRegistry,
} from '../support/registry/fault-registry.ts'
import type { LoggedRequest } from '../support/registry/faults.ts'
import { blob, opener } from '../support/registry/images.ts'

const MIB = 1024 * 1024
const running: { close(): Promise<void> }[] = []
const folders: string[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function open(registry: FaultRegistry, name = 'me/cache', options: OpenOptions = {}): Promise<Repository> {
  const repository = await openRepository(parseReference(`oci+http://${registry.host}/${name}`), {
    // Long enough for the registry to notice a cut.
    sleep: () => new Promise((resolve) => setTimeout(resolve, 5)),
    ...options,
  })
  running.push(repository)
  return repository
}

async function setting(
  faults: FaultRegistryOptions = {},
): Promise<{ registry: FaultRegistry; repository: Repository }> {
  const registry = await startFaultRegistry(faults)
  running.push(registry)
  return { registry, repository: await open(registry) }
}

const isSession = ({ url }: LoggedRequest) => url.includes('/blobs/uploads/') && url.includes('_state')
const isPut = (request: LoggedRequest) => request.method === 'PUT' && isSession(request)
const isPatch = (request: LoggedRequest) => request.method === 'PATCH' && isSession(request)
const carries = (request: LoggedRequest) => isPut(request) || isPatch(request)
const isStart = ({ method, url }: LoggedRequest) => method === 'POST' && url.includes('/blobs/uploads/')

describe('an upload', () => {
  it('is one POST and one PUT when nothing goes wrong', async () => {
    const { registry, repository } = await setting()
    const content = blob(3 * MIB)
    await repository.putBlob(content, opener(content), { knownMissing: true })
    expect(registry.log.map(({ method }) => method)).toEqual(['GET', 'POST', 'PUT'])
  })

  it('survives ten cuts at random bytes and gets further with each, sending nothing twice that the registry has', async () => {
    const { registry, repository } = await setting()
    const content = blob(12 * MIB)
    for (let i = 0; i < 10; i += 1) {
      const after = 1 + Math.floor(Math.random() * MIB)
      registry.faults.push({ when: carries, times: 1, act: { kind: 'cut-request', after } })
    }
    expect(await repository.putBlob(content, opener(content))).toBe('uploaded')
    expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
    const starts = registry.log.filter(isPatch).map(({ contentRange }) => Number(contentRange?.split('-')[0]))
    expect(starts.length).toBeGreaterThanOrEqual(10)
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
    expect(new Set(starts).size).toBe(starts.length)
    expect(registry.log.filter(isStart)).toHaveLength(1)
    expect(registry.openUploads()).toBe(0)
  })

  it('says how far it is, and never less than the registry has', async () => {
    const { registry, repository } = await setting()
    const content = blob(4 * MIB)
    registry.faults.push({ when: isPut, times: 1, act: { kind: 'cut-request', after: 3 * MIB } })
    const progress: number[] = []
    await repository.putBlob(content, opener(content), { onProgress: (sent) => progress.push(sent) })
    const resumed = progress.lastIndexOf(Math.min(...progress.filter((sent) => sent >= 3 * MIB)))
    expect(progress.slice(resumed).every((sent) => sent >= 3 * MIB)).toBe(true)
    expect(progress.at(-1)).toBe(content.size)
  })

  it('begins anew when the registry has lost the upload', async () => {
    const { registry, repository } = await setting()
    const content = blob(2 * MIB)
    registry.faults.push({ when: isPut, times: 1, act: { kind: 'forget-upload' } })
    await repository.putBlob(content, opener(content))
    expect(registry.log.filter(isStart)).toHaveLength(2)
    const other = blob(2 * MIB)
    const lost = ({ method, url }: LoggedRequest) => method === 'GET' && url.includes('_state')
    registry.faults.push({ when: isPut, times: 1, act: { kind: 'cut-request', after: MIB } })
    registry.faults.push({ when: lost, times: 1, act: { kind: 'status', status: 404 } })
    await repository.putBlob(other, opener(other))
    expect(registry.log.filter(isStart)).toHaveLength(4)
    expect(registry.blobs.get(other.digest)?.equals(other.bytes)).toBe(true)
  })

  it('begins anew when the registry fails over the upload for ever', async () => {
    for (const broken of [({ method, url }: LoggedRequest) => method === 'GET' && url.includes('_state'), isPatch]) {
      const { registry, repository } = await setting()
      const content = blob(4 * MIB)
      registry.faults.push({ when: isPut, times: 1, act: { kind: 'cut-request', after: 3 * MIB } })
      const first = () => registry.log.filter(isStart).length < 2
      registry.faults.push({ when: (request) => first() && broken(request), act: { kind: 'status', status: 500 } })
      expect(await repository.putBlob(content, opener(content))).toBe('uploaded')
      expect(registry.log.filter(isStart)).toHaveLength(2)
      expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
      expect(registry.openUploads()).toBe(0)
    }
  })

  it('is made again when the registry fails for ever over what a full disk left of it', async () => {
    const { registry, repository } = await setting()
    const content = blob(MIB)
    const isHead = ({ method, url }: LoggedRequest) => method === 'HEAD' && url.includes(content.digest)
    registry.faults.push({
      when: (request) => isHead(request) && !registry.blobs.has(content.digest),
      act: { kind: 'status', status: 500 },
    })
    expect(await repository.hasBlob(content.digest)).toBeUndefined()
    expect(await repository.putBlob(content, opener(content))).toBe('uploaded')
    expect(await repository.hasBlob(content.digest)).toEqual({ size: MIB })
    expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
  })

  it('gives up on a registry that loses every upload', async () => {
    const { registry, repository } = await setting()
    registry.faults.push({ when: carries, act: { kind: 'status', status: 404 } })
    const content = blob(1000)
    expect((await failure(repository.putBlob(content, opener(content)))).code).toBe('registry-not-found')
    expect(registry.log.filter(isPut).length).toBeLessThan(15)
    expect(registry.openUploads()).toBeLessThanOrEqual(registry.log.filter(isPut).length)
  })

  it.each([20 * MIB, MIB, 300_000])(
    'is sent in chunks where no body of more than %i bytes gets through',
    async (max) => {
      const { registry, repository } = await setting({ maxRequestBody: max })
      const content = blob(21 * MIB)
      await repository.putBlob(content, opener(content))
      expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
      expect(registry.log.filter(isPatch).length).toBeGreaterThanOrEqual(content.size / max)
    },
  )

  it('says that the registry takes no upload of this size when even a small chunk is too large', async () => {
    const { registry, repository } = await setting({ maxRequestBody: 1000 })
    const content = blob(3 * MIB)
    expect((await failure(repository.putBlob(content, opener(content)))).code).toBe('registry-out-of-space')
    expect(registry.log.filter(carries).length).toBeLessThan(8)
    expect(registry.openUploads()).toBe(0)
  })

  it("sends no chunk below the registry's least length but the last", async () => {
    const { registry, repository } = await setting({ maxRequestBody: 10 * MIB, chunkMinLength: 7 * MIB })
    const content = blob(20 * MIB)
    // The first size of a chunk is above 10 MiB; a quarter of it would be too small.
    await repository.putBlob(content, opener(content))
    const lengths = registry.log.filter(isPatch).map(({ contentRange }) => {
      const [first = 0, last = 0] = (contentRange ?? '').split('-').map(Number)
      return last - first + 1
    })
    expect(lengths.length).toBeGreaterThan(0)
    expect(lengths.slice(0, -1).every((length) => length >= 7 * MIB)).toBe(true)
    expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
  })

  it('asks again where the registry is after a 416', async () => {
    const { registry, repository } = await setting()
    const content = blob(4 * MIB)
    registry.faults.push({ when: isPut, times: 1, act: { kind: 'cut-request', after: MIB } })
    registry.faults.push({ when: isPatch, times: 1, act: { kind: 'status', status: 416 } })
    await repository.putBlob(content, opener(content))
    expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
  })

  it('is refused in words when the registry gives no Location', async () => {
    const { registry, repository } = await setting()
    registry.faults.push({ when: isStart, act: { kind: 'headers', headers: { location: undefined } } })
    const content = blob(1000)
    const failed = await failure(repository.putBlob(content, opener(content)))
    expect(failed.code).toBe('registry-protocol')
    expect(failed.message).toContain('without a Location')
  })

  it('is not needed for a blob that another repository has, and goes on as an upload where that is refused', async () => {
    const { registry } = await setting()
    const [from, to] = [await open(registry, 'from'), await open(registry, 'to')]
    const content = blob(1000)
    await from.putBlob(content, opener(content))
    expect(await to.putBlob(content, opener(content), { mountFrom: from.reference })).toBe('mounted')
    expect(await to.hasBlob(content.digest)).toEqual({ size: 1000 })
    const other = blob(1000)
    const before = registry.log.length
    const done = await to.putBlob(other, opener(other), { mountFrom: from.reference, knownMissing: true })
    expect(done).toBe('uploaded')
    expect(registry.log.slice(before).map(({ method }) => method)).toEqual(['POST', 'PUT'])
    const refused = blob(1000)
    registry.faults.push({ when: ({ url }) => url.includes('mount='), act: { kind: 'status', status: 403 } })
    expect(await to.putBlob(refused, opener(refused), { mountFrom: from.reference })).toBe('uploaded')
  })
})

describe('an upload that was open when the process ended', () => {
  it('goes on inside the layer, and is remembered where only its owner reads', async () => {
    const { registry } = await setting()
    const folder = await mkdtemp(join(tmpdir(), 'strata-uploads-'))
    folders.push(folder)
    const content = blob(20 * MIB)
    const cut = { when: carries, times: 1, act: { kind: 'cut-request', after: 15 * MIB } } as const
    const down = { when: () => true, act: { kind: 'status', status: 503 } } as const
    registry.faults.push(cut, { ...down, when: (request) => registry.log.some(isPut) && !isPut(request) })
    const first = await open(registry, 'me/cache', { uploads: openUploadMemory(folder) })
    expect((await failure(first.putBlob(content, opener(content)))).retryable).toBe(true)
    const [file = ''] = await readdir(folder)
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(folder, file), 'utf8')).toContain('_state')

    registry.faults.splice(0)
    const before = registry.received()
    const second = await open(registry, 'me/cache', { uploads: openUploadMemory(folder) })
    expect(await second.putBlob(content, opener(content))).toBe('uploaded')
    expect(registry.received() - before).toBeLessThan(6 * MIB)
    expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
    expect(await readdir(folder)).toEqual([])
  })

  it('begins anew when the registry no longer knows it, or has other bytes of it', async () => {
    const { registry } = await setting()
    const folder = await mkdtemp(join(tmpdir(), 'strata-uploads-'))
    folders.push(folder)
    const content = blob(17 * MIB)
    const key = `http://${registry.host}/v2/me/cache/blobs/uploads/ ${content.digest}`
    const memory = openUploadMemory(folder)
    const wrong = await fetch(`http://${registry.host}/v2/me/cache/blobs/uploads/`, { method: 'POST' })
    const session = new URL(wrong.headers.get('location') ?? '', `http://${registry.host}`).href
    await fetch(session, { method: 'PATCH', body: Buffer.alloc(5000, 'x') })
    for (const location of [session, `${session.replace(/uploads\/[^?]+/, 'uploads/unknown')}`]) {
      await memory.keep(key, { location, minChunk: 0 })
      await memory.leave(key)
      registry.blobs.clear()
      const repository = await open(registry, 'me/cache', { uploads: openUploadMemory(folder) })
      expect(await repository.putBlob(content, opener(content))).toBe('uploaded')
      expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
    }
  })

  it('belongs to one process alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-uploads-'))
    folders.push(folder)
    const [one, other] = [openUploadMemory(folder), openUploadMemory(folder)]
    const upload = { location: 'http://localhost/v2/x', minChunk: 5 }
    await one.keep('key', upload)
    expect(await other.take('key')).toBeUndefined()
    await one.leave('key')
    expect(await other.take('another key')).toBeUndefined()
    expect(await other.take('key')).toEqual(upload)
    expect(await one.take('key')).toBeUndefined()
    await other.forget('key')
    expect(await readdir(folder)).toEqual([])
  })
})
