import { dirname } from 'node:path'
import { protect } from '../../support/redact.ts'
import { asBoolean, asObject, asString, type Json, type JsonObject } from '../json.ts'
import type { Configuration, Origin } from './configuration.ts'

/** How to log in, as configured. Only `login` and `token` hold a secret; it is protected against being shown. */
export type MirrorCredentials =
  | { readonly kind: 'login'; readonly id: string; readonly secret: string }
  | {
      readonly kind: 'login-variables'
      readonly id?: string
      readonly idVariable?: string
      readonly secretVariable: string
    }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'token-variable'; readonly tokenVariable: string }

export interface MirrorConnection {
  readonly url: string
  readonly credentials?: MirrorCredentials
}

export interface Mirror {
  readonly name: string
  readonly fetch?: MirrorConnection
  readonly push?: MirrorConnection
  /** As written; Spack takes an absent one as true. */
  readonly signed?: boolean
  readonly source: boolean
  readonly binary: boolean
  readonly autopush: boolean
  /** A password or token stands in the configuration file itself. */
  readonly secretInFile: boolean
  readonly origin?: Origin
}

/** The configured mirrors, highest precedence first (Spack's `mirrors/mirror.py`, both the short and the long form). */
export function readMirrors(configuration: Configuration): readonly Mirror[] {
  const mirrors = asObject(configuration.get(['mirrors'])) ?? {}
  return Object.entries(mirrors).map(([name, data]) => {
    const origin = configuration.origin(['mirrors', name])
    const folder = origin === undefined ? '/' : dirname(origin.file)
    return readMirror(name, data, origin, (url) => configuration.expand(url, folder))
  })
}

function readMirror(
  name: string,
  data: Json | undefined,
  origin: Origin | undefined,
  expand: (url: string) => string,
): Mirror {
  const mirror: JsonObject = asObject(data) ?? { url: data }
  const connection = (direction: 'fetch' | 'push'): MirrorConnection | undefined => {
    const own = mirror[direction]
    // A direction's own setting wins; one that is a bare URL leaves the rest to the mirror.
    const settings: JsonObject = { ...mirror, ...(typeof own === 'string' ? { url: own } : asObject(own)) }
    const url = asString(settings.url)
    return url === undefined ? undefined : { url: expand(url), credentials: readCredentials(settings) }
  }
  const fetch = connection('fetch')
  const push = connection('push')
  return {
    name,
    fetch,
    push,
    signed: asBoolean(mirror.signed),
    source: asBoolean(mirror.source) ?? true,
    binary: asBoolean(mirror.binary) ?? true,
    autopush: asBoolean(mirror.autopush) ?? false,
    secretInFile: [fetch, push].some(
      (side) => side?.credentials?.kind === 'login' || side?.credentials?.kind === 'token',
    ),
    origin,
  }
}

function readCredentials(settings: JsonObject): MirrorCredentials | undefined {
  const tokenVariable = asString(settings.access_token_variable)
  if (tokenVariable !== undefined) return { kind: 'token-variable', tokenVariable }
  const token = asString(settings.access_token)
  if (token !== undefined) {
    protect(token)
    return { kind: 'token', token }
  }
  return readPair(settings.access_pair)
}

function readPair(pair: Json | undefined): MirrorCredentials | undefined {
  if (Array.isArray(pair)) {
    const [id, secret] = pair.map((part) => (part === null ? undefined : String(part)))
    if (!id || !secret) return undefined
    protect(secret)
    return { kind: 'login', id, secret }
  }
  const named = asObject(pair)
  const secretVariable = asString(named?.secret_variable)
  if (secretVariable === undefined) return undefined
  const idVariable = asString(named?.id_variable)
  return { kind: 'login-variables', id: asString(named?.id), idVariable, secretVariable }
}
