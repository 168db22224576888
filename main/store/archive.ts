import { createReadStream, createWriteStream } from 'node:fs'
import { link, lstat, mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { StrataError } from '../support/errors.ts'

/**
 * Unpacks a gzip-compressed tar that ships with the app into `folder`, which must not exist: files, folders, symbolic
 * and hard links, with their modes. A name that would leave the folder is refused, also by way of a link.
 */
export async function unpackArchive(archive: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const entries = extract()
  const feeding = pipeline(createReadStream(archive), createGunzip({ chunkSize: 256 * 1024 }), entries)
  const made = new Set<string>([folder])
  const makeFolder = async (path: string): Promise<void> => {
    if (made.has(path)) return
    await makeFolder(dirname(path))
    const found = await lstat(path).catch(() => undefined)
    if (found && !found.isDirectory()) throw escapes(path)
    if (!found) await mkdir(path)
    made.add(path)
  }
  for await (const entry of entries) {
    const { header } = entry
    const path = inside(folder, header.name)
    await makeFolder(header.type === 'directory' ? path : dirname(path))
    if (header.type === 'file') {
      await pipeline(Readable.from(entry), createWriteStream(path, { flags: 'wx', mode: header.mode }))
      continue
    }
    if (header.type === 'symlink') await symlink(header.linkname ?? '', path)
    else if (header.type === 'link') await link(inside(folder, header.linkname ?? ''), path)
    entry.resume()
  }
  await feeding
}

function inside(folder: string, name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (name.startsWith('/') || parts.includes('..')) throw escapes(name)
  return join(folder, ...parts)
}

function escapes(name: string): StrataError {
  return new StrataError('io', `the archive names ${name}, which lies outside of where it is unpacked`)
}
