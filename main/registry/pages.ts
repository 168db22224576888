import { StrataError } from '../support/errors.ts'
import type { Answer } from './answer.ts'
import { nextLink } from './headers.ts'
import { retrying } from './retry.ts'
import type { Scope } from './scope.ts'
import type { Transport } from './transport.ts'

export interface PagedList {
  readonly transport: Transport
  readonly scope: Scope
  /** The first page. */
  readonly url: URL
  readonly what: string
  readonly accept?: string
  readonly signal?: AbortSignal
}

/** A repository has some thousands of tags; a list of a million is one that never ends. */
const maxEntries = 1_000_000
/** As many pages of a hundred. */
const maxPages = 10_000

/**
 * Reads a list over all of its pages, which `Link: rel="next"` joins (OCI distribution specification, "Listing Tags" and
 * "Listing Referrers"), relative or absolute. `read` makes a page's entries of its answer, or undefined when there is no
 * such list.
 * @throws StrataError `registry-protocol` for pages that lead in a circle or away, `size-exceeded` for too many
 */
export async function readPages<T>(
  { transport, scope, url, what, accept, signal }: PagedList,
  read: (answer: Answer) => Promise<readonly T[] | undefined>,
): Promise<readonly T[] | undefined> {
  const entries: T[] = []
  const seen = new Set<string>()
  let page: URL | undefined = url
  while (page) {
    if (seen.has(page.href) || seen.size >= maxPages) {
      throw new StrataError('registry-protocol', `${what}: the registry's pages lead in a circle`)
    }
    seen.add(page.href)
    const current: URL = page
    const headers = accept === undefined ? undefined : { accept }
    const { found, next } = await retrying(transport.host, signal, async () => {
      const answer = await transport.send({ method: 'GET', url: current, what, scope, headers, signal })
      try {
        return { found: await read(answer), next: nextLink(answer.header('link')) }
      } finally {
        answer.close()
      }
    })
    if (!found) return undefined
    for (const entry of found) entries.push(entry)
    if (entries.length > maxEntries) {
      throw new StrataError('size-exceeded', `${what}: the list has more than ${maxEntries} entries`)
    }
    page = next === undefined ? undefined : nextPage(next, current, what)
  }
  return entries
}

function nextPage(link: string, current: URL, what: string): URL {
  const next = URL.canParse(link, current) ? new URL(link, current) : undefined
  // A proxy that ends TLS leaves `http:` in the link: only its path and query matter, the host stays ours.
  if (next?.host === current.host) return new URL(`${next.pathname}${next.search}`, current)
  throw new StrataError('registry-protocol', `${what}: the next page "${link}" is not on ${current.host}`)
}
