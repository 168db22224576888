import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Challenge, parseChallenges } from '../../../main/registry/challenge.ts'
import { nextLink, rateLimit, retryAfter } from '../../../main/registry/headers.ts'

/** Writes challenges as a registry would. */
function format(challenges: readonly Challenge[], separator = ','): string {
  const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
  return challenges
    .map(({ scheme, parameters }) =>
      `${scheme} ${Object.entries(parameters)
        .map(([name, value]) => `${name}=${quote(value)}`)
        .join(separator)}`.trim(),
    )
    .join(', ')
}

describe('parseChallenges', () => {
  it.each([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:a/b:pull,push',
          },
        },
      ],
    ],
    ['Basic realm="Registry Realm"', [{ scheme: 'basic', parameters: { realm: 'Registry Realm' } }]],
    ['Basic', [{ scheme: 'basic', parameters: {} }]],
    ['basic REALM=x', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
    [
      'Negotiate, Basic realm="a, b=c", Bearer realm="d"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'a, b=c' } },
        { scheme: 'bearer', parameters: { realm: 'd' } },
      ],
    ],
    [
      'NTLM TlRMTVNTUAAC==, Basic realm="x"',
      [
        { scheme: 'ntlm', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'x' } },
      ],
    ],
    ['Bearer realm = "a" , service = "b"', [{ scheme: 'bearer', parameters: { realm: 'a', service: 'b' } }]],
    ['Bearer realm="never ends', [{ scheme: 'bearer', parameters: { realm: 'never ends' } }]],
    ['"garbage", Basic realm="x"', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
    ['', []],
  ])('reads %s', (header, expected) => {
    expect(parseChallenges(header)).toEqual(expected)
  })

  it('reads back every list of challenges', () => {
    const challenge = fc.record({
      scheme: fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/),
      parameters: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ maxLength: 20 }), {
        minKeys: 1,
        maxKeys: 4,
        noNullPrototype: true,
      }),
    })
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 3 }), fc.constantFrom(',', ', ', ' , '), (challenges, separator) => {
        expect(parseChallenges(format(challenges, separator))).toEqual(challenges)
      }),
    )
  })

  it('never throws and ends in time proportional to the header', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => Array.isArray(parseChallenges(text))))
    const started = performance.now()
    for (const hostile of [
      '"'.repeat(50_000),
      '\\'.repeat(50_000),
      'a='.repeat(25_000),
      ' ,'.repeat(25_000),
      `Bearer x="${'\\a'.repeat(25_000)}`,
    ]) {
      parseChallenges(hostile)
    }
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('nextLink', () => {
  it.each([
    ['</v2/a/tags/list?n=2&last=b>; rel="next"', '/v2/a/tags/list?n=2&last=b'],
    ['<https://r.example/x?y=1,2>;rel=next', 'https://r.example/x?y=1,2'],
    ['</first>; rel="first", </second>; rel="prev next"', '/second'],
    ['</x>; title="a;b"; rel="next"', '/x'],
    ['</x>; REL="NEXT"', '/x'],
    ['</x>; rel="prev"', undefined],
    ['/x; rel="next"', undefined],
    [undefined, undefined],
  ])('finds the next page in %s', (header, expected) => {
    expect(nextLink(header)).toBe(expected)
  })

  it('finds it among any other links', () => {
    const target = fc.stringMatching(/^\/[a-z0-9?=&%.,;-]{0,20}$/)
    fc.assert(
      fc.property(fc.array(target, { maxLength: 3 }), target, (others, next) => {
        const header = [...others.map((one) => `<${one}>; rel="prev"`), `<${next}>; rel="next"`].join(', ')
        expect(nextLink(header)).toBe(next)
      }),
    )
  })
})

describe('retryAfter', () => {
  const now = Date.UTC(2026, 0, 1)

  it('reads seconds and dates, and a date that has passed as no wait', () => {
    expect(retryAfter('17', now)).toBe(17_000)
    expect(retryAfter(' 0 ', now)).toBe(0)
    expect(retryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000)
    expect(retryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0)
    for (const odd of [undefined, '', '-3', '1.5', 'soon', '2026']) {
      expect(retryAfter(odd, now) ?? 0).toBeLessThanOrEqual(7 * 24 * 3_600_000)
    }
    expect(retryAfter('-3', now)).toBeUndefined()
    expect(retryAfter('soon', now)).toBeUndefined()
  })

  it('is never negative nor longer than a week, and exact for seconds and dates in between', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.nat().map(String), fc.bigInt({ min: 0n }).map(String)), (header) => {
        const wait = retryAfter(header, now)
        if (wait === undefined) return
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(7 * 24 * 3_600_000)
      }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600_000 }), (seconds) => {
        expect(retryAfter(String(seconds), now)).toBe(seconds * 1000)
        expect(retryAfter(new Date(now + seconds * 1000).toUTCString(), now)).toBe(seconds * 1000)
      }),
    )
  })
})

describe('rateLimit', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  const read = (headers: Readonly<Record<string, string>>) => rateLimit((name) => headers[name], now)

  it.each([
    [{}, undefined],
    // Docker Hub: the window, but not how much of it has passed.
    [
      { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' },
      { remaining: 76, resetAfter: undefined },
    ],
    [
      { 'ratelimit-remaining': '3', 'ratelimit-reset': '30' },
      { remaining: 3, resetAfter: 30_000 },
    ],
    [
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 90) },
      { remaining: 0, resetAfter: 90_000 },
    ],
    [
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 - 90) },
      { remaining: 0, resetAfter: 0 },
    ],
    // The drafts of draft-ietf-httpapi-ratelimit-headers: 07 and before, then 08 and later.
    [{ ratelimit: 'limit=100, remaining=50, reset=30' }, { remaining: 50, resetAfter: 30_000 }],
    [{ ratelimit: '"default";r=50;t=30' }, { remaining: 50, resetAfter: 30_000 }],
    [{ ratelimit: '"hour";r=50;t=3000, "burst";r=2;t=4' }, { remaining: 2, resetAfter: 4000 }],
    [{ ratelimit: '"default";r=50' }, { remaining: 50, resetAfter: undefined }],
    [{ 'ratelimit-remaining': 'many', ratelimit: 'soon' }, undefined],
  ])('of %j', (headers, expected) => {
    expect(read(headers)).toEqual(expected)
  })

  it('never throws, and never gives a negative or endless wait', () => {
    const text = fc.string({ unit: fc.constantFrom(...'rt=;,0123456789 -."remainingst') })
    fc.assert(
      fc.property(text, text, text, (combined, remaining, reset) => {
        const limit = read({ ratelimit: combined, 'ratelimit-remaining': remaining, 'ratelimit-reset': reset })
        if (limit === undefined) return
        expect(limit.remaining).toBeGreaterThanOrEqual(0)
        expect(limit.resetAfter ?? 0).toBeGreaterThanOrEqual(0)
        expect(Number.isSafeInteger(limit.resetAfter ?? 0)).toBe(true)
      }),
    )
  })
})
