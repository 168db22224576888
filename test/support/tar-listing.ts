import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'

/** What of a tar's member has to be Spack's. */
export interface ListedEntry {
  readonly type: Header['type']
  readonly name: string
  readonly mode: number
  readonly size: number
  readonly link: string | undefined
  /** The first 16 hex digits of the content's sha256: enough to tell two files apart, and short in a fixture. */
  readonly content: string | undefined
  readonly owner: string
  readonly modified: number
}

export interface TarListing {
  readonly entries: readonly ListedEntry[]
  /** Content of the last member, Spack's `binary_distribution`. */
  readonly last: string
}

/** The members of a gzip-compressed tar, in their order, read with tar-stream: a reader that is not ours. */
export async function listTar(file: string): Promise<TarListing> {
  const entries: ListedEntry[] = []
  let last = ''
  const unpacking = extract()
  const feeding = pipeline(createReadStream(file), createGunzip({ chunkSize: 256 * 1024 }), unpacking)
  for await (const member of unpacking) {
    const { type, name, mode = 0, size = 0, linkname, uid, gid, uname, gname, mtime } = member.header
    const hash = createHash('sha256')
    const keep: Buffer[] = []
    for await (const piece of member as AsyncIterable<Buffer>) {
      hash.update(piece)
      if (name.endsWith('/.spack/binary_distribution')) keep.push(piece)
    }
    last = Buffer.concat(keep).toString('utf8')
    const content = type === 'file' ? hash.digest('hex').slice(0, 16) : undefined
    const owner = [uid, gid, uname, gname].join(':')
    const link = linkname ?? undefined
    entries.push({ type, name: name.replace(/\/$/, ''), mode, size, link, content, owner, modified: Number(mtime) })
  }
  await feeding
  return { entries, last }
}

/** The content of each member of a plain tar by its name, read with tar-stream as well; of a name twice the last. */
export async function tarContents(file: string): Promise<ReadonlyMap<string, Buffer>> {
  const members = new Map<string, Buffer>()
  const unpacking = extract()
  const feeding = pipeline(createReadStream(file), unpacking)
  for await (const member of unpacking) members.set(member.header.name.replace(/\/$/, ''), await buffer(member))
  await feeding
  return members
}
