import { formatBytes, plural } from '../../main/api/format.ts'
import type { CacheInfo } from '../../main/api/models.ts'
import { StrataError } from '../../main/support/errors.ts'
import { withEngine } from './session.ts'

/** `strata cache`: where the blob store is and how full. `words` are what no subcommand took. */
export async function showCache(options: { readonly json?: boolean }, words: readonly string[]): Promise<void> {
  if (words[0] !== undefined) {
    throw new StrataError('usage', `unknown command '${words[0]}'`, { hint: 'There is: strata cache clear' })
  }
  print(await withEngine((engine) => engine.call('cache.info', {})), options)
}

/** `strata cache clear`: empties the blob store; the next push packs again. */
export async function clearCache(options: { readonly json?: boolean }): Promise<void> {
  await withEngine(async (engine) => {
    const before = await engine.call('cache.info', {})
    const after = await engine.call('cache.clear', {})
    if (options.json) print(after, options)
    else console.log(`Freed ${formatBytes(before.bytes - after.bytes)} in ${after.folder}`)
  })
}

function print(info: CacheInfo, options: { readonly json?: boolean }): void {
  if (options.json) {
    console.log(JSON.stringify(info))
    return
  }
  const limit = info.limitBytes > 0 ? ` of at most ${formatBytes(info.limitBytes)}` : ''
  console.log(info.folder)
  console.log(`${formatBytes(info.bytes)}${limit} in ${plural(info.blobs, 'blob')}, ${plural(info.layers, 'package')}`)
}
