import { createReadStream, createWriteStream } from 'node:fs'
import { link, lstat, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type Extract, extract } from 'tar-stream'
import { StrataError } from '../support/errors.ts'

/** Files up to this many bytes are written at once. */
const WHOLE = 4 * 1024 * 1024

/**
 * Unpacks a gzip-compressed tar that ships with the app into `folder`, which must not exist: files, folders, symbolic
 * and hard links, with their modes. A name that would leave the folder is refused, also by way of a link.
 */
export async function unpackArchive(archive: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const entries = extract()
  const [fed, unpacked] = await Promise.allSettled([
    pipeline(createReadStream(archive), createGunzip({ chunkSize: 256 * 1024 }), entries),
    unpackEntries(entries, folder),
  ])
  // Either ends the other; what the entries failed with is the reason, a closed stream its consequence.
  if (unpacked.status === 'rejected') throw unpacked.reason
  if (fed.status === 'rejected') throw fed.reason
}

async function unpackEntries(entries: Extract, folder: string): Promise<void> {
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
      // A stream for each of thousands of small files takes most of the time; a large one must not fill the memory.
      const large = (header.size ?? 0) > WHOLE
      if (large) await pipeline(Readable.from(entry), createWriteStream(path, { flags: 'wx', mode: header.mode }))
      else await writeFile(path, await buffer(entry), { flag: 'wx', mode: header.mode })
      continue
    }
    if (header.type === 'symlink') await symlink(header.linkname ?? '', path)
    else if (header.type === 'link') {
      const target = inside(folder, header.linkname ?? '')
      // Its folders are real ones, too: not a link by which a file from elsewhere would get in.
      await makeFolder(dirname(target))
      await link(target, path)
    }
    entry.resume()
  }
}

function inside(folder: string, name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (name.startsWith('/') || parts.includes('..')) throw escapes(name)
  return join(folder, ...parts)
}

function escapes(name: string): StrataError {
  return new StrataError('io', `the archive names ${name}, which lies outside of where it is unpacked`)
}
