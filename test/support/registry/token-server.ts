import { createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from './certificates.ts'
import type { TokenAuth } from './docker-registry.ts'
import { errorReply, json, type Reply } from './reply.ts'

export interface TokenServerOptions {
  readonly username: string
  readonly password: string
  /** What may be done: `who` is undefined for somebody without a login. The user may do everything unless given. */
  readonly allows?: (who: string | undefined, repository: string, action: string) => boolean
  /** The field the token comes in. */
  readonly field?: 'token' | 'access_token'
  /** Seconds that tokens are good for. */
  readonly life?: number
  /** Seconds that it says they are good for: `life` unless given, `silent` says nothing. */
  readonly expiresIn?: number | 'silent'
}

/** A token that was asked for. */
export interface TokenRequest {
  readonly method: string
  /** `repository:me/cache:pull,push`, as they were asked for. */
  readonly scopes: readonly string[]
  readonly who: string | undefined
  readonly status: number
  /** When its time is over, in milliseconds since 1970. */
  readonly ends: number
}

export interface TokenServer {
  /** What Debian's docker-registry needs to trust it. */
  readonly auth: TokenAuth
  readonly log: TokenRequest[]
  /** A refresh token of the user, as a login would leave one behind. */
  readonly refreshToken: string
  close(): Promise<void>
}

interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

const service = 'strata-tests'
const issuer = 'strata-token-server'
/** Distribution takes a token for so many seconds after its end (registry/auth/token, `Leeway`). */
const leeway = 60
const defaultLife = 300

/**
 * A token server as distribution specifies it ("Token Authentication Specification", "Oauth2 Token Authentication"):
 * JSON Web Tokens signed with ES256, their certificate inside as `x5c`.
 */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-tokens-'))
  const files = await makeCertificates(folder)
  const signer = new Signer(createPrivateKey(await readFile(files.key)), await readFile(files.certificate))
  const log: TokenRequest[] = []
  const refreshToken = `refresh-${randomUUID()}`
  const server = createServer(async (request, response) => {
    const asked = await readRequest(request)
    const { reply, who } = answer(asked, options, refreshToken, signer)
    const ends = (Math.floor(Date.now() / 1000) + (options.life ?? defaultLife)) * 1000
    log.push({ method: asked.method, scopes: asked.scopes, who, status: reply.status, ends })
    response.writeHead(reply.status, reply.headers).end(reply.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    auth: { realm: `http://127.0.0.1:${port}/token`, service, issuer, rootcertbundle: files.caFile },
    log,
    refreshToken,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Asked {
  readonly method: string
  readonly authorization: string | undefined
  readonly scopes: readonly string[]
  readonly fields: URLSearchParams
}

async function readRequest(request: IncomingMessage): Promise<Asked> {
  const { method = '', url = '', headers } = request
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const post = method === 'POST'
  const fields = post ? new URLSearchParams(Buffer.concat(chunks).toString()) : new URL(url, 'http://x').searchParams
  // OAuth 2 has them as words of one field, the older form as one field each.
  const scopes = post ? (fields.get('scope') ?? '').split(' ') : fields.getAll('scope')
  return { method, authorization: headers.authorization, scopes, fields }
}

function answer(
  asked: Asked,
  options: TokenServerOptions,
  refreshToken: string,
  signer: Signer,
): { readonly reply: Reply; readonly who: string | undefined } {
  const { username, password } = options
  const { fields, authorization } = asked
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const right =
    asked.method === 'POST'
      ? fields.get('grant_type') === 'refresh_token'
        ? fields.get('refresh_token') === refreshToken
        : fields.get('username') === username && fields.get('password') === password
      : authorization === basic
  const named = asked.method === 'POST' || authorization !== undefined
  if (fields.get('service') !== service)
    return { reply: errorReply(400, 'UNSUPPORTED', 'wrong service'), who: undefined }
  if (named && !right) return { reply: errorReply(401, 'UNAUTHORIZED', 'wrong login'), who: undefined }
  const who = right ? username : undefined
  const allows = options.allows ?? ((one) => one !== undefined)
  const access = asked.scopes.flatMap((scope) => granted(scope, (name, action) => allows(who, name, action)))
  const { life = defaultLife, expiresIn = life, field = 'token' } = options
  const said = expiresIn === 'silent' ? {} : { expires_in: expiresIn }
  return { reply: json(200, { [field]: signer.token(who ?? '', access, life), ...said }), who }
}

/** As much of a scope as is allowed: a token server does not refuse, it gives less. */
function granted(scope: string, allows: (repository: string, action: string) => boolean): Access[] {
  const [, type = '', name = '', actions = ''] = /^([^:]+):(.+):([^:]+)$/.exec(scope) ?? []
  const given = actions.split(',').filter((action) => allows(name, action))
  return given.length > 0 ? [{ type, name, actions: given }] : []
}

class Signer {
  private readonly key: KeyObject
  private readonly header: string

  constructor(key: KeyObject, certificate: Buffer) {
    this.key = key
    const x5c = [new X509Certificate(certificate).raw.toString('base64')]
    this.header = encode({ typ: 'JWT', alg: 'ES256', x5c })
  }

  token(subject: string, access: readonly Access[], life: number): string {
    const now = Math.floor(Date.now() / 1000)
    const times = { iat: now, nbf: now - 10, exp: now + life - leeway }
    const payload = encode({ iss: issuer, sub: subject, aud: service, jti: randomUUID(), ...times, access })
    const signed = `${this.header}.${payload}`
    // JSON Web Signature has the two numbers side by side (RFC 7518, 3.4), not as ASN.1.
    const signature = sign('sha256', Buffer.from(signed), { key: this.key, dsaEncoding: 'ieee-p1363' })
    return `${signed}.${signature.toString('base64url')}`
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
