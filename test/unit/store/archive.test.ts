import {
  createWriteStream,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { unpackArchive } from '../../../main/store/archive.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'strata-archive-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

type Member = Partial<Header> & { readonly name: string; readonly content?: string }

/** Makes an archive of these members, in this order, and unpacks it into `out`. */
async function unpacked(members: readonly Member[]): Promise<string> {
  const archive = join(root, 'archive.tar.gz')
  const tar = pack()
  for (const { content, ...header } of members) tar.entry(header as Header, content ?? '')
  tar.finalize()
  await pipeline(tar, createGzip(), createWriteStream(archive))
  const out = join(root, 'out')
  await unpackArchive(archive, out)
  return out
}

test('keeps content, modes, symbolic and hard links', async () => {
  const out = await unpacked([
    { name: 'bin/', type: 'directory' },
    { name: 'bin/run', mode: 0o755, content: 'run' },
    { name: 'deep/er/data', mode: 0o644, content: 'x'.repeat(300_000) },
    { name: 'link', type: 'symlink', linkname: '/anywhere/at all' },
    { name: 'bin/again', type: 'link', linkname: 'bin/run' },
    { name: 'empty/', type: 'directory' },
  ])
  expect(readFileSync(join(out, 'bin/run'), 'utf8')).toBe('run')
  expect(lstatSync(join(out, 'bin/run')).mode & 0o777).toBe(0o755)
  expect(lstatSync(join(out, 'deep/er/data'))).toMatchObject({ size: 300_000 })
  expect(lstatSync(join(out, 'deep/er/data')).mode & 0o777).toBe(0o644)
  expect(readlinkSync(join(out, 'link'))).toBe('/anywhere/at all')
  expect(lstatSync(join(out, 'bin/again')).ino).toBe(lstatSync(join(out, 'bin/run')).ino)
  expect(readdirSync(join(out, 'empty'))).toEqual([])
})

describe('refuses', () => {
  afterEach(() => expect(existsSync(join(root, 'evil'))).toBe(false))

  const bad: [string, Member[]][] = [
    ['a name that climbs out', [{ name: '../evil', content: 'x' }]],
    ['a name that climbs out further in', [{ name: 'a/../../evil', content: 'x' }]],
    ['an absolute name', [{ name: '/evil', content: 'x' }]],
    ['a hard link to a file outside', [{ name: 'a', type: 'link', linkname: '../archive.tar.gz' }]],
    [
      'a link out, and then a file through it',
      [
        { name: 'l', type: 'symlink', linkname: '..' },
        { name: 'l/evil', content: 'x' },
      ],
    ],
    [
      'a link out, and then a folder through it',
      [
        { name: 'l', type: 'symlink', linkname: '..' },
        { name: 'l/evil/', type: 'directory' },
      ],
    ],
    [
      'a link in place of a folder, and then a hard link through it',
      [
        { name: 'l', type: 'symlink', linkname: '..' },
        { name: 'stolen', type: 'link', linkname: 'l/archive.tar.gz' },
      ],
    ],
    [
      'a file through a link of that name',
      [
        { name: 'f', type: 'symlink', linkname: '../evil' },
        { name: 'f', content: 'x' },
      ],
    ],
  ]
  for (const [name, members] of bad) {
    test(name, async () => {
      await expect(unpacked(members)).rejects.toThrow()
      expect(existsSync(join(root, 'out/stolen'))).toBe(false)
    })
  }
})

test('a damaged archive is an error', async () => {
  const archive = join(root, 'broken.tar.gz')
  await pipeline(['not gzip at all'], createWriteStream(archive))
  await expect(unpackArchive(archive, join(root, 'out'))).rejects.toThrow()
})
