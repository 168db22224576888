import { describe, expect, it } from 'vitest'
import type { DoctorStepKey } from '../../main/api/registries.ts'
import { examined, stepOf, type Visit } from '../support/examined.ts'
import { missingProgram } from '../support/programs.ts'
import type { FaultRegistryOptions } from '../support/registry/fault-registry.ts'
import {
  askedBy,
  behindTls,
  faulty,
  nowhere,
  type StartSite,
  siteLogin,
  siteSecrets,
} from '../support/registry/fault-sites.ts'
import type { FaultAction, LoggedRequest } from '../support/registry/faults.ts'

/** A fault, the step that has to show it, the likely cause in words, and something to do. */
interface Row {
  readonly fault: string
  readonly site: StartSite
  readonly step: DoctorStepKey
  /** `failed` unless given. */
  readonly state?: 'failed' | 'warning'
  /** Uploads that stay open, since where they are was not said; none unless given. */
  readonly lost?: number
  readonly cause: RegExp
  readonly fix: RegExp
  readonly visit?: Visit
  /** Without the login that every site takes. */
  readonly anonymous?: boolean
}

const noOpenssl = await missingProgram('openssl')

const onApi = ({ url }: LoggedRequest): boolean => url === '/v2/'
const onTags = ({ url }: LoggedRequest): boolean => url.includes('/tags/')
const onManifest = ({ method, url }: LoggedRequest): boolean => method === 'GET' && url.includes('/manifests/')
const onBlob = ({ method, url }: LoggedRequest): boolean => method === 'GET' && url.includes('/blobs/sha256:')
const onOpening = ({ method, url }: LoggedRequest): boolean => method === 'POST' && url.includes('/blobs/uploads/')
const onUpload = ({ method, url }: LoggedRequest): boolean => method === 'PATCH' && url.includes('/blobs/uploads/')
const onToken = ({ url }: LoggedRequest): boolean => url.startsWith('/token')

const always = (
  when: (request: LoggedRequest) => boolean,
  act: FaultAction,
  options?: FaultRegistryOptions,
): StartSite => faulty([{ when, act }], options)
const status = (code: number, headers: Readonly<Record<string, string>> = {}, body = ''): FaultAction => ({
  kind: 'status',
  status: code,
  headers,
  body,
})
const refusal = (code: number, name: string, message: string): FaultAction =>
  status(code, { 'content-type': 'application/json' }, JSON.stringify({ errors: [{ code: name, message }] }))

const { username, password } = siteLogin
const bearer = { auth: { kind: 'bearer', username, password } } as const
const basic = { auth: { kind: 'basic', username, password } } as const
/** What the doctor waits for in these tests, in milliseconds, and how long a line may be silent. */
const patience = 1500
const silence = 400

const onTheWay: readonly Row[] = [
  {
    fault: 'DNS failure',
    site: nowhere(() => 'oci://registry.invalid'),
    step: 'name',
    cause: /No name server knows registry\.invalid|name server does not answer/,
    fix: /\$ getent hosts registry\.invalid/,
  },
  {
    fault: 'refused',
    site: nowhere((port) => `oci+http://127.0.0.1:${port}`),
    step: 'connect',
    cause: /nothing listens at 127\.0\.0\.1/,
    fix: /Start the registry/,
  },
  {
    fault: 'plain http asked for TLS',
    site: askedBy('oci', faulty([])),
    step: 'tls',
    cause: /speaks plain http/,
    fix: /oci\+http:\/\/127/,
  },
  {
    fault: 'a proxy that is not there',
    site: nowhere(() => 'oci://registry.example'),
    step: 'connect',
    cause: /proxy itself cannot be reached/,
    fix: /HTTPS_PROXY/,
    visit: { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } },
  },
  {
    fault: 'a proxy that cannot be read',
    site: nowhere(() => 'oci://198.51.100.1'),
    step: 'proxy',
    cause: /proxy’s address cannot be read/,
    fix: /HTTPS_PROXY as http:/,
    visit: { env: { HTTPS_PROXY: 'ftp://proxy' } },
  },
]

const overTls: readonly Row[] = [
  {
    fault: 'TLS: expired',
    site: behindTls({ expired: true }),
    step: 'tls',
    cause: /certificate ended on \d{4}-\d\d-\d\d/,
    fix: /Renew the certificate/,
  },
  {
    fault: 'TLS: unknown CA',
    site: behindTls({ unknownCa: true }),
    step: 'tls',
    cause: /signed by “Strata test authority”, which this machine does not trust/,
    fix: /--ca-file FILE/,
  },
  {
    fault: 'TLS: wrong name',
    site: behindTls({ name: 'registry.example' }),
    step: 'tls',
    cause: /another name than localhost:\d+: it names registry\.example/,
    fix: /name that the certificate carries/,
  },
  {
    fault: 'TLS asked with plain http',
    site: askedBy('oci+http', behindTls({})),
    step: 'api',
    cause: /TLS/,
    fix: /oci:\/\/localhost/,
  },
  {
    fault: 'redirect to http:',
    site: behindTls({}, [{ when: onTags, act: status(307, { location: 'http://localhost/tags' }) }]),
    step: 'pull',
    cause: /from TLS to plain http/,
    fix: /X-Forwarded-Proto/,
  },
]

