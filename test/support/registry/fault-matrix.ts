import type { ErrorCode } from '../../../main/api/errors.ts'
import type { Reason } from '../../../main/registry/failure.ts'
import { askedBy, behindTls, faulty, nowhere, type StartSite, siteSecrets } from './fault-sites.ts'
import type { Fault, FaultAction, LoggedRequest } from './faults.ts'

/** What is asked of the repository while something is wrong. */
export type Operation = 'tags' | 'manifest' | 'blob' | 'upload' | 'manifest upload' | 'delete'

/** One fault, and what has to come of it. */
export interface FaultRow {
  readonly fault: string
  readonly site: StartSite
  readonly does: Operation
  readonly ends:
    | 'well'
    | 'absent'
    | {
        readonly code: ErrorCode
        /** Undefined where the code says all. */
        readonly reason?: Reason
        readonly says: RegExp
        /** Undefined where there is nothing that a user could do. */
        readonly hints?: RegExp
      }
  /** The most requests that the registry may see. */
  readonly requests: number
  /** Seconds that are waited in all, at least and at most; none unless given. */
  readonly waits?: readonly [number, number]
  /** The system's program that the site is made with. */
  readonly needs?: 'openssl'
}

const any = (): boolean => true
const onTags = ({ url }: LoggedRequest): boolean => url.includes('/tags/')
const onManifest = ({ url }: LoggedRequest): boolean => url.includes('/manifests/')
const onManifestPut = ({ method, url }: LoggedRequest): boolean => method === 'PUT' && url.includes('/manifests/')
const onBlob = ({ method, url }: LoggedRequest): boolean => method === 'GET' && url.includes('/blobs/sha256:')
const onOpening = ({ method, url }: LoggedRequest): boolean => method === 'POST' && url.includes('/blobs/uploads/')
/** The bytes of an upload, in whatever way they are sent. */
const onUpload = ({ method, url }: LoggedRequest): boolean =>
  (method === 'PUT' || method === 'PATCH') && url.includes('/blobs/uploads/')

type When = (request: LoggedRequest) => boolean
const always = (when: When, act: FaultAction): Fault[] => [{ when, act }]
const times = (count: number, when: When, act: FaultAction): Fault[] => [{ when, act, times: count }]

const status = (code: number, body = '', headers: Readonly<Record<string, string>> = {}): FaultAction => ({
  kind: 'status',
  status: code,
  headers,
  body,
})
const refusal = (code: number, name: string, message: string, detail?: unknown): FaultAction =>
  status(code, JSON.stringify({ errors: [{ code: name, message, detail }] }), { 'content-type': 'application/json' })

/** What seven attempts wait between them: half to all of 0.5 + 1 + 2 + 4 + 8 + 15 seconds. */
const patience = [15, 31] as const

const login = { kind: 'basic', username: 'me', password: siteSecrets[0] ?? '' } as const
/** A date as HTTP has it, so many seconds away. */
const fromNow = (seconds: number): string => new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000).toUTCString()

