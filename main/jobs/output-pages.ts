import { type FileHandle, open } from 'node:fs/promises'
import type { OutputLine, OutputPage, OutputRequest } from '../api/spack-runs.ts'
import { withoutColours } from './output-lines.ts'

/** Where every so many lines of a file begin is remembered: a page is read from the nearest. */
const STRIDE = 1024
const CHUNK = 256 * 1024
/** Characters that one page holds at most, as long as it has a line. */
const PAGE = 4 * 1024 * 1024
/** Files whose lines are remembered. */
const KNOWN = 8

interface LineIndex {
  /** Where lines 0, STRIDE, 2 · STRIDE … begin, in bytes. */
  readonly starts: number[]
  lines: number
  /** Bytes up to the end of the last whole line. */
  bytes: number
  counted: Promise<void>
}

/** Reads a job's output page by page, whether it still grows or its job ended long ago. */
export interface OutputPages {
  /** A file that is not there has no lines. Throws the system's error when one cannot be read. */
  read(file: string, page: Omit<OutputRequest, 'job'>): Promise<OutputPage>
}

export function openOutputPages(): OutputPages {
  const known = new Map<string, LineIndex>()
  const indexOf = (file: string): LineIndex => {
    const index = known.get(file) ?? { starts: [0], lines: 0, bytes: 0, counted: Promise.resolve() }
    known.delete(file)
    known.set(file, index)
    for (const oldest of known.keys()) if (known.size > KNOWN) known.delete(oldest)
    return index
  }
  return {
    read: async (file, page) => {
      const handle = await openIfThere(file)
      if (!handle) return { lines: [], total: 0 }
      try {
        const index = indexOf(file)
        // One after the other: two readers must not count the same lines twice.
        const counted = index.counted.then(() => countLines(handle, index))
        index.counted = counted.catch(() => undefined)
        await counted
        return await readPage(handle, index, page)
      } finally {
        await handle.close()
      }
    },
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Goes on counting where it stopped: the file only grows. */
async function countLines(handle: FileHandle, index: LineIndex): Promise<void> {
  const buffer = Buffer.alloc(CHUNK)
  for (let at = index.bytes; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, at)
    if (bytesRead === 0) return
    const chunk = buffer.subarray(0, bytesRead)
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, end + 1)) {
      index.lines += 1
      index.bytes = at + end + 1
      if (index.lines % STRIDE === 0) index.starts.push(index.bytes)
    }
    at += bytesRead
  }
}

async function readPage(
  handle: FileHandle,
  index: LineIndex,
  { from, count, search }: Omit<OutputRequest, 'job'>,
): Promise<OutputPage> {
  const total = index.lines
  const first = from < 0 ? Math.max(0, total + from) : from
  const wanted = search?.toLowerCase() ?? ''
  const lines: OutputLine[] = []
  let size = 0
  if (first < total) {
    for await (const line of linesFrom(handle, index, first, total)) {
      if (wanted !== '' && !withoutColours(line.text).toLowerCase().includes(wanted)) continue
      if (lines.length === count || (lines.length > 0 && size + line.text.length > PAGE)) {
        return { lines, total, next: line.number }
      }
      lines.push(line)
      size += line.text.length
    }
  }
  return { lines, total }
}

async function* linesFrom(
  handle: FileHandle,
  index: LineIndex,
  first: number,
  total: number,
): AsyncGenerator<OutputLine> {
  let number = Math.floor(first / STRIDE) * STRIDE
  let at = index.starts[number / STRIDE] ?? 0
  let rest: Buffer = Buffer.alloc(0)
  while (number < total) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, at)
    if (bytesRead === 0) return
    at += bytesRead
    const chunk = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0 && number < total; end = chunk.indexOf(10, start)) {
      if (number >= first) yield { number, text: chunk.toString('utf8', start, end) }
      number += 1
      start = end + 1
    }
    rest = chunk.subarray(start)
  }
}
