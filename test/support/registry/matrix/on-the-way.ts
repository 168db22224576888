import { askedBy, behindTls, faulty, nowhere } from '../fault-sites.ts'
import { always, any, type FaultRow } from './row.ts'

/** On the way: names, addresses, TLS. */
export const onTheWay: readonly FaultRow[] = [
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
