import { StrataError } from '../support/errors.ts'
import { parseObject } from './media-types.ts'
import { type PagedList, readPages } from './pages.ts'

/**
 * As many as we ask for at once. Distribution builds every page from the whole list, so few large pages are quickest;
 * registries give fewer when they like (Docker Hub 100, GHCR 1000).
 */
const pageSize = 1000
/** One page of a thousand tags of 128 characters is 130 KB; a registry that ignores `n` sends all in one. */
const maxPageBytes = 32 * 1024 * 1024

/** All tags of a repository; none when it does not exist yet. `list.url` is `/v2/<repository>/tags/list`. */
export async function listTags(list: PagedList): Promise<readonly string[]> {
  const url = new URL(`?n=${pageSize}`, list.url)
  const tags = await readPages({ ...list, url }, async (answer) => {
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw await answer.failure()
    const document = parseObject(await answer.bytes(maxPageBytes))
    // `null` is how Go writes an empty list.
    const entries: unknown = document?.tags ?? []
    if (!document || !Array.isArray(entries))
      throw new StrataError('registry-protocol', `${list.what}: the answer is not a tag list`)
    return entries.filter((tag): tag is string => typeof tag === 'string')
  })
  return [...new Set(tags)]
}
