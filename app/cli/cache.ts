import { formatBytes, formatCount } from '../../main/api/format.ts'
import type { CacheInfo } from '../../main/api/models.ts'
import { withEngine } from './session.ts'

/** `strata cache`: where the blob store is and how full. */
export async function showCache(options: { json?: boolean }): Promise<void> {
  print(await withEngine((engine) => engine.call('cache.info', {})), options)
}

/** `strata cache clear`: empties the blob store; the next push packs again. */
export async function clearCache(options: { json?: boolean }): Promise<void> {
  await withEngine(async (engine) => {
    const before = await engine.call('cache.info', {})
    const after = await engine.call('cache.clear', {})
    if (options.json) return print(after, options)
    console.log(`Freed ${formatBytes(before.bytes - after.bytes)} in ${after.folder}`)
  })
}

function print(info: CacheInfo, options: { json?: boolean }): void {
  if (options.json) console.log(JSON.stringify(info))
  else {
    const limit = info.limitBytes > 0 ? ` of ${formatBytes(info.limitBytes)}` : ''
    console.log(
      `${info.folder}\n${formatBytes(info.bytes)}${limit} in ${formatCount(info.blobs)} blobs, ${formatCount(info.layers)} packages`,
    )
  }
}
