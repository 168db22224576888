import { execFile } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PackInput } from '../../../main/layer/pack.ts'
import { createWorkerPool, type WorkerPool } from '../../../main/workers/pool.ts'
import { workerFile } from '../../support/worker.ts'

let root = ''
let spoolFolder = ''
let pool: WorkerPool | undefined

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'strata-pool-'))
  makePackage('small', 1)
  makePackage('large', 40)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))
beforeEach(() => {
  spoolFolder = mkdtempSync(join(root, 'spool-'))
})
afterEach(() => pool?.close())

/** A package of so many files of 200 KB, half of each compresses. */
function makePackage(name: string, files: number): void {
  mkdirSync(join(root, 'store', name), { recursive: true })
  for (let n = 0; n < files; n++) {
    const words = Array.from({ length: 12_500 }, (_, i) => ((i * (n + 7919)) % 65_521).toString(36).padStart(8, 'ab'))
    writeFileSync(join(root, 'store', name, `${n}.txt`), `${words.join('')}${'-'.repeat(100_000)}`)
  }
}

function input(name: string): PackInput {
  return {
    name,
    prefix: `/store/${name}`,
    sysroot: root,
    buildInfo: { sbangPath: '/s', storeRoot: '/store', spackRoot: '/sp', hashToPrefix: {} },
    spoolFolder,
  }
}

function start(threads: number, file = workerFile): WorkerPool {
  pool = createWorkerPool({ file, threads })
  return pool
}

/** A worker that behaves otherwise: `before` runs in its thread ahead of the real one. */
async function workerThat(before: string): Promise<string> {
  const source = join(mkdtempSync(join(root, 'worker-')), 'worker.mjs')
  writeFileSync(source, `${before}\nawait import(${JSON.stringify(workerFile)})\n`)
  return source
}

const spooled = (): string[] => readdirSync(spoolFolder)

describe('the same bytes', () => {
  test('from one, two and four threads, alone and among others', async () => {
    const digests = new Set<string>()
    for (const threads of [1, 2, 4]) {
      const many = start(threads)
      const layers = await Promise.all(
        ['large', 'small', 'large', 'small', 'large'].map((name) => many.pack(input(name))),
      )
      for (const [at, layer] of layers.entries()) digests.add(`${at % 2} ${layer.digest} ${layer.diffId}`)
      await many.close()
    }
    expect(digests.size).toBe(2)
  })

  test('from threads that stall at random', async () => {
    const expected = await start(1).pack(input('large'))
    await pool?.close()
    // Messages between threads arrive late, each by another while.
    const late = await workerThat(`
      import { parentPort } from 'node:worker_threads'
      const post = parentPort.postMessage.bind(parentPort)
      let n = 0
      parentPort.postMessage = (message, transfer) => {
        const until = performance.now() + (n++ * 7) % 23
        while (performance.now() < until);
        post(message, transfer)
      }`)
    const layers = await Promise.all([start(4, late).pack(input('large')), pool?.pack(input('large'))])
    expect(layers.map((layer) => layer?.digest)).toEqual([expected.digest, expected.digest])
  })
})

describe('cancelling', () => {
  test('a packing that runs ends it, leaves no file, and the pool goes on', async () => {
    const one = start(2)
    const controller = new AbortController()
    const running = one.pack(input('large'), { signal: controller.signal, onProgress: () => controller.abort() })
    await expect(running).rejects.toMatchObject({ code: 'cancelled', message: 'large: cancelled' })
    expect(spooled()).toEqual([])
    const { digest, spoolFile } = await one.pack(input('small'))
    expect(digest).toMatch(/^sha256:/)
    expect(spooled()).toEqual([spoolFile.split('/').at(-1)])
  })

  test('one that waits in line never starts', async () => {
    const one = start(1)
    const controller = new AbortController()
    const first = one.pack(input('large'))
    const second = one.pack(input('small'), { signal: controller.signal })
    controller.abort()
    await expect(second).rejects.toMatchObject({ code: 'cancelled' })
    await first
    expect(spooled().length).toBe(1)
  })

  test('before the start does nothing', async () => {
    const packing = start(1).pack(input('small'), { signal: AbortSignal.abort() })
    await expect(packing).rejects.toMatchObject({ code: 'cancelled' })
  })

  test('leaves no listener on a signal that lives on', async () => {
    const one = start(2)
    const { signal } = new AbortController()
    let listening = 0
    const count = { add: signal.addEventListener.bind(signal), remove: signal.removeEventListener.bind(signal) }
    signal.addEventListener = (...args: Parameters<typeof count.add>) => {
      listening++
      count.add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof count.remove>) => {
      listening--
      count.remove(...args)
    }
    await Promise.all(Array.from({ length: 5 }, () => one.pack(input('small'), { signal })))
    expect(listening).toBe(0)
  })
})

