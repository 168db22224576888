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

/** How many more requests a registry will take before it says no. */
export interface RateLimit {
  readonly remaining: number
  /** Milliseconds until there are more, where it says so. */
  readonly resetAfter: number | undefined
}

/**
 * What the `RateLimit` headers of an answer say, in any of the forms in use: `RateLimit-Remaining: 76;w=21600` (Docker
 * Hub), `RateLimit-Remaining` with `RateLimit-Reset` in seconds (GitLab, ACR; also with `X-`) or since 1970 (GitHub), and
 * the IETF draft's `RateLimit: limit=100, remaining=50, reset=30` and `RateLimit: "default";r=50;t=30`. Of
 * several limits the tightest. Undefined when there is none, or none that can be read.
 */
export function rateLimit(header: (name: string) => string | undefined, now: number): RateLimit | undefined {
  const limits = [...draftLimits(header('ratelimit') ?? ''), ...separateLimits(header, now)]
  return limits.sort((a, b) => a.remaining - b.remaining)[0]
}

function draftLimits(text: string): readonly RateLimit[] {
  const number = (part: string, names: string) => {
    const digits = new RegExp(`(?:^|[\\s;,])(?:${names})\\s*=\\s*(\\d{1,9})`, 'i').exec(part)?.[1]
    return digits === undefined ? undefined : Number(digits)
  }
  // The newer form has one item for each policy; the older one is a single dictionary.
  const parts = /remaining\s*=/i.test(text) ? [text] : text.split(',')
  return parts.flatMap((part) => {
    const remaining = number(part, 'remaining|r')
    const reset = number(part, 'reset|t')
    if (remaining === undefined) return []
    return [{ remaining, resetAfter: reset === undefined ? undefined : reset * 1000 }]
  })
}

function separateLimits(header: (name: string) => string | undefined, now: number): readonly RateLimit[] {
  return ['', 'x-'].flatMap((prefix) => {
    const remaining = /^\s*(\d{1,9})\b/.exec(header(`${prefix}ratelimit-remaining`) ?? '')?.[1]
    if (remaining === undefined) return []
    const reset = /^\s*(\d{1,12})\b/.exec(header(`${prefix}ratelimit-reset`) ?? '')?.[1]
    return [
      { remaining: Number(remaining), resetAfter: reset === undefined ? undefined : untilReset(Number(reset), now) },
    ]
  })
}

/** A number of this size is not seconds to wait but a moment, in seconds since 1970. */
const firstMoment = 1_000_000_000

function untilReset(reset: number, now: number): number {
  return Math.max(0, reset >= firstMoment ? reset * 1000 - now : reset * 1000)
}
