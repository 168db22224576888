import type { LayerFile, LayerFiles } from '../../main/api/catalog.ts'
import { foldPadding, formatBytes, formatCount } from '../../main/api/format.ts'
import { whiteoutOf } from '../../main/api/whiteout.ts'
import { out } from './colours.ts'

/** The letters of `ls -l` for a kind; a device or a pipe is not told apart here. */
const kindLetters: Readonly<Record<LayerFile['kind'], string>> = {
  file: '-',
  hardlink: '-',
  directory: 'd',
  symlink: 'l',
  other: '?',
}

/** A layer's files as `ls -l` lists them, and how many they are. `folded`: what pads a prefix is only counted. */
export function describeFiles({ files, unpackedBytes }: LayerFiles, folded: boolean): string[] {
  const sizes = files.map((file) => (file.kind === 'file' ? formatBytes(file.bytes) : ''))
  // Not by Math.max(...sizes): a layer has more files than a call takes arguments.
  const width = sizes.reduce((widest, size) => Math.max(widest, size.length), 0)
  const lines = files.map((file, i) => `${modeOf(file)}  ${(sizes[i] ?? '').padStart(width)}  ${nameOf(file, folded)}`)
  const count = `${formatCount(files.length)} ${files.length === 1 ? 'entry' : 'entries'}`
  return [...lines, out.dim(`${count}, ${formatBytes(unpackedBytes)} unpacked`)]
}

/** `-rwxr-xr-x`, with the bits that let a program act as its owner or group. */
function modeOf({ kind, mode }: LayerFile): string {
  const triple = (shift: number, special: boolean, letter: string): string => {
    const bits = mode >> shift
    const execute = bits & 1 ? (special ? letter : 'x') : special ? letter.toUpperCase() : '-'
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${execute}`
  }
  const user = triple(6, (mode & 0o4000) !== 0, 's')
  const group = triple(3, (mode & 0o2000) !== 0, 's')
  const others = triple(0, (mode & 0o1000) !== 0, 't')
  return kindLetters[kind] + user + group + others
}

function nameOf({ path, kind, target }: LayerFile, folded: boolean): string {
  const shown = folded ? foldPadding(`/${path}`).slice(1) : path
  const whiteout = whiteoutOf(path)
  if (whiteout) {
    const what = whiteout.kind === 'entry' ? whiteout.path : `everything in ${whiteout.path || '/'}`
    return `${shown} ${out.dim(`(deletes ${what} of the layers below)`)}`
  }
  if (target === undefined) return kind === 'directory' ? out.bold(shown) : shown
  return `${shown} ${out.dim(kind === 'symlink' ? '->' : 'is the same file as')} ${folded ? foldPadding(target) : target}`
}
