/** What an archive may be compressed with, by the name of the program that undoes it. */
export type Compression = 'gzip' | 'zstd' | 'bzip2' | 'xz' | 'lz4'

/** The bytes that each kind of stream begins with. */
const magics: readonly (readonly [compression: Compression, magic: Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18])],
]

/** So many bytes of the start tell. */
export const compressionLength = 6

/** What the bytes are compressed with, by their beginning; a media type is only what somebody said. */
export function compressionOf(start: Buffer): Compression | undefined {
  return magics.find(([, magic]) => start.subarray(0, magic.length).equals(magic))?.[0]
}
