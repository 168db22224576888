import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { StoredBuildInfo } from '../../layer/read-build-info.ts'
import { scanBinary } from '../../relocate/binary.ts'
import type { ByteSource, Edit, Refusal } from '../../relocate/edits.ts'
import { moveLinkTarget, movesNothing, type PrefixMap } from '../../relocate/prefix-map.ts'
import { longShebang, shebangLimit } from '../../relocate/sbang.ts'
import { isBackupFile, relocateText, TextRelocation } from '../../relocate/text.ts'
import { StrataError } from '../../support/errors.ts'

/** How many files of each kind were changed. */
export interface RelocatedFiles {
  readonly text: number
  readonly binaries: number
  readonly links: number
}

/** Texts up to this size are relocated in memory. */
const inMemory = 16 * 1024 * 1024
const pieceSize = 1024 * 1024
const executable = 0o111

/**
 * Replaces the old paths in an unpacked package by the new ones, in the order and by the rules of Spack's
 * `relocate_package`. All binaries are looked at before anything is written: only strings in them can stand in the way.
 * Files keep their inode, so that hard links stay hard links. `check` only looks.
 * Throws `relocation-impossible`, naming the file, the offset, and both strings.
 */
export function relocateTree(
  root: string,
  lists: Pick<StoredBuildInfo, 'textFiles' | 'binaries' | 'links'>,
  map: PrefixMap,
  options: { readonly sbangPath: string; readonly check?: boolean },
): RelocatedFiles {
  if (movesNothing(map)) return { text: 0, binaries: 0, links: 0 }
  const scanned = lists.binaries.map((path) => ({ path, edits: scan(root, path, map) }))
  if (options.check) return { text: 0, binaries: 0, links: 0 }
  const links = lists.links.filter((path) => relocateLink(join(root, path), map)).length
  const text = lists.textFiles.filter((path) => relocateTextFile(join(root, path), map, options.sbangPath)).length
  const changed = scanned.filter(({ edits }) => edits.length > 0)
  for (const { path, edits } of changed) writeEdits(join(root, path), edits)
  return { text, links, binaries: changed.length }
}

function scan(root: string, path: string, map: PrefixMap): readonly Edit[] {
  const fd = openSync(join(root, path), 'r')
  try {
    const file: ByteSource = {
      size: fstatSync(fd).size,
      read: (offset, into) => readSync(fd, into, 0, into.length, offset),
    }
    const found = scanBinary(file, map)
    if (found.kind === 'edits') return found.edits
    throw impossible(path, found.refusals)
  } finally {
    closeSync(fd)
  }
}

function impossible(path: string, refusals: readonly Refusal[]): StrataError {
  const [first] = refusals
  if (!first) return new StrataError('relocation-impossible', `${path} cannot be relocated`)
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more like it)` : ''
  const how = first.kind === 'cannot-grow' ? 'has no room to become' : 'cannot become as short as'
  return new StrataError(
    'relocation-impossible',
    `${path}: "${first.from}" at byte ${first.offset} ${how} "${first.to}"${more}`,
    {
      hint: 'Install into a store whose path is not longer, or build the package anew with config:install_tree:padded_length.',
      details: {
        file: path,
        offset: first.offset,
        from: first.from,
        to: first.to,
        found: first.found,
        where: first.where,
        strings: refusals.length,
      },
    },
  )
}

function relocateLink(path: string, map: PrefixMap): boolean {
  const target = moveLinkTarget(readlinkSync(path, 'buffer'), map)
  if (target === undefined) return false
  rmSync(path)
  symlinkSync(target, path)
  return true
}

function relocateTextFile(path: string, map: PrefixMap, sbangPath: string): boolean {
  if (isBackupFile(path)) return false
  const fd = openSync(path, 'r+')
  try {
    const { size, mode } = fstatSync(fd)
    const isScript = (mode & executable) !== 0
    if (size > inMemory) return relocateLargeText(fd, path, map)
    const moved = relocateText(readFileSync(fd), map)
    if (moved === undefined) return false
    // A shebang that has become too long for the system is called through sbang, as after a build.
    const shebang = isScript ? longShebang(moved.subarray(0, shebangLimit), sbangPath) : undefined
    const bytes = shebang ? Buffer.concat([shebang.bytes, moved.subarray(shebang.replaces)]) : moved
    writeAll(fd, bytes, 0)
    ftruncateSync(fd, bytes.length)
    return true
  } finally {
    closeSync(fd)
  }
}

/** Through a file beside it, so that memory does not depend on its size. No script is as large. */
function relocateLargeText(fd: number, path: string, map: PrefixMap): boolean {
  const relocation = new TextRelocation(map)
  const beside = `${path}.relocated`
  const out = openSync(beside, 'wx')
  try {
    const piece = Buffer.alloc(pieceSize)
    let written = 0
    const write = (pieces: readonly Buffer[]): void => {
      for (const bytes of pieces) written = writeAll(out, bytes, written)
    }
    for (let at = 0; ; ) {
      const count = readSync(fd, piece, 0, pieceSize, at)
      if (count === 0) break
      at += count
      write(relocation.update(piece.subarray(0, count)))
    }
    write(relocation.end())
    if (relocation.replaced > 0) copyFileSync(beside, path)
  } finally {
    closeSync(out)
    rmSync(beside)
  }
  return relocation.replaced > 0
}

function writeEdits(path: string, edits: readonly Edit[]): void {
  const fd = openSync(path, 'r+')
  try {
    for (const { offset, bytes } of edits) writeAll(fd, bytes, offset)
  } finally {
    closeSync(fd)
  }
  if (process.platform === 'darwin') signAdHoc(path)
}

/** macOS runs no program whose signature does not fit: the edits have broken it. */
function signAdHoc(path: string): void {
  const { status, error, stderr } = spawnSync('codesign', ['-fs-', path])
  if (status === 0) return
  throw new StrataError('relocation-impossible', `${path} was changed and cannot be signed again`, {
    cause: error ?? new Error(stderr?.toString()),
    hint: 'Apple’s codesign is needed: xcode-select --install.',
  })
}

/** Writes all of `bytes` at a position; returns the position behind them. */
function writeAll(fd: number, bytes: Buffer, position: number): number {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done)
  }
  return position + bytes.length
}
