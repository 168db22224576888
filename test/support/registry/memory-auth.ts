import { randomUUID } from 'node:crypto'
import type { LoggedRequest } from './faults.ts'
import { errorReply, json, type Reply } from './reply.ts'

export interface MemoryAuthOptions {
  readonly kind: 'basic' | 'bearer'
  readonly username: string
  readonly password: string
  /** The field the token comes in. */
  readonly field?: 'token' | 'access_token'
  readonly expiresIn?: number
  /** Lets anyone pull. */
  readonly anonymousPull?: boolean
}

/** Who may do what at the registry in this process; with `bearer` it is its own token server, at `/token`. */
export class MemoryAuth {
  origin = ''
  /** Token to the scopes it allows. */
  readonly tokens = new Map<string, readonly string[]>()
  private readonly options: MemoryAuthOptions | undefined

  constructor(options: MemoryAuthOptions | undefined) {
    this.options = options
  }

  token(request: LoggedRequest, url: URL, form: URLSearchParams): Reply {
    const auth = this.options
    const refresh = request.method === 'POST'
    const scopes = refresh ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope')
    if (refresh && form.get('refresh_token') !== auth?.password) return json(400, { error: 'invalid_grant' })
    if (request.authorization !== undefined && request.authorization !== this.basic()) {
      return errorReply(401, 'UNAUTHORIZED', 'wrong login')
    }
    const mayPull = auth?.anonymousPull && !scopes.some((scope) => scope.includes('push'))
    if (!refresh && request.authorization === undefined && !mayPull) {
      return errorReply(401, 'UNAUTHORIZED', 'a login is needed')
    }
    const token = `token-${randomUUID()}`
    this.tokens.set(token, scopes)
    const life = auth?.expiresIn === undefined ? {} : { expires_in: auth.expiresIn }
    return json(200, { [auth?.field ?? 'token']: token, ...life })
  }

  /** The 401 for a request that is not allowed. */
  refuse(request: LoggedRequest, url: URL): Reply | undefined {
    const auth = this.options
    if (!auth) return undefined
    const refused = errorReply(401, 'UNAUTHORIZED', 'authentication required')
    if (auth.kind === 'basic') {
      if (request.authorization === this.basic()) return undefined
      return { ...refused, headers: { ...refused.headers, 'www-authenticate': 'Basic realm="faults"' } }
    }
    const repository = /^\/v2\/(.+?)\/(?:manifests|blobs|tags|referrers)\//.exec(url.pathname)?.[1]
    const wanted = request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'push'
    const granted = this.tokens.get(request.authorization?.replace('Bearer ', '') ?? '')
    // `/v2/` is of no repository: as for distribution any token of ours will do there.
    if (repository === undefined && granted) return undefined
    const allows = (scope: string) => scope.startsWith(`repository:${repository}:`) && scope.includes(wanted)
    if (granted?.some(allows)) return undefined
    const actions = wanted === 'pull' ? 'pull' : 'pull,push'
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:${actions}"`
    const challenge = `Bearer realm="${this.origin}/token",service="faults"${scope}`
    return { ...refused, headers: { ...refused.headers, 'www-authenticate': challenge } }
  }

  private basic(): string {
    return `Basic ${Buffer.from(`${this.options?.username}:${this.options?.password}`).toString('base64')}`
  }
}
