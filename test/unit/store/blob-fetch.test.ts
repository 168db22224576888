import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRepository } from '../../../main/registry/open.ts'
import { parseReference } from '../../../main/registry/reference.ts'
import type { Repository } from '../../../main/registry/repository.ts'
import { type BlobStore, openBlobStore } from '../../../main/store/blob-store.ts'
import { failure } from '../../support/registry/failing.ts'
import { type FaultRegistry, startFaultRegistry } from '../../support/registry/fault-registry.ts'
import type { LoggedRequest } from '../../support/registry/faults.ts'
import { blob, opener } from '../../support/registry/images.ts'

let root = ''
let store: BlobStore
let registry: FaultRegistry
let from: Repository
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'strata-fetch-'))
  store = await openBlobStore({ root })
  registry = await startFaultRegistry()
  from = await openRepository(parseReference(`oci+http://${registry.host}/base`), { sleep: async () => undefined })
})
afterEach(async () => {
  await from.close()
  await registry.close()
  await rm(root, { recursive: true, force: true })
})

const isDownload = ({ method, url }: LoggedRequest) => method === 'GET' && url.includes('/blobs/sha256')

test('many who want one blob share one download, and later ones need none', async () => {
  const content = blob(500_000)
  await from.putBlob(content, opener(content))
  await Promise.all(Array.from({ length: 5 }, () => store.fetch(from, content)))
  await store.fetch(from, content)
  expect(registry.log.filter(isDownload)).toHaveLength(1)
  expect((await buffer(store.open(content.digest))).equals(content.bytes)).toBe(true)
})

test('one who gives up does not take the blob from the others', async () => {
  const content = blob(500_000)
  await from.putBlob(content, opener(content))
  const abort = new AbortController()
  const first = store.fetch(from, content, { signal: abort.signal })
  const other = store.fetch(from, content)
  abort.abort()
  expect((await failure(first)).code).toBe('cancelled')
  await other
  expect(await store.stat(content.digest)).toEqual({ size: content.size })
})

test.each([
  { what: 'another digest', fault: { kind: 'corrupt' }, code: 'digest-mismatch' },
  { what: 'fewer bytes', fault: { kind: 'truncate', to: 1000 }, code: 'digest-mismatch' },
] as const)('a blob with $what is not taken in, and nothing of it stays', async ({ fault, code }) => {
  const content = blob(500_000)
  await from.putBlob(content, opener(content))
  registry.faults.push({ when: isDownload, act: fault })
  expect((await failure(store.fetch(from, content))).code).toBe(code)
  expect(await store.stat(content.digest)).toBeUndefined()
  expect(await readdir(store.spoolFolder)).toEqual([])
})

test('a blob that is larger than its descriptor says is refused before it is read', async () => {
  const content = blob(500_000)
  await from.putBlob(content, opener(content))
  const failed = await failure(store.fetch(from, { digest: content.digest, size: 1000 }))
  expect(failed.code).toBe('size-exceeded')
  expect(failed.message).toContain('500000 bytes of it instead of 1000')
})
