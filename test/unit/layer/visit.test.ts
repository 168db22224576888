import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LayerFile } from '../../../main/api/catalog.ts'
import { FileList, FileSearch } from '../../../main/layer/listing.ts'
import { type LayerVisit, visitLayerFiles } from '../../../main/layer/visit.ts'
import { StrataError } from '../../../main/support/errors.ts'
import { pseudoRandom } from '../../support/random.ts'
import { pax, type RawMember, rawMember, rawTar } from '../../support/raw-tar.ts'
import { failure } from '../../support/registry/failing.ts'

/** A blob as it comes from the network. */
async function* inPieces(bytes: Buffer, size = 16 * 1024): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function listed(blob: AsyncIterable<Buffer>): Promise<LayerVisit & { files: readonly LayerFile[] }> {
  const list = new FileList()
  return { ...(await visitLayerFiles(blob, list)), files: list.files }
}

const pathsOf = async (members: readonly RawMember[]): Promise<string[]> =>
  (await listed(inPieces(rawTar(members)))).files.map(({ path }) => path)

/** Bytes that do not deflate. */
const noise = (length: number): Buffer => {
  const random = pseudoRandom(length)
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
}

const members: readonly RawMember[] = [
  { name: 'usr/', type: '5' },
  { name: 'usr/bin/', type: '5' },
  { name: 'usr/bin/tool', content: noise(150_000), mode: 0o4755 },
  { name: 'usr/bin/same', type: '1', link: 'usr/bin/tool' },
  { name: 'usr/bin/link', type: '2', link: '../../etc/passwd' },
  { name: 'usr/notes', content: 'words' },
]

describe('a list of what is in a layer', () => {
  const whole = [
    { path: 'usr', kind: 'directory', bytes: 0, mode: 0o755 },
    { path: 'usr/bin', kind: 'directory', bytes: 0, mode: 0o755 },
    { path: 'usr/bin/tool', kind: 'file', bytes: 150_000, mode: 0o4755 },
    { path: 'usr/bin/same', kind: 'hardlink', bytes: 0, mode: 0o644, target: 'usr/bin/tool' },
    { path: 'usr/bin/link', kind: 'symlink', bytes: 0, mode: 0o644, target: '../../etc/passwd' },
    { path: 'usr/notes', kind: 'file', bytes: 5, mode: 0o644 },
  ]

  it('is the same for a plain and for a compressed archive, however its bytes come', async () => {
    const tar = rawTar(members)
    for (const bytes of [
      tar,
      gzipSync(tar),
      Buffer.concat([gzipSync(tar.subarray(0, 1000)), gzipSync(tar.subarray(1000))]),
    ]) {
      for (const size of [1 << 20, 60_000, 511, 7]) {
        expect(await listed(inPieces(bytes, size))).toEqual({ files: whole, unpackedBytes: tar.length })
      }
    }
  })

  it('shows the devices and the deletions of a base image as what they are', async () => {
    const { files } = await listed(
      inPieces(
        rawTar([
          { name: './', type: '5' },
          { name: './dev/null', type: '3', mode: 0o666 },
          { name: 'dev/sda', type: '4' },
          { name: 'run/pipe', type: '6' },
          { name: 'etc/.wh.motd' },
          { name: 'var/cache/.wh..wh..opq' },
        ]),
      ),
    )
    expect(files.map(({ path, kind }) => [path, kind])).toEqual([
      ['dev/null', 'other'],
      ['dev/sda', 'other'],
      ['run/pipe', 'other'],
      ['etc/.wh.motd', 'other'],
      ['var/cache/.wh..wh..opq', 'other'],
    ])
  })

  it('shows names that climb, start at the root or hold control characters, and follows none', async () => {
    expect(
      await pathsOf([
        { name: '../../etc/passwd' },
        { name: '/absolute//path/./x' },
        { name: 'red\u001b[31m\u0007' },
        pax({ path: 'exe\u202egpj.txt' }),
        { name: 'x' },
        { name: Buffer.from([0x66, 0xff, 0x66]) },
      ]),
    ).toEqual(['../../etc/passwd', 'absolute/path/x', 'red\uFFFD[31m\uFFFD', 'exe\uFFFDgpj.txt', 'f\uFFFDf'])
  })

  it('ends after 300,000 entries, and says so', async () => {
    const block = Buffer.concat(Array.from({ length: 500 }, () => rawMember({ name: 'a/b' })))
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) yield block
    }
    const { files, stopped } = await listed(endless())
    expect(files).toHaveLength(300_000)
    expect(stopped).toMatchObject({
      code: 'size-exceeded',
      message: 'it has more than 300,000 entries: the rest is not listed',
    })
  })

  it('ends after 96 MiB of names, and says so', async () => {
    const member = Buffer.concat([rawMember(pax({ path: 'n'.repeat(1_000_000) })), rawMember({ name: 'x' })])
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) yield member
    }
    const { files, stopped } = await listed(endless())
    expect(files).toHaveLength(100)
    expect(stopped?.message).toBe('it has more than 96.0 MiB of names: the rest is not listed')
  })
})

