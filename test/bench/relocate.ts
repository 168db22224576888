/**
 * How fast files are scanned for old paths, on one core, with nothing to replace: most of what relocation does.
 *
 *     tsx test/bench/relocate.ts [FILE…]
 *
 * Without files it takes node's own binary. Each is read through a file descriptor, from the page cache after the first round.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { scanBinary } from '../../main/relocate/binary.ts'
import type { ByteSource } from '../../main/relocate/edits.ts'
import { createPrefixMap, type PrefixMap } from '../../main/relocate/prefix-map.ts'
import { TextRelocation } from '../../main/relocate/text.ts'

const rounds = 7
const piece = Buffer.alloc(256 * 1024)

const padded = `/spack/opt/${'__spack_path_placeholder__/'.repeat(4)}store`
const packages = (root: string) =>
  Array.from({ length: 60 }, (_, n) => ({ from: `${root}/pkg-${n}`, to: `/new/pkg-${n}` }))
const stores: Readonly<Record<string, PrefixMap>> = {
  'padded store': mapFrom(padded, packages(padded)),
  'short store': mapFrom('/opt/spack', packages('/opt/spack')),
  'three upstream stores': mapFrom(padded, ['/apps', '/sw', '/cluster/spack'].flatMap(packages)),
}

function mapFrom(root: string, moved: readonly { from: string; to: string }[]): PrefixMap {
  return createPrefixMap({ sbang: undefined, packages: moved, storeRoot: { from: root, to: '/new' } })
}

function scanText(file: ByteSource, map: PrefixMap): void {
  const relocation = new TextRelocation(map)
  for (let at = 0; at < file.size; at += piece.length) {
    relocation.update(piece.subarray(0, file.read(at, piece)))
  }
  relocation.end()
}

/** Megabytes a second in the best of some rounds. */
function speed(file: ByteSource, work: () => void): string {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now()
    work()
    best = Math.min(best, performance.now() - startedAt)
  }
  return `${Math.round(file.size / best / 1000)} MB/s`.padStart(10)
}

const files = process.argv.slice(2)
for (const path of files.length > 0 ? files : [process.execPath]) {
  const fd = openSync(path, 'r')
  const file = { size: fstatSync(fd).size, read: (at: number, into: Buffer) => readSync(fd, into, 0, into.length, at) }
  console.log(`${path}, ${Math.round(file.size / 1e6)} MB`)
  for (const [name, map] of Object.entries(stores)) {
    console.log(
      `  ${name.padEnd(24)} binary ${speed(file, () => scanBinary(file, map))}  text ${speed(file, () => scanText(file, map))}`,
    )
  }
  closeSync(fd)
}
