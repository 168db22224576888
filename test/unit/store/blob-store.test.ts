import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '../../../main/registry/digest.ts'
import { type BlobStore, openBlobStore } from '../../../main/store/blob-store.ts'
import { newSpoolFile } from '../../../main/store/spool.ts'

let root = ''
let store: BlobStore

beforeEach(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'strata-store-')), 'blobs')
  store = await openBlobStore({ root })
})
afterEach(() => rmSync(join(root, '..'), { recursive: true, force: true }))

const MB = 1024 * 1024
const bytesOf = (text: string, size = 10): Buffer => Buffer.alloc(size, text)

/** A finished file in the spool folder, as a packing leaves it. */
function spooled(bytes: Uint8Array): { file: string; digest: Digest; size: number } {
  const file = newSpoolFile(store.spoolFolder)
  writeFileSync(file, bytes)
  return { file, digest: digestOf(bytes), size: bytes.length }
}

/** What a reader got before the stream ended or failed. */
async function readUntilItFails(digest: Digest): Promise<{ got: number; error: unknown }> {
  let got = 0
  try {
    for await (const piece of store.open(digest)) got += (piece as Buffer).length
    return { got, error: undefined }
  } catch (error) {
    return { got, error }
  }
}

describe('blobs', () => {
  test('an adopted file is moved in whole and comes back', async () => {
    const bytes = bytesOf('layer', 3 * MB + 1)
    const { file, digest, size } = spooled(bytes)
    await store.adopt(file, digest, size)
    expect(existsSync(file)).toBe(false)
    expect(await store.stat(digest)).toEqual({ size })
    expect((await buffer(store.open(digest))).equals(bytes)).toBe(true)
    expect(readFileSync(store.path(digest)).equals(bytes)).toBe(true)
  })

  test('a file of another size than its writer said is not taken in, nor left', async () => {
    const { file, digest } = spooled(bytesOf('cut'))
    await expect(store.adopt(file, digest, 11)).rejects.toMatchObject({ code: 'blob-damaged' })
    expect(await store.stat(digest)).toBeUndefined()
    expect(readdirSync(store.spoolFolder)).toEqual([])
  })

  test('bytes come back under their digest, also none', async () => {
    for (const bytes of [Buffer.from('{}'), Buffer.alloc(0)]) {
      const { digest, size } = await store.put(bytes)
      expect([digest, size]).toEqual([digestOf(bytes), bytes.length])
      expect(await buffer(store.open(digest))).toEqual(bytes)
    }
  })

  for (const size of [10, MB, 2 * MB, 2 * MB + 5]) {
    test(`a damaged blob of ${size} bytes is never handed out whole, and dropped`, async () => {
      const bytes = bytesOf('x', size)
      const { digest } = await store.put(bytes)
      writeFileSync(store.path(digest), Buffer.concat([Buffer.from('y'), bytes.subarray(1)]))
      const { got, error } = await readUntilItFails(digest)
      expect(error).toMatchObject({ code: 'blob-damaged' })
      expect(got).toBeLessThan(size)
      expect(await store.stat(digest)).toBeUndefined()
    })
  }

  test('a blob that is not there fails when it is read', async () => {
    expect(await readUntilItFails(digestOf(bytesOf('none')))).toMatchObject({ got: 0, error: { code: 'blob-missing' } })
  })

  test('reading stops when it is cancelled', async () => {
    const { digest } = await store.put(bytesOf('x', 4 * MB))
    const stream = store.open(digest, { signal: AbortSignal.abort() })
    await expect(buffer(stream)).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('layers', () => {
  async function remembered(key: string): Promise<Digest> {
    const bytes = bytesOf(key)
    const { digest, size } = await store.put(bytes)
    await store.rememberLayer(key, { digest, size, diffId: digestOf(Buffer.from('tar')), uncompressedSize: 99 })
    return digest
  }

  test('are remembered by key, whatever characters it has, also by the next process', async () => {
    const digest = await remembered('../[1,"/prefix"]')
    const next = await openBlobStore({ root })
    const expected = { digest, size: 10, diffId: digestOf(Buffer.from('tar')), uncompressedSize: 99 }
    expect(await next.layer('../[1,"/prefix"]')).toEqual(expected)
    expect(await next.layer('other')).toBeUndefined()
  })

  test('whose blob is gone are forgotten', async () => {
    rmSync(store.path(await remembered('key')))
    expect(await store.layer('key')).toBeUndefined()
    expect((await store.info()).layers).toBe(0)
  })

  test('whose blob has another size are forgotten, and the blob with them', async () => {
    const digest = await remembered('key')
    appendFileSync(store.path(digest), 'more')
    expect(await store.layer('key')).toBeUndefined()
    expect(existsSync(store.path(digest))).toBe(false)
  })

  test('with a record that does not parse count as unknown', async () => {
    await remembered('key')
    const file = join(root, 'layers', readdirSync(join(root, 'layers'))[0] ?? '')
    for (const bad of ['', '{', '{"digest":"sha256:../../x","size":1}']) {
      writeFileSync(file, bad)
      expect(await store.layer('key')).toBeUndefined()
    }
  })

  test('can be forgotten', async () => {
    await remembered('key')
    await store.forgetLayer('key')
    await store.forgetLayer('key')
    expect(await store.layer('key')).toBeUndefined()
  })
})

describe('known facts', () => {
  test('come back by kind and id', async () => {
    await store.rememberKnown('recipe', 'zlib', Buffer.from('fact'))
    expect((await store.known('recipe', 'zlib'))?.toString()).toBe('fact')
    expect(await store.known('config', 'zlib')).toBeUndefined()
  })

  test('with a digest for an id are only believed when they have it', async () => {
    const bytes = Buffer.from('{"manifest":1}')
    await store.rememberKnown('manifest', digestOf(bytes), bytes)
    expect(await store.known('manifest', digestOf(bytes))).toEqual(bytes)
    await store.rememberKnown('manifest', digestOf(bytes), Buffer.from('{"manifest":2}'))
    expect(await store.known('manifest', digestOf(bytes))).toBeUndefined()
  })
})

describe('the size limit', () => {
  /** Puts three blobs in and pretends that they were used so many hours ago. */
  async function aged(hours: readonly number[]): Promise<Digest[]> {
    const digests: Digest[] = []
    for (const [at, hour] of hours.entries()) {
      const { digest } = await store.put(bytesOf(String(at), 1000))
      const then = Date.now() / 1000 - hour * 3600
      utimesSync(store.path(digest), then, then)
      digests.push(digest)
    }
    return digests
  }
  const left = (digests: readonly Digest[]): boolean[] => digests.map((digest) => existsSync(store.path(digest)))

  test('deletes the least recently used first, and no more than it must', async () => {
    const digests = await aged([2, 3, 1])
    await (await openBlobStore({ root, limitBytes: 2000 })).evict()
    expect(left(digests)).toEqual([true, false, true])
    await (await openBlobStore({ root, limitBytes: 1500 })).evict()
    expect(left(digests)).toEqual([false, false, true])
  })

  test('keeps what this process has used, even above the limit', async () => {
    const digests = await aged([3, 2, 1])
    const small = await openBlobStore({ root, limitBytes: 500 })
    await buffer(small.open(digests[0] ?? digestOf(bytesOf(''))))
    await small.put(bytesOf('new', 1000))
    await small.evict()
    expect(left(digests)).toEqual([true, false, false])
    expect((await small.info()).blobs).toBe(2)
  })

  test('using a blob makes it the last to go for other processes', async () => {
    const digests = await aged([3, 2, 1])
    await buffer((await openBlobStore({ root })).open(digests[0] ?? digestOf(bytesOf(''))))
    await (await openBlobStore({ root, limitBytes: 1000 })).evict()
    expect(left(digests)).toEqual([true, false, false])
  })

  test('of 0 is none', async () => {
    const digests = await aged([3, 2])
    await store.evict()
    expect(left(digests)).toEqual([true, true])
  })
})

describe('a folder made from something else', () => {
  const fill = async (folder: string): Promise<void> => writeFileSync(join(folder, 'part'), bytesOf('part', 1000))

  test('is made once, by whoever asks first, and counted', async () => {
    let made = 0
    const make = async (folder: string): Promise<void> => {
      made++
      await fill(folder)
    }
    const paths = await Promise.all([1, 2, 3].map(() => store.folder('key', make)))
    const [path = ''] = paths
    expect(new Set(paths)).toEqual(new Set([path]))
    expect(await (await openBlobStore({ root })).folder('key', make)).toBe(path)
    expect(made).toBe(1)
    expect(readFileSync(join(path, 'part')).length).toBe(1000)
    expect(await store.folder('other', make)).not.toBe(path)
    expect((await store.info()).bytes).toBe(2000)
    expect(await store.clear()).toBe(2000)
    expect(existsSync(path)).toBe(false)
  })

  test('that could not be made is not there, and is made by the next who asks', async () => {
    const failing = async (folder: string): Promise<void> => {
      await fill(folder)
      throw new Error('half of it')
    }
    await expect(store.folder('key', failing)).rejects.toThrow('half of it')
    expect(readdirSync(store.spoolFolder)).toEqual([])
    expect(existsSync(join(await store.folder('key', fill), 'part'))).toBe(true)
  })

  test('goes as a whole when it was not used for longest', async () => {
    const path = await store.folder('key', fill)
    await store.put(bytesOf('newer', 1000))
    utimesSync(path, new Date(0), new Date(0))
    await (await openBlobStore({ root, limitBytes: 1500 })).evict()
    expect(existsSync(path)).toBe(false)
    expect((await store.info()).bytes).toBe(1000)
  })

  test('is removed when the process that made it has died over it', async () => {
    const child = spawn('true')
    await once(child, 'exit')
    const left = join(store.spoolFolder, `${child.pid}-0123456789abcdef-${hostname()}.tmp`)
    mkdirSync(left)
    writeFileSync(join(left, 'part'), 'x')
    await openBlobStore({ root })
    expect(existsSync(left)).toBe(false)
  })
})

test('says what it holds, and clearing frees that', async () => {
  const { digest, size } = await store.put(bytesOf('x', 1000))
  await store.rememberLayer('key', { digest, size, diffId: digest, uncompressedSize: 1 })
  await store.rememberKnown('config', 'id', Buffer.from('12345'))
  const info = await store.info()
  expect(info).toMatchObject({ root, blobs: 1, layers: 1, limitBytes: 0 })
  expect(info.bytes).toBeGreaterThan(1005)
  expect(await store.clear()).toBe(info.bytes)
  expect(await store.info()).toMatchObject({ blobs: 0, layers: 0, bytes: 0 })
  expect((await store.put(bytesOf('again'))).size).toBe(10)
})

describe('several processes', () => {
  test('adopt the same blobs at the same time, and both read them whole', async () => {
    const bundle = join(root, '..', 'writer.mjs')
    const module = join(import.meta.dirname, '../../../main/store')
    const entry = `
      import { writeFileSync } from 'node:fs'
      import { buffer } from 'node:stream/consumers'
      import { openBlobStore } from ${JSON.stringify(join(module, 'blob-store.ts'))}
      import { newSpoolFile } from ${JSON.stringify(join(module, 'spool.ts'))}
      import { digestOf } from ${JSON.stringify(join(module, '../registry/digest.ts'))}
      for (let n = 0; n < 60; n++) {
        const store = await openBlobStore({ root: process.argv[2] })
        const bytes = Buffer.alloc(100_000, n + ' ')
        const file = newSpoolFile(store.spoolFolder)
        writeFileSync(file, bytes)
        await store.adopt(file, digestOf(bytes), bytes.length)
        if (!(await buffer(store.open(digestOf(bytes)))).equals(bytes)) throw new Error('other bytes')
      }`
    const options = { outfile: bundle, bundle: true, platform: 'node', format: 'esm' } as const
    await build({ stdin: { contents: entry, resolveDir: import.meta.dirname }, ...options })
    const writers = [1, 2].map(() =>
      spawn(process.execPath, [bundle, root], { stdio: ['ignore', 'ignore', 'inherit'] }),
    )
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0] as number))
    expect(codes).toEqual([0, 0])
    expect((await store.info()).blobs).toBe(60)
    expect(readdirSync(store.spoolFolder)).toEqual([])
  })

  test('what a dead one left is deleted by the next, what a live one writes is not', async () => {
    const dead = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim()
    const random = '0123456789abcdef'
    const file = (name: string, hoursOld = 0): string => {
      const path = join(store.spoolFolder, name)
      writeFileSync(path, 'x')
      const then = Date.now() / 1000 - hoursOld * 3600
      utimesSync(path, then, then)
      return name
    }
    const mine = file(basename(newSpoolFile(store.spoolFolder)), 48)
    file(`${dead}-${random}-${hostname()}.tmp`)
    const elsewhere = file(`${dead}-${random}-another-machine.tmp`, 1)
    file(`${process.pid}-${random}-another-machine.tmp`, 25)
    const unnamed = file('half-a-download', 1)
    file('old-download', 25)
    await openBlobStore({ root })
    expect(readdirSync(store.spoolFolder).sort()).toEqual([mine, elsewhere, unnamed].sort())
  })
})