describe('an archive that unpacks without end', () => {
  it('is left at 1 GiB when that is hundreds of times what was read, in bounded memory', async () => {
    const zeros = gzipSync(Buffer.alloc(16 * 1024 ** 2))
    const head = gzipSync(
      Buffer.concat([
        rawMember({ name: 'before', content: 'x' }),
        rawMember({ name: 'bomb', size: 8 * 1024 ** 3 - 1 }),
      ]),
    )
    let taken = 0
    const bomb = async function* (): AsyncGenerator<Buffer> {
      yield head
      for (let i = 0; i < 10_000; i++) {
        taken += zeros.length
        yield zeros
      }
    }
    const before = process.memoryUsage().rss
    const { files, stopped, unpackedBytes } = await listed(bomb())
    expect(files.map(({ path }) => path)).toEqual(['before', 'bomb'])
    expect(stopped?.code).toBe('size-exceeded')
    expect(stopped?.message).toMatch(/^it unpacks to more than 1\.0 GiB, 200 times what was read of it/)
    expect(unpackedBytes).toBeLessThan(1024 ** 3 + 64 * 1024 ** 2)
    expect(taken).toBeLessThan(70 * zeros.length)
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 ** 2)
  }, 60_000)
})

describe('an archive that is damaged', () => {
  const tar = rawTar(members)
  const packed = gzipSync(tar)

  it('is listed up to where it is cut off', async () => {
    const { files, stopped } = await listed(inPieces(packed.subarray(0, 60_000)))
    expect(files.map(({ path }) => path)).toEqual(['usr', 'usr/bin', 'usr/bin/tool'])
    expect(stopped).toMatchObject({ code: 'layer-invalid', message: 'its gzip stream is cut off' })
    const plain = await listed(inPieces(tar.subarray(0, 60_000)))
    expect(plain.files).toHaveLength(3)
    expect(plain.stopped?.message).toBe('the archive is cut off after 60000 bytes')
  })

  it('is listed up to the damage', async () => {
    const bytes = Buffer.concat([rawMember({ name: 'good' }), Buffer.alloc(512, 'x')])
    const { files, stopped } = await listed(inPieces(bytes))
    expect(files.map(({ path }) => path)).toEqual(['good'])
    expect(stopped?.message).toMatch(/^a header has an impossible checksum/)
  })

  it('ends with facts or words, whatever byte is changed', async () => {
    const small = gzipSync(rawTar(members.map((member) => ({ ...member, content: member.content && 'abc' }))))
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: small.length - 1 }), fc.integer({ min: 1, max: 255 }), async (place, flip) => {
        const changed = Buffer.from(small)
        changed[place] = (changed[place] ?? 0) ^ flip
        const ended = await listed(inPieces(changed)).catch((thrown: unknown) => thrown)
        if (ended instanceof StrataError) expect(ended.code).toBe('layer-invalid')
        else expect(ended).toHaveProperty('files')
      }),
    )
  })

  it('does not mind zeros behind the gzip stream', async () => {
    const { files, stopped } = await listed(inPieces(Buffer.concat([packed, Buffer.alloc(100_000)])))
    expect(files).toHaveLength(members.length)
    expect(stopped).toBeUndefined()
  })

  const refused: readonly { readonly what: string; readonly bytes: Buffer; readonly says: string }[] = [
    {
      what: 'zstd',
      bytes: Buffer.from('28b52ffd0458', 'hex'),
      says: 'it is compressed with zstd, which Strata does not read',
    },
    {
      what: 'xz',
      bytes: Buffer.from('fd377a585a0000', 'hex'),
      says: 'it is compressed with xz, which Strata does not read',
    },
    {
      what: 'JSON',
      bytes: Buffer.from(`{"database": {"version": "7"}}${' '.repeat(600)}`),
      says: 'it is a JSON document and no archive',
    },
    { what: 'compressed JSON', bytes: gzipSync('{}'), says: 'it is a JSON document and no archive' },
    { what: 'nothing', bytes: Buffer.alloc(0), says: 'it is empty' },
    { what: 'words', bytes: Buffer.from('words '.repeat(200)), says: 'a header has an impossible checksum' },
    { what: 'a gzip header alone', bytes: Buffer.from('1f8b0800', 'hex'), says: 'its gzip stream is cut off' },
  ]
  it.each(refused)('is refused when it is $what', async ({ bytes, says }) => {
    const error = await failure(listed(inPieces(bytes)))
    expect(error.code).toBe('layer-invalid')
    expect(error.message).toBe(says)
  })
})

