import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { batches } from '../../../../main/buildcache/browse/progress.ts'
import { readLength } from '../../../../main/buildcache/browse/unpacked.ts'

describe('the length at the end of a gzip stream', () => {
  it('is what it unpacks to', () => {
    const packed = gzipSync(Buffer.alloc(123_456))
    expect(readLength(packed.subarray(-4), packed.length)).toBe(123_456)
  })

  it('tells nothing when it is less than what was packed: several streams, or no gzip at all', () => {
    const packed = Buffer.concat([gzipSync(randomText(100_000)), gzipSync(Buffer.alloc(0))])
    expect(readLength(packed.subarray(-4), packed.length)).toBeNull()
    expect(readLength(Buffer.from([1, 0]), 2)).toBeNull()
    expect(readLength(undefined, 1000)).toBeNull()
  })
})

function randomText(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 7919 * ((i >> 3) + 1)) & 0xff))
}

describe('batches of what was read', () => {
  it('come at most ten times a second, and the rest at the end', () => {
    let now = 0
    const handed: [number, number][] = []
    const batch = batches<number>(
      () => now,
      (read, fresh) => handed.push([read, fresh.length]),
    )
    for (let i = 0; i < 25; i += 1) {
      now += 10
      batch.add(i)
    }
    batch.flush()
    batch.flush()
    expect(handed).toEqual([
      [10, 10],
      [20, 10],
      [25, 5],
    ])
  })
})
