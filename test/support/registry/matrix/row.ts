import type { ErrorCode } from '../../../../main/api/errors.ts'
import type { Reason } from '../../../../main/registry/failure.ts'
import { type StartSite, siteSecrets } from '../fault-sites.ts'
import type { Fault, FaultAction, LoggedRequest } from '../faults.ts'

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

export const any = (): boolean => true
export const onTags = ({ url }: LoggedRequest): boolean => url.includes('/tags/')
export const onManifest = ({ url }: LoggedRequest): boolean => url.includes('/manifests/')
export const onManifestPut = ({ method, url }: LoggedRequest): boolean =>
  method === 'PUT' && url.includes('/manifests/')
export const onBlob = ({ method, url }: LoggedRequest): boolean => method === 'GET' && url.includes('/blobs/sha256:')
export const onOpening = ({ method, url }: LoggedRequest): boolean =>
  method === 'POST' && url.includes('/blobs/uploads/')
/** The bytes of an upload, in whatever way they are sent. */
export const onUpload = ({ method, url }: LoggedRequest): boolean =>
  (method === 'PUT' || method === 'PATCH') && url.includes('/blobs/uploads/')

type When = (request: LoggedRequest) => boolean
export const always = (when: When, act: FaultAction): Fault[] => [{ when, act }]
export const times = (count: number, when: When, act: FaultAction): Fault[] => [{ when, act, times: count }]

export const status = (code: number, body = '', headers: Readonly<Record<string, string>> = {}): FaultAction => ({
  kind: 'status',
  status: code,
  headers,
  body,
})
export const refusal = (code: number, name: string, message: string, detail?: unknown): FaultAction =>
  status(code, JSON.stringify({ errors: [{ code: name, message, detail }] }), { 'content-type': 'application/json' })

/** What seven attempts wait between them: half to all of 0.5 + 1 + 2 + 4 + 8 + 15 seconds. */
export const patience = [15, 31] as const

export const login = { kind: 'basic', username: 'me', password: siteSecrets[0] ?? '' } as const
/** A date as HTTP has it, so many seconds away. */
export const fromNow = (seconds: number): string =>
  new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000).toUTCString()