/** On the way: names, addresses, TLS. */
const onTheWay: readonly FaultRow[] = [
  {
    fault: 'DNS failure',
    site: nowhere(() => 'oci://registry.invalid'),
    does: 'tags',
    ends: {
      code: 'registry-unreachable',
      reason: 'dns-not-found',
      says: /registry\.invalid.*(no such host name|name server)/,
      hints: /Check the host/,
    },
    requests: 0,
  },
  {
    fault: 'refused',
    site: nowhere((port) => `oci+http://127.0.0.1:${port}`),
    does: 'tags',
    ends: {
      code: 'registry-unreachable',
      reason: 'refused',
      says: /connection refused/,
      hints: /Is the registry running/,
    },
    requests: 0,
  },
  {
    fault: 'TLS: expired',
    site: behindTls({ expired: true }),
    does: 'tags',
    ends: { code: 'registry-tls', reason: 'tls-expired', says: /certificate has expired/, hints: /Renew it/ },
    requests: 0,
    needs: 'openssl',
  },
  {
    fault: 'TLS: unknown CA',
    site: behindTls({ unknownCa: true }),
    does: 'tags',
    ends: {
      code: 'registry-tls',
      reason: 'tls-unknown-ca',
      says: /authority \(CA\) is not known|unknown CA/,
      hints: /--ca-file/,
    },
    requests: 0,
    needs: 'openssl',
  },
  {
    fault: 'TLS: wrong name',
    site: behindTls({ name: 'registry.example' }),
    does: 'tags',
    ends: {
      code: 'registry-tls',
      reason: 'tls-wrong-name',
      says: /for another name/,
      hints: /name that the certificate carries/,
    },
    requests: 0,
    needs: 'openssl',
  },
  {
    fault: 'TLS asked of a registry that speaks plain http',
    site: askedBy('oci', faulty([])),
    does: 'tags',
    ends: { code: 'registry-tls', reason: 'speaks-http', says: /TLS could not be set up/, hints: /oci\+http:\/\// },
    requests: 0,
  },
  {
    fault: 'cut before any answer, for ever',
    site: faulty(always(any, { kind: 'cut-request', after: 0 })),
    does: 'tags',
    ends: { code: 'registry-cut', reason: 'cut', says: /connection was cut/, hints: /again/ },
    requests: 3,
    waits: [0.75, 1.5],
  },
  {
    fault: 'never answers',
    site: faulty(always(any, { kind: 'stall' })),
    does: 'tags',
    ends: { code: 'registry-cut', reason: 'stalled', says: /stopped answering/, hints: /again/ },
    requests: 3,
    waits: [0.75, 1.5],
  },
]

/** The registry answers, and says no. */
const refusals: readonly FaultRow[] = [
  {
    fault: 'HTML instead of JSON: from the first word on',
    site: faulty(always(any, { kind: 'html', status: 200 })),
    does: 'manifest',
    ends: {
      code: 'registry-not-a-registry',
      reason: 'html',
      says: /HTTP 200 for \/v2\//,
      hints: /host and port/,
    },
    requests: 1,
  },
  {
    fault: 'HTML instead of JSON: a sign-in page in the place of a tag list',
    site: faulty(always(onTags, { kind: 'html', status: 200 })),
    does: 'tags',
    ends: { code: 'registry-not-a-registry', reason: 'html', says: /web page, not a registry/, hints: /host and port/ },
    requests: 2,
  },
  {
    fault: 'HTML instead of JSON: in the place of a manifest',
    site: faulty(always(onManifest, { kind: 'html', status: 200 })),
    does: 'manifest',
    ends: { code: 'registry-not-a-registry', reason: 'html', says: /web page, not a registry/, hints: /host and port/ },
    requests: 2,
  },
  {
    fault: '401 loop with Basic',
    site: faulty(always(onTags, { kind: 'ignore-login' }), { auth: login }),
    does: 'tags',
    ends: { code: 'registry-auth', reason: 'login-refused', says: /HTTP 401.*login from test/, hints: /[Ll]og in/ },
    requests: 5,
  },
  {
    fault: '401 loop with Bearer',
    site: faulty(always(onTags, { kind: 'ignore-login' }), { auth: { ...login, kind: 'bearer' } }),
    does: 'tags',
    ends: { code: 'registry-auth', reason: 'login-refused', says: /HTTP 401.*login from test/, hints: /[Ll]og in/ },
    requests: 6,
  },
  {
    fault: '401 without a challenge',
    site: faulty(always(onTags, status(401))),
    does: 'tags',
    ends: { code: 'registry-auth', reason: 'login-refused', says: /HTTP 401/, hints: /[Ll]og in/ },
    requests: 2,
  },
  {
    fault: "403 with the registry's own words",
    site: faulty(always(onOpening, refusal(403, 'DENIED', 'installation not allowed to Create organization package'))),
    does: 'upload',
    ends: {
      code: 'registry-denied',
      reason: 'denied',
      says: /DENIED installation not allowed to Create organization package/,
      hints: /rights/,
    },
    requests: 3,
  },
  {
    fault: '403 whose words repeat the login',
    site: faulty(always(onTags, refusal(403, 'DENIED', `${siteSecrets.join(' ')} may not`)), { auth: login }),
    does: 'tags',
    ends: { code: 'registry-denied', reason: 'denied', says: /DENIED \*\*\* \*\*\* may not/, hints: /rights/ },
    requests: 3,
  },
  {
    fault: '404 NAME_UNKNOWN: a repository that does not exist yet has no tags',
    site: faulty(always(onTags, refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry'))),
    does: 'tags',
    ends: 'absent',
    requests: 2,
  },
  {
    fault: '404 NAME_UNKNOWN: a push where repositories are made beforehand',
    site: faulty(always(onOpening, refusal(404, 'NAME_UNKNOWN', "The repository with name 'me/cache' does not exist"))),
    does: 'upload',
    ends: {
      code: 'registry-not-found',
      reason: 'name-unknown',
      says: /NAME_UNKNOWN The repository with name/,
      hints: /[Cc]reate/,
    },
    requests: 3,
  },
  {
    fault: '405',
    site: faulty([], { refuseDeletes: true }),
    does: 'delete',
    ends: {
      code: 'registry-unsupported',
      reason: 'unsupported',
      says: /does not allow it \(HTTP 405\).*UNSUPPORTED/,
      hints: /[Dd]eletes/,
    },
    requests: 3,
  },
  {
    fault: '413 beyond a size, as a proxy has it: goes on in chunks',
    site: faulty([], { maxRequestBody: 280_000 }),
    does: 'upload',
    ends: 'well',
    requests: 10,
  },
  {
    fault: '413 for every size',
    site: faulty(always(onUpload, status(413, '<h1>413</h1>', { 'content-type': 'text/html' }))),
    does: 'upload',
    ends: {
      code: 'registry-out-of-space',
      reason: 'too-large',
      says: /no upload of this size \(HTTP 413\)/,
      hints: /client_max_body_size/,
    },
    requests: 8,
  },
  {
    fault: '400 for a manifest, in its own words',
    site: faulty(always(onManifestPut, refusal(400, 'MANIFEST_INVALID', 'no such media type here'))),
    does: 'manifest upload',
    ends: { code: 'registry-protocol', reason: 'bad-request', says: /MANIFEST_INVALID no such media type here/ },
    requests: 8,
  },
  {
    fault: 'redirect loop',
    site: faulty(always(onTags, status(302, '', { location: '/v2/me/cache/tags/list' }))),
    does: 'tags',
    ends: { code: 'registry-protocol', reason: 'redirect-loop', says: /redirected more than 5 times/ },
    requests: 7,
  },
  {
    fault: 'redirect to http:',
    site: behindTls({}, always(onTags, status(307, '', { location: 'http://localhost/tags' }))),
    does: 'tags',
    ends: {
      code: 'registry-denied',
      reason: 'redirect-to-http',
      says: /leads from https to http:\/\/localhost/,
      hints: /X-Forwarded-Proto/,
    },
    requests: 2,
    needs: 'openssl',
  },
  {
    fault: 'redirect of an upload to another host',
    site: faulty(always(onUpload, status(307, '', { location: 'http://elsewhere.invalid/x' }))),
    does: 'upload',
    ends: { code: 'registry-protocol', reason: 'redirect-of-write', says: /elsewhere\.invalid/ },
    requests: 5,
  },
  {
    fault: '`Location` missing',
    site: faulty(always(onOpening, { kind: 'headers', headers: { location: undefined } })),
    does: 'upload',
    ends: { code: 'registry-protocol', reason: 'location-missing', says: /HTTP 202 without a Location/ },
    requests: 3,
  },
]

/** The registry is busy or broken, for a while or for ever. */
const outages: readonly FaultRow[] = [
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

/** What comes or goes is not what it should be. */
const damage: readonly FaultRow[] = [
  {
    fault: 'request cut at byte N',
    site: faulty(times(3, onUpload, { kind: 'cut-request', after: 70_000 })),
    does: 'upload',
    ends: 'well',
    requests: 17,
    waits: [0, 7],
  },
  {
    fault: 'request cut at byte N, for ever',
    site: faulty(always(onUpload, { kind: 'cut-request', after: 1 })),
    does: 'upload',
    ends: { code: 'registry-cut', reason: 'cut', says: /connection was cut/, hints: /again/ },
    requests: 40,
    waits: patience,
  },
  {
    fault: 'answer to an upload lost',
    site: faulty(times(1, onUpload, { kind: 'lose-answer' })),
    does: 'upload',
    ends: 'well',
    requests: 7,
    waits: [0, 1],
  },
  {
    fault: 'answer to a manifest lost',
    site: faulty(times(1, onManifestPut, { kind: 'lose-answer' })),
    does: 'manifest upload',
    ends: 'well',
    requests: 9,
    waits: [0, 1],
  },
  {
    fault: 'answer cut at byte N',
    site: faulty(times(3, onBlob, { kind: 'cut-answer', after: 11 })),
    does: 'blob',
    ends: 'well',
    requests: 5,
    waits: [0, 7],
  },
  {
    fault: 'manifest cut at byte N, for ever',
    site: faulty(always(onManifest, { kind: 'cut-answer', after: 11 })),
    does: 'manifest',
    ends: { code: 'registry-cut', reason: 'cut', says: /connection was cut/, hints: /again/ },
    requests: 8,
    waits: patience,
  },
  {
    fault: 'slow drip',
    site: faulty(always(onManifest, { kind: 'drip', milliseconds: 40 })),
    does: 'manifest',
    ends: { code: 'registry-cut', reason: 'dripping', says: /hardly sends anything/, hints: /again/ },
    requests: 8,
    waits: patience,
  },
  {
    fault: 'wrong length: less than it says',
    site: faulty(always(onManifest, { kind: 'headers', headers: { 'content-length': '5000' } })),
    does: 'manifest',
    ends: { code: 'registry-cut', reason: 'stalled', says: /stopped answering|cut/, hints: /again/ },
    requests: 8,
    waits: patience,
  },
  {
    fault: 'wrong length: a blob that is longer than its descriptor says',
    site: faulty(always(onBlob, { kind: 'endless', bytes: 1 << 20, contentType: 'application/octet-stream' })),
    does: 'blob',
    ends: { code: 'size-exceeded', says: /larger than the \d+ bytes that its descriptor says/ },
    requests: 2,
  },
  {
    fault: 'wrong digest: a blob',
    site: faulty(always(onBlob, { kind: 'corrupt' })),
    does: 'blob',
    ends: { code: 'digest-mismatch', says: /sha256:.* have the digest sha256:/ },
    requests: 2,
  },
  {
    fault: 'wrong digest: a manifest',
    site: faulty(always(onManifest, { kind: 'corrupt' })),
    does: 'manifest',
    ends: { code: 'digest-mismatch', says: /said to be sha256:.*bytes are sha256:/ },
    requests: 2,
  },
  {
    fault: 'wrong digest: the registry stored something else',
    site: faulty(
      always(onUpload, { kind: 'headers', headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } }),
    ),
    does: 'upload',
    ends: { code: 'digest-mismatch', says: /stored sha256:0+ instead/ },
    requests: 5,
  },
  {
    fault: 'wrong digest: what was sent is refused',
    site: faulty(always(onUpload, refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content'))),
    does: 'upload',
    ends: { code: 'digest-mismatch', says: /bytes that were sent have another digest/ },
    requests: 5,
  },
  {
    fault: 'truncated JSON: tags',
    site: faulty(always(onTags, { kind: 'truncate', to: 9 })),
    does: 'tags',
    ends: { code: 'registry-protocol', says: /not a tag list/ },
    requests: 2,
  },
  {
    fault: 'truncated JSON: a manifest',
    site: faulty(always(onManifest, { kind: 'truncate', to: 9 })),
    does: 'manifest',
    ends: { code: 'digest-mismatch', says: /bytes are sha256:/ },
    requests: 2,
  },
  {
    fault: 'truncated JSON: a token',
    site: faulty(
      always(({ url }) => url.startsWith('/token'), { kind: 'truncate', to: 9 }),
      {
        auth: { ...login, kind: 'bearer' },
      },
    ),
    does: 'tags',
    ends: { code: 'registry-protocol', reason: 'token-invalid', says: /holds no token/ },
    requests: 3,
  },
  {
    fault: '100 MB manifest',
    site: faulty(
      always(onManifest, {
        kind: 'endless',
        bytes: 100 << 20,
        contentType: 'application/vnd.oci.image.manifest.v1+json',
      }),
    ),
    does: 'manifest',
    ends: { code: 'size-exceeded', says: /longer than \d+ bytes/ },
    requests: 2,
  },
  {
    fault: 'token without expiry',
    site: faulty([], { auth: { ...login, kind: 'bearer' } }),
    does: 'upload',
    ends: 'well',
    requests: 6,
  },
  {
    fault: 'upload session lost',
    site: faulty(times(2, onUpload, { kind: 'forget-upload' })),
    does: 'upload',
    ends: 'well',
    requests: 14,
    waits: [0, 3],
  },
  {
    fault: 'upload session lost, for ever',
    site: faulty(always(onUpload, { kind: 'forget-upload' })),
    does: 'upload',
    ends: {
      code: 'registry-not-found',
      reason: 'upload-unknown',
      says: /BLOB_UPLOAD_UNKNOWN/,
      hints: /load balancer|storage/,
    },
    requests: 40,
    waits: [0, 31],
  },
]

/** The fault matrix: every way in which a registry, or what lies between, fails its client. */
export const faultMatrix: readonly FaultRow[] = [...onTheWay, ...refusals, ...outages, ...damage]
