import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KeptContent, keptStart } from '../../../main/layer/kept-content.ts'
import type { ByteSource } from '../../../main/relocate/edits.ts'
import { makeElf } from '../../support/elf.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-kept-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const nowhere = (): string => {
  throw new Error('nothing may be written')
}

function fed(bytes: Buffer, size: number, newFile: () => string): KeptContent {
  const kept = new KeptContent(bytes.length, newFile)
  for (let at = 0; at < bytes.length; at += size) kept.update(bytes.subarray(at, at + size))
  return kept
}

function read(source: ByteSource | undefined, from: number, length: number): Buffer {
  const into = Buffer.alloc(length)
  source?.read(from, into)
  return into
}

describe('what is kept of a file that streams past', () => {
  const elf = Buffer.concat([makeElf({ wide: true, littleEndian: true, machine: 62 }), Buffer.alloc(100_000, 7)])

  it.each([1, 3, 4, 1000, 1 << 20])('is all of an ELF file that comes in pieces of %i bytes', (size) => {
    const kept = fed(elf, size, nowhere)
    expect(kept.elf()?.size).toBe(elf.length)
    expect(read(kept.elf(), 0, elf.length).equals(elf)).toBe(true)
    expect(kept.start(keptStart).equals(elf.subarray(0, keptStart))).toBe(true)
  })

  it('is the beginning of any other file', () => {
    const text = Buffer.alloc(100_000, 'text ')
    const kept = fed(text, 999, nowhere)
    expect(kept.elf()).toBeUndefined()
    expect(kept.start(10).toString()).toBe('text text ')
    expect(kept.start(1 << 20)).toHaveLength(keptStart)
    expect(fed(Buffer.alloc(0), 1, nowhere).start(10)).toHaveLength(0)
  })

  it('of a large ELF file lies in a file until it is closed', () => {
    const path = join(folder, 'large')
    const large = Buffer.concat([elf, Buffer.alloc(64 * 1024 ** 2), Buffer.from('the end')])
    const kept = fed(large, 1_000_003, () => path)
    expect(existsSync(path)).toBe(true)
    expect(read(kept.elf(), large.length - 7, 7).toString()).toBe('the end')
    expect(read(kept.elf(), 0, 64).equals(elf.subarray(0, 64))).toBe(true)
    kept.close()
    kept.close()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is nothing of an ELF file that was cut off', () => {
    const kept = new KeptContent(elf.length, nowhere)
    kept.update(elf.subarray(0, 50_000))
    expect(kept.elf()).toBeUndefined()
  })
})