describe('closing', () => {
  test('ends what runs and what waits; their files are gone when it returns', async () => {
    const one = start(2)
    const started = new EventEmitter()
    const packings = ['large', 'large', 'large'].map((name) =>
      one.pack(input(name), { onProgress: () => started.emit('progress') }),
    )
    const outcomes = Promise.allSettled(packings)
    await once(started, 'progress')
    await one.close()
    expect(spooled()).toEqual([])
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } })
    }
    await expect(one.pack(input('small'))).rejects.toMatchObject({ code: 'cancelled' })
  })

  test('is not needed for the process to end: an idle pool does not hold it', async () => {
    const bundle = join(mkdtempSync(join(root, 'main-')), 'main.mjs')
    const entry = `
      import { createWorkerPool } from ${JSON.stringify(join(import.meta.dirname, '../../../main/workers/pool.ts'))}
      const pool = createWorkerPool({ file: ${JSON.stringify(workerFile)}, threads: 3 })
      const layers = await Promise.all(Array.from({ length: 4 }, () => pool.pack(${JSON.stringify(input('large'))})))
      console.log(new Set(layers.map((layer) => layer.digest)).size)`
    await build({
      stdin: { contents: entry, resolveDir: import.meta.dirname },
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
    })
    const { stdout } = await promisify(execFile)(process.execPath, [bundle], { timeout: 20_000 })
    expect(stdout.trim()).toBe('1')
  })
})

describe('a thread that dies', () => {
  /** A worker that does something when it gets a message, ahead of its own answer to it. */
  const workerThatOn = (message: string, does: string): Promise<string> =>
    workerThat(`
      import { appendFileSync } from 'node:fs'
      import { parentPort } from 'node:worker_threads'
      const on = parentPort.on.bind(parentPort)
      parentPort.on = (event, listener) => on(event, (message) => {
        if (${message}) ${does}
        listener(message)
      })`)

  test('fails its packing with worker-failed, leaves no file, and the pool goes on with another', async () => {
    const file = await workerThatOn("message.order?.input.name === 'large'", 'setTimeout(() => process.exit(3), 20)')
    const one = start(1, file)
    const [first, second] = await Promise.allSettled([one.pack(input('large')), one.pack(input('small'))])
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'worker-failed', retryable: true } })
    expect(second.status).toBe('fulfilled')
    expect(spooled().length).toBe(1)
  })

  test('while it helps another: the other deflates those blocks itself', async () => {
    const { digest } = await start(1).pack(input('large'))
    await pool?.close()
    const deaths = join(root, 'deaths')
    const die = `{ appendFileSync(${JSON.stringify(deaths)}, 'x'); process.exit(3) }`
    const file = await workerThatOn("message.kind === 'deflate'", die)
    expect((await start(3, file).pack(input('large'))).digest).toBe(digest)
    expect(readFileSync(deaths, 'utf8')).toBe('xx')
  })

  test('at its start, because the worker file is not there', async () => {
    const packing = start(2, join(root, 'nowhere.mjs')).pack(input('small'))
    await expect(packing).rejects.toMatchObject({
      code: 'worker-failed',
      message: expect.stringContaining('nowhere.mjs'),
    })
  })
})

test('reports the bytes of the tar as they grow', async () => {
  const seen: number[] = []
  const layer = await start(2).pack(input('large'), { onProgress: (bytes) => seen.push(bytes) })
  await setTimeout(0)
  expect(seen.length).toBeGreaterThan(0)
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  expect(seen.at(-1)).toBeLessThanOrEqual(layer.uncompressedSize)
})

test('an error of the packing crosses the threads with its code, hint and details', async () => {
  const packing = start(1).pack(input('gone'))
  await expect(packing).rejects.toMatchObject({
    code: 'prefix-missing',
    message: expect.stringContaining('gone'),
    hint: expect.stringContaining('spack reindex'),
    details: { prefix: join(root, 'store/gone') },
  })
})

test('what lies in the spool folder is the layer', async () => {
  const { spoolFile, size } = await start(2).pack(input('small'))
  expect(readFileSync(spoolFile).length).toBe(size)
})
