import { faulty } from '../fault-sites.ts'
import { always, type FaultRow, fromNow, onTags, onUpload, patience, status, times } from './row.ts'

/** The registry is busy or broken, for a while or for ever. */
export const outages: readonly FaultRow[] = [
  {
    fault: '429 in seconds',
    site: faulty(times(1, onTags, status(429, '', { 'retry-after': '17' }))),
    does: 'tags',
    ends: 'well',
    requests: 3,
    waits: [17, 17],
  },
  {
    fault: '429 until a date',
    site: faulty(times(1, onTags, status(429, '', { date: fromNow(0), 'retry-after': fromNow(30) }))),
    does: 'tags',
    ends: 'well',
    requests: 3,
    waits: [29, 31],
  },
  {
    fault: "clock skew: 429 until a date, by a registry's clock that is an hour slow",
    site: faulty(times(1, onTags, status(429, '', { date: fromNow(-3600), 'retry-after': fromNow(-3600 + 25) }))),
    does: 'tags',
    ends: 'well',
    requests: 3,
    waits: [24, 26],
  },
  {
    fault: '429 with RateLimit headers alone',
    site: faulty(times(1, onTags, status(429, '', { 'ratelimit-remaining': '0', 'ratelimit-reset': '23' }))),
    does: 'tags',
    ends: 'well',
    requests: 3,
    waits: [23, 23],
  },
  {
    fault: '429 for ever',
    site: faulty(always(onTags, status(429, '', { 'retry-after': '60' }))),
    does: 'tags',
    ends: { code: 'registry-rate-limited', reason: 'rate-limited', says: /limits the rate/, hints: /[Ll]og in/ },
    requests: 8,
    waits: [360, 360],
  },
  {
    fault: '500 for ever',
    site: faulty(always(onTags, status(500, 'panic: runtime error'))),
    does: 'tags',
    ends: {
      code: 'registry-server-error',
      reason: 'server-error',
      says: /HTTP 500.*panic: runtime error/,
      hints: /log/,
    },
    requests: 8,
    waits: patience,
  },
  {
    fault: '500 on every upload, for ever',
    site: faulty(always(onUpload, status(500))),
    does: 'upload',
    ends: {
      code: 'registry-server-error',
      reason: 'server-error',
      says: /upload of blob sha256:.*HTTP 500/,
      hints: /log/,
    },
    requests: 7 * 5,
    waits: patience,
  },
  {
    fault: 'out of space for a while',
    site: faulty(times(3, onUpload, status(500, 'write /var/lib/registry: no space left on device'))),
    does: 'upload',
    ends: 'well',
    requests: 22,
    waits: [3, 180],
  },
  {
    fault: 'out of space for ever',
    site: faulty(always(onUpload, status(507))),
    does: 'upload',
    ends: {
      code: 'registry-out-of-space',
      reason: 'no-space',
      says: /no space left \(HTTP 507\)/,
      hints: /Free space there/,
    },
    requests: 60,
    waits: [60, 600],
  },
]
