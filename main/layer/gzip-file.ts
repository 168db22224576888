import { closeSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { defaultLevel, deflateBlockAside } from './deflate.ts'
import { type GzipResult, GzipWriter } from './gzip-writer.ts'

/** Blocks that wait for one of node's four threads or for the disk: enough to keep all of them busy. */
const pendingBlocks = 8

/**
 * Writes bytes to a new file, gzip-compressed as every layer of ours: the same bytes in give the same bytes out, whatever
 * pieces they came in. The work of compressing is done beside this thread. A failure leaves no file.
 */
export async function writeGzip(content: AsyncIterable<Buffer>, file: string): Promise<GzipResult> {
  const handle = openSync(file, 'wx', 0o644)
  try {
    const writer = new GzipWriter(handle, {
      deflate: deflateBlockAside,
      level: defaultLevel,
      maxPending: pendingBlocks,
      onBlock: () => undefined,
    })
    for await (const bytes of content) await writer.write(bytes)
    return await writer.finish()
  } catch (thrown) {
    await rm(file, { force: true })
    throw thrown
  } finally {
    closeSync(handle)
  }
}