describe('what ends a visit', () => {
  const tar = rawTar([
    { name: 'first', content: 'wanted' },
    { name: 'large', content: noise(4_000_000) },
  ])

  const taken: string[] = []
  const search = (path: string): FileSearch =>
    new FileSearch(path, () => ({ update: (piece) => void taken.push(piece.toString('latin1')) }))

  it('is that the visitor has enough: the source is closed and the rest not read', async () => {
    let closed = false
    let given = 0
    const source = async function* (): AsyncGenerator<Buffer> {
      try {
        for await (const piece of inPieces(gzipSync(tar))) {
          given += piece.length
          yield piece
        }
      } finally {
        closed = true
      }
    }
    const first = search('first')
    expect((await visitLayerFiles(source(), first)).stopped).toBeUndefined()
    expect(first.found).toMatchObject({ path: 'first', bytes: 6 })
    expect(taken.join('')).toBe('wanted')
    expect(closed).toBe(true)
    expect(given).toBeLessThan(100_000)
  })

  it('is a signal, at once, also while nothing comes', async () => {
    const abort = new AbortController()
    const source = new Readable({ read: () => undefined, signal: abort.signal })
    source.push(gzipSync(tar).subarray(0, 70_000))
    const visit = visitLayerFiles(source, new FileList())
    setImmediate(() => abort.abort())
    await expect(visit).rejects.toMatchObject({ name: 'AbortError' })
    expect(source.destroyed).toBe(true)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
  })

  it('is an error of the source, unless it is only that the digest was another', async () => {
    const source = async function* (error: StrataError): AsyncGenerator<Buffer> {
      yield* inPieces(tar)
      throw error
    }
    const cut = new StrataError('registry-cut', 'gone', { retryable: true })
    expect(await failure(listed(source(cut)))).toBe(cut)
    const { files, stopped } = await listed(source(new StrataError('digest-mismatch', 'another one')))
    expect(files).toHaveLength(2)
    expect(stopped?.code).toBe('digest-mismatch')
  })
})

describe('a search for a path', () => {
  const find = async (path: string, tar: Buffer): Promise<FileSearch> => {
    const search = new FileSearch(path, () => ({ update: () => undefined }))
    await visitLayerFiles(inPieces(tar), search)
    return search
  }

  it('finds a folder that is only there because something lies in it', async () => {
    const tar = rawTar([{ name: 'a/b/c', content: 'x' }])
    expect((await find('a/b', tar)).found).toMatchObject({ path: 'a/b', kind: 'directory' })
    expect((await find('a/b/c', tar)).found).toMatchObject({ kind: 'file', bytes: 1 })
    expect((await find('a/bb', tar)).found).toBeUndefined()
  })

  it('finds an empty file, and a file that ends the archive', async () => {
    const tar = rawTar([{ name: 'empty' }, { name: 'last', content: 'x'.repeat(512) }])
    expect((await find('empty', tar)).found?.bytes).toBe(0)
    expect((await find('last', tar)).found?.bytes).toBe(512)
  })

  it('learns where the package lies from its metadata', async () => {
    const tar = rawTar([
      { name: 'opt/store/zlib/', type: '5' },
      { name: 'opt/store/zlib/.spack/spec.json', content: '{}' },
    ])
    expect((await find('nothing', tar)).prefix).toBe('opt/store/zlib')
  })
})
