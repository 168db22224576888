import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { assembleImage } from '../../../image/assemble.ts'
import { compressionLength, compressionOf } from '../../../layer/compression.ts'
import { writeGzip } from '../../../layer/gzip-file.ts'
import { StrataError } from '../../../support/errors.ts'
import { readFileStart } from '../../../support/file-ends.ts'
import { type ArchiveFile, shares } from './archive-file.ts'
import type { FoundArchive } from './inspect.ts'
import { blobFile, putOnlyImage, startLayout } from './layout.ts'

/** What docker sets where an image says nothing (moby, `oci/defaults.go`). */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Makes an OCI layout of a root file system: the tar is its one layer, with every byte as it is (names, owners, modes,
 * extended attributes), compressed as all our layers are. So the same tar is the same image, whatever it came compressed
 * with. Throws `file-changed` when the file is another one than was looked into.
 */
export async function importSystem(
  archive: ArchiveFile,
  { architecture, unpackedBytes }: Extract<FoundArchive, { kind: 'system' }>,
  folder: string,
): Promise<void> {
  await startLayout(folder)
  const packed = join(folder, '.layer')
  const tar = await plainTar(archive)
  const layer = await writeGzip(tar, packed)
  if (layer.uncompressedSize !== unpackedBytes)
    throw new StrataError('file-changed', `${archive.path} changed while it was read`)
  await rename(packed, blobFile(folder, layer.digest))
  const { config } = assembleImage({
    base: undefined,
    architecture,
    layers: [{ ...layer, title: '' }],
    env: new Map([['PATH', defaultPath]]),
  })
  await putOnlyImage(folder, config.bytes, [layer])
}

/** Bytes that are unpacked at a time. */
const plainChunk = 512 * 1024

async function plainTar(archive: ArchiveFile): Promise<AsyncIterable<Buffer>> {
  const source = archive.read(shares.members + shares.compress)
  if (compressionOf(await readFileStart(archive.path, compressionLength)) === undefined) return source
  // Whoever reads it hears of a failure of either.
  return pipeline(source, createGunzip({ chunkSize: plainChunk }), () => undefined)
}
