/**
 * The target of `rel="next"` in a `Link` header (RFC 8288), or undefined. Registries send it in every shape: with and
 * without quotes, several relations, other parameters before it.
 */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  for (const [, target, parameters] of header.matchAll(
    /<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"[^"]*"|[^\s;,]*))?)*)/g,
  )) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]*))/i.exec(parameters ?? '')
    const relations = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/)
    if (relations.includes('next') && target) return target
  }
  return undefined
}

/**
 * The wait that a `Retry-After` header asks for, in milliseconds from `now` (RFC 9110, 10.2.3): whole seconds or an
 * HTTP date; a date that has passed means at once. Undefined when there is none or it cannot be read.
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d+$/.test(text)) return Math.min(Number(text), maxRetryAfter) * 1000
  if (!/^[A-Za-z]/.test(text)) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), maxRetryAfter * 1000)
}

/** Seconds in a week: nobody waits longer, and sums with it stay exact. */
const maxRetryAfter = 7 * 24 * 3600
