import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Block, blockSize, deflateBlock, deflateBlockAside } from '../../../main/layer/deflate.ts'
import { writeGzip } from '../../../main/layer/gzip-file.ts'
import { type Deflate, type GzipResult, GzipWriter } from '../../../main/layer/gzip-writer.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-gzip-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
/** Writes `pieces` and returns the file with what the writer says of it. */
async function gzip(
  pieces: readonly Uint8Array[],
  deflate: Deflate = deflateBlock,
  maxPending = 8,
): Promise<GzipResult & { readonly file: Buffer }> {
  const path = join(folder, `${files++}.gz`)
  const fd = openSync(path, 'wx')
  try {
    const writer = new GzipWriter(fd, { deflate, level: 5, maxPending, onBlock: () => undefined })
    for (const piece of pieces) await writer.write(piece)
    return { ...(await writer.finish()), file: readFileSync(path) }
  } finally {
    closeSync(fd)
    rmSync(path)
  }
}

/** Deterministic bytes, of which about half compress. */
function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[i] = i % 4096 < 2048 ? state >>> 24 : i & 7
  }
  return bytes
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

describe('GzipWriter', () => {
  const around = [0, 1, 2]
    .flatMap((blocks) => [-1, 0, 1].map((more) => blocks * blockSize + more))
    .filter((n) => n >= 0)
  for (const length of around) {
    test(`${length} bytes come back, and both digests and sizes are theirs`, async () => {
      const bytes = bytesOf(length)
      const result = await gzip([bytes])
      expect(gunzipSync(result.file).equals(bytes)).toBe(true)
      expect(result).toMatchObject({
        digest: sha256(result.file),
        size: result.file.length,
        diffId: sha256(bytes),
        uncompressedSize: length,
      })
    })
  }

  test('the file does not depend on how the bytes were cut', async () => {
    const bytes = bytesOf(2 * blockSize + 777)
    const whole = await gzip([bytes])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
        expect((await gzip(pieces)).digest).toBe(whole.digest)
      }),
      { numRuns: 15 },
    )
  })

  test('the file does not depend on who deflates what, or when', async () => {
    const bytes = bytesOf(6 * blockSize + 5)
    const alone = await gzip([bytes])
    const late = (delay: (n: number) => number): Deflate => {
      let n = 0
      return (block) => {
        const wait = delay(n++)
        // The block's memory is only lent: a late helper has to find the same bytes in it.
        return wait === 0 ? deflateBlock(block) : setTimeout(wait).then(() => deflateBlock(block))
      }
    }
    for (const maxPending of [1, 2, 8]) {
      expect(
        (
          await gzip(
            [bytes],
            late((n) => 20 - 3 * n),
            maxPending,
          )
        ).file.equals(alone.file),
      ).toBe(true)
      expect(
        (
          await gzip(
            [bytes],
            late((n) => (n % 2) * 15),
            maxPending,
          )
        ).file.equals(alone.file),
      ).toBe(true)
    }
  })

  test('the file is the same when node’s own threads deflate, and in whatever pieces it comes', async () => {
    const bytes = bytesOf(5 * blockSize + 17)
    const here = await gzip([bytes])
    expect((await gzip([bytes], deflateBlockAside)).file.equals(here.file)).toBe(true)
    const path = join(folder, 'aside.gz')
    const pieces = Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)])
    const aside = await writeGzip(pieces, path)
    expect(gunzipSync(readFileSync(path)).equals(bytes)).toBe(true)
    expect(aside).toMatchObject({ diffId: here.diffId, uncompressedSize: bytes.length })
    const failing = async function* () {
      yield bytes
      throw new Error('cut')
    }
    await expect(writeGzip(failing(), join(folder, 'failed.gz'))).rejects.toThrow('cut')
    expect(existsSync(join(folder, 'failed.gz'))).toBe(false)
  })

  test('never has more blocks under way than it may', async () => {
    let now = 0
    let most = 0
    const deflate = async (block: Block): Promise<Uint8Array> => {
      most = Math.max(most, ++now)
      await setTimeout(50)
      now--
      return deflateBlock(block)
    }
    await gzip([bytesOf(9 * blockSize)], deflate, 3)
    expect(most).toBe(3)
  })

  test('a block that cannot be deflated fails the writing, after the ones before it', async () => {
    let n = 0
    const deflate: Deflate = (block) => (n++ === 2 ? Promise.reject(new Error('no memory')) : deflateBlock(block))
    await expect(gzip([bytesOf(5 * blockSize)], deflate)).rejects.toThrow('no memory')
  })
})
