import { StrataError } from '../support/errors.ts'
import { parseObject } from './media-types.ts'
import { readPages } from './pages.ts'
import type { Transport } from './transport.ts'

/** The most that Distribution gives in one page. */
const pageSize = 1000
/** A page of a thousand names of 255 characters is a quarter of a MiB; a registry that ignores `n` sends all in one. */
const maxPageBytes = 32 * 1024 * 1024

/**
 * The names of a registry's repositories as it lists them itself: `/v2/_catalog` (Distribution's API, which the OCI
 * specification leaves out; hosted registries mostly have it off, or bound to administrators). Undefined when it has no
 * such list. Throws what the registry answers.
 */
export async function listRepositories(
  transport: Transport,
  registry: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
  const url = new URL(`/v2/_catalog?n=${pageSize}`, transport.host.origin)
  const what = `${registry}: repositories`
  // The registry names the scope itself, in its challenge: `registry:catalog:*`.
  const scope = { repository: '', actions: 'pull' } as const
  const names = await readPages({ transport, scope, url, what, signal }, async (answer) => {
    if ([404, 405, 501].includes(answer.status)) return undefined
    if (answer.status !== 200) throw await answer.failure()
    const document = parseObject(await answer.bytes(maxPageBytes))
    // `null` is how Go writes an empty list.
    const entries: unknown = document?.repositories ?? []
    if (!document || !Array.isArray(entries)) {
      throw new StrataError('registry-protocol', `${what}: the answer is not a list of repositories`)
    }
    return entries.filter((name): name is string => typeof name === 'string')
  })
  return names && [...new Set(names)].sort()
}
