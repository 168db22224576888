import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Bytes of a job's output that are kept: a program that prints for ever must not fill the disk. */
const KEPT = 256 * 1024 * 1024

/** The lines that a job's program prints, kept in a file. */
export interface OutputLog {
  /** Appends lines. Never rejects: a full disk must not end the work whose output it is; `problem` says so. */
  append(lines: readonly string[]): Promise<void>
  /** Lines that are kept. */
  total(): number
  /** Why the rest is not kept. */
  problem(): string | undefined
  close(): Promise<void>
}

export async function createOutputLog(file: string, kept: number = KEPT): Promise<OutputLog> {
  let handle: FileHandle | undefined
  let [total, bytes] = [0, 0]
  let problem: string | undefined
  const stop = (why: string): void => {
    problem = `The rest of the output is not kept: ${why}.`
  }
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    handle = await open(file, 'wx', 0o600)
  } catch (error) {
    stop((error as Error).message)
  }
  return {
    append: async (lines) => {
      if (problem !== undefined || handle === undefined || lines.length === 0) return
      const text = Buffer.from(`${lines.join('\n')}\n`)
      if (bytes + text.length > kept) {
        stop(`it is longer than ${Math.round(kept / 1024 ** 2)} MB`)
        return
      }
      try {
        await handle.appendFile(text)
        total += lines.length
        bytes += text.length
      } catch (error) {
        stop((error as Error).message)
      }
    },
    total: () => total,
    problem: () => problem,
    close: async () => {
      await handle?.close().catch(() => undefined)
    },
  }
}