const refusals: readonly Row[] = [
  {
    fault: 'HTML instead of JSON',
    site: always(onApi, { kind: 'html', status: 200 }),
    step: 'api',
    cause: /web page answers/,
    fix: /web page may be on another/,
  },
  {
    fault: 'a web server without a registry',
    site: always(onApi, status(404)),
    step: 'api',
    cause: /does not know \/v2\//,
    fix: /host and port/,
  },
  {
    fault: 'HTML instead of JSON: a sign-in page',
    site: always(onTags, { kind: 'html', status: 200 }),
    step: 'pull',
    cause: /web page answers/,
    fix: /browser/,
  },
  {
    fault: '401 loop with Basic',
    site: always(onTags, { kind: 'ignore-login' }, basic),
    step: 'pull',
    cause: /login was taken, and what it gave is then refused/,
    fix: /token server/,
  },
  {
    fault: '401 loop with Bearer',
    site: always(onTags, { kind: 'ignore-login' }, bearer),
    step: 'pull',
    cause: /login was taken, and what it gave is then refused/,
    fix: /token server/,
  },
  {
    fault: 'wrong password with Basic',
    site: faulty([], basic),
    visit: { login: { ...siteLogin, password: 'wrong-battery-staple' } },
    step: 'token',
    cause: /does not take this name and password/,
    fix: /\$ strata login 127/,
  },
  {
    fault: 'no login where one is wanted',
    site: faulty([], bearer),
    step: 'token',
    anonymous: true,
    cause: /nobody in without a login, and none was found/,
    fix: /\$ strata login 127/,
  },
  {
    fault: 'anyone may read, nobody may write without a login',
    site: faulty([], { auth: { ...bearer.auth, anonymousPull: true } }),
    step: 'push',
    anonymous: true,
    cause: /Anyone may read here, but writing needs a login/,
    fix: /\$ strata login 127/,
  },
  {
    fault: "403 with the registry's own words",
    site: always(onOpening, refusal(403, 'DENIED', 'installation not allowed to Create organization package')),
    step: 'push',
    cause: /may not write in me\/cache/,
    fix: /rights of the account/,
  },
  {
    fault: '404 NAME_UNKNOWN',
    site: always(onOpening, refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry')),
    step: 'push',
    cause: /no me\/cache and does not make it by itself/,
    fix: /Create the repository/,
  },
  {
    fault: '405 on a push',
    site: always(onOpening, refusal(405, 'UNSUPPORTED', 'The operation is unsupported.')),
    step: 'push',
    cause: /pull-through cache|read-only/,
    fix: /another registry|registry behind it/,
  },
  {
    fault: '405 on a delete',
    site: faulty([], { refuseDeletes: true }),
    step: 'delete',
    state: 'warning',
    cause: /Deletes are switched off/,
    fix: /REGISTRY_STORAGE_DELETE_ENABLED=true/,
  },
  {
    fault: '413',
    site: always(onUpload, status(413, { 'content-type': 'text/html' }, '<h1>413</h1>')),
    step: 'push',
    cause: /bounds what may be uploaded/,
    fix: /client_max_body_size/,
  },
  {
    fault: '413 beyond the size that nginx takes',
    site: faulty([], { maxRequestBody: 1024 * 1024 }),
    step: 'push',
    cause: /nginx takes 1 MiB/,
    fix: /client_max_body_size/,
  },
  {
    fault: 'redirect loop',
    site: always(onTags, status(302, { location: '/v2/me/cache/tags/list' })),
    step: 'pull',
    cause: /round in a circle/,
    fix: /X-Forwarded-Proto/,
  },
  {
    fault: 'redirect of a push to another host',
    site: always(onOpening, status(307, { location: 'http://elsewhere.invalid/x' })),
    step: 'push',
    cause: /leads to another host.*elsewhere\.invalid/,
    fix: /name of that host/,
  },
  {
    fault: '`Location` missing',
    site: always(onOpening, { kind: 'headers', headers: { location: undefined } }),
    step: 'push',
    lost: 1,
    cause: /without saying where it is/,
    fix: /pass Location on/,
  },
  {
    fault: '429 for ever',
    site: always(onTags, status(429, { 'retry-after': '3600' })),
    step: 'pull',
    cause: /asked again in 3,600 seconds, at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/,
    fix: /fewer --jobs/,
  },
  {
    fault: '500 for ever',
    site: always(onTags, status(500, {}, 'panic: runtime error')),
    step: 'pull',
    cause: /registry itself fails \(HTTP 500\)/,
    fix: /log says why/,
  },
  {
    fault: '500 from the token server',
    site: always(onToken, status(503), bearer),
    step: 'token',
    cause: /fails \(HTTP 503\)/,
    fix: /later/,
  },
  {
    fault: 'out of space',
    site: always(onUpload, status(507)),
    step: 'push',
    cause: /disk or your quota there is full/,
    fix: /garbage collection/,
  },
]

const damage: readonly Row[] = [
  {
    fault: 'cut before any answer',
    site: always(() => true, { kind: 'cut-request', after: 0 }),
    step: 'api',
    cause: /ends in the middle/,
    fix: /Try again/,
  },
  {
    fault: 'answer cut at byte N',
    site: always(onManifest, { kind: 'cut-answer', after: 11 }),
    step: 'pull',
    cause: /ends in the middle of an answer/,
    fix: /proxy in front/,
  },
  {
    fault: 'upload cut at byte N',
    site: always(onUpload, { kind: 'cut-request', after: 70_000 }),
    step: 'push',
    cause: /ends in the middle of an upload/,
    fix: /same size or time/,
  },
  { fault: 'never answers', site: always(onTags, { kind: 'stall' }), step: 'pull', cause: /drop by drop/, fix: /load/ },
  {
    fault: 'slow drip',
    site: always(onManifest, { kind: 'drip', milliseconds: 40 }),
    step: 'pull',
    cause: /drop by drop/,
    fix: /time-outs/,
  },
  {
    fault: 'wrong length: less than it says',
    site: always(onManifest, { kind: 'headers', headers: { 'content-length': '5000' } }),
    step: 'pull',
    cause: /stops in the middle|ends in the middle/,
    fix: /again/,
  },
  {
    fault: 'wrong length: more than it says',
    site: always(onBlob, { kind: 'endless', bytes: 1 << 20, contentType: 'application/octet-stream' }),
    step: 'pull',
    cause: /far larger/,
    fix: /Check the host/,
  },
  {
    fault: 'wrong digest: a blob',
    site: always(onBlob, { kind: 'corrupt' }),
    step: 'pull',
    cause: /not what was stored/,
    fix: /--force/,
  },
  {
    fault: 'wrong digest: a manifest',
    site: always(onManifest, { kind: 'corrupt' }),
    step: 'pull',
    cause: /not what was stored/,
    fix: /virus scanner/,
  },
  {
    fault: 'truncated JSON: tags',
    site: always(onTags, { kind: 'truncate', to: 9 }),
    step: 'pull',
    cause: /not what the specification of registries says/,
    fix: /without the proxy/,
  },
  {
    fault: 'truncated JSON: a token',
    site: always(onToken, { kind: 'truncate', to: 9 }, bearer),
    step: 'token',
    cause: /token server does not answer as one/,
    fix: /realm/,
  },
  {
    fault: '100 MB manifest',
    site: always(onManifest, {
      kind: 'endless',
      bytes: 100 << 20,
      contentType: 'application/vnd.oci.image.manifest.v1+json',
    }),
    step: 'pull',
    cause: /far larger/,
    fix: /Check the host/,
  },
  {
    fault: 'token without expiry',
    site: faulty([], bearer),
    step: 'token',
    state: 'warning',
    cause: /does not say how long its tokens are good/,
    fix: /Nothing has to be done/,
  },
  {
    fault: 'clock skew',
    site: always(onApi, { kind: 'headers', headers: { date: new Date(Date.now() - 600_000).toUTCString() } }),
    step: 'api',
    state: 'warning',
    cause: /clocks differ/,
    fix: /timedatectl/,
  },
  {
    fault: 'upload session lost',
    site: always(onUpload, { kind: 'forget-upload' }),
    step: 'push',
    cause: /forgets an upload that it has just begun/,
    fix: /REGISTRY_HTTP_SECRET/,
  },
]

describe('strata doctor names the cause of', () => {
  it.each([...onTheWay, ...refusals, ...damage])('$fault', play)
  it.skipIf(noOpenssl).each(overTls)('$fault', play)
})

async function play({
  site: start,
  step: key,
  state = 'failed',
  cause,
  fix,
  visit,
  anonymous,
  lost = 0,
}: Row): Promise<void> {
  const site = await start()
  try {
    const report = await examined(
      site.reference,
      {
        login: anonymous ? undefined : siteLogin,
        caFiles: site.caFiles,
        timeouts: { firstByte: silence, stall: silence },
        ...visit,
      },
      { patience },
    )
    const step = stepOf(report, key)
    expect(step).toMatchObject({ state, cause: expect.stringMatching(cause) })
    expect(step.fix.join('\n')).toMatch(fix)
    expect(report.state).toBe(state)
    // Only one thing is wrong: nothing else is accused.
    expect(report.steps.filter((one) => one.state === 'failed').length).toBe(state === 'failed' ? 1 : 0)
    for (const secret of siteSecrets) expect(JSON.stringify(report)).not.toContain(secret)
    expect(site.registry?.openUploads() ?? 0).toBe(lost)
  } finally {
    await site.close()
  }
}
