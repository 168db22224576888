import { StrataError } from '../support/errors.ts'
import type { Scope } from './auth.ts'
import { nextLink } from './headers.ts'
import { parseObject } from './media-types.ts'
import { retrying } from './retry.ts'
import type { Transport } from './transport.ts'

export interface TagList {
  readonly transport: Transport
  readonly scope: Scope
  /** `/v2/<repository>/tags/list` */
  readonly url: URL
  readonly what: string
  readonly signal?: AbortSignal
}

/** As many as we ask for at once; registries give fewer when they like (Docker Hub 100, GHCR 1000). */
const pageSize = 1000
/** One page of a thousand tags of 128 characters is 130 KB; a registry that ignores `n` may send all in one. */
const maxPageBytes = 32 * 1024 * 1024
/** A million tags of the smallest pages. */
const maxPages = 10_000

/**
 * All tags, following `Link: rel="next"` (OCI distribution specification, "Listing Tags"), relative or absolute. A
 * repository that does not exist yet has none.
 */
export async function listTags({ transport, scope, url, what, signal }: TagList): Promise<readonly string[]> {
  const tags = new Set<string>()
  const seen = new Set<string>()
  let page: URL | undefined = new URL(`?n=${pageSize}`, url)
  while (page) {
    if (seen.has(page.href) || seen.size >= maxPages) {
      throw new StrataError('registry-protocol', `${what}: the registry's pages lead in a circle`)
    }
    seen.add(page.href)
    const current: URL = page
    const { found, next } = await retrying(transport.host, signal, async () => {
      const answer = await transport.send({ method: 'GET', url: current, what, scope, signal })
      try {
        if (answer.status === 404) return { found: [], next: undefined }
        if (answer.status !== 200) throw await answer.failure()
        const document = parseObject(await answer.bytes(maxPageBytes))
        // `null` is how Go writes an empty list.
        const list: unknown = document?.tags ?? []
        if (!document || !Array.isArray(list))
          throw new StrataError('registry-protocol', `${what}: the answer is not a tag list`)
        const found = list.filter((tag): tag is string => typeof tag === 'string')
        return { found, next: nextLink(answer.header('link')) }
      } finally {
        answer.close()
      }
    })
    for (const tag of found) tags.add(tag)
    page = next === undefined ? undefined : nextPage(next, current, what)
  }
  return [...tags]
}

function nextPage(link: string, current: URL, what: string): URL {
  const next = URL.canParse(link, current) ? new URL(link, current) : undefined
  // A proxy that ends TLS leaves `http:` in the link: only its path and query matter, the host stays ours.
  if (next?.host === current.host) return new URL(`${next.pathname}${next.search}`, current)
  throw new StrataError('registry-protocol', `${what}: the next page "${link}" is not on ${current.host}`)
}
