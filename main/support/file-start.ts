import { open } from 'node:fs/promises'

/** The first `length` bytes of a file, or all of it when it has fewer. Throws the system's errors. */
export async function readFileStart(path: string, length: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(length)
    const { bytesRead } = await file.read(bytes, 0, length, 0)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
