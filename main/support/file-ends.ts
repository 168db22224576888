import { open } from 'node:fs/promises'

/** The first `length` bytes of a file, or all of it when it has fewer. Throws the system's errors. */
export async function readFileStart(path: string, length: number): Promise<Buffer> {
  return await readPart(path, length, () => 0)
}

/** The last `length` bytes of a file, or all of it when it has fewer. Throws the system's errors. */
export async function readFileEnd(path: string, length: number): Promise<Buffer> {
  return await readPart(path, length, (size) => Math.max(0, size - length))
}

async function readPart(path: string, length: number, from: (size: number) => number): Promise<Buffer> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(length)
    const { bytesRead } = await file.read(bytes, 0, length, from((await file.stat()).size))
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
