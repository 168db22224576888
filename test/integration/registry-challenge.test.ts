import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Credential } from '../../main/registry/credentials/credentials.ts'
import { type NetworkOptions, openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { everyWord, failure } from '../support/registry/failing.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'
import { blob, opener } from '../support/registry/images.ts'

/** What registries and token servers say in 401s and tokens, one oddity each. */

const running: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

const login = { kind: 'basic', username: 'me', password: 'challenge-battery', source: 'test' } as const

interface Script {
  /** What the token server says to its n-th request, from 1. */
  readonly token?: (n: number, url: URL, body: string) => { readonly status?: number; readonly document: object }
  /** Whether the registry takes this token for a request. */
  readonly accepts: (token: string | undefined) => boolean
  /** Parameters of the challenge behind realm and service. */
  readonly challenge?: string
  readonly realm?: string
  readonly date?: Date
}

/** A registry with a tag list, and its token server beside it. */
async function start(script: Script, credential: Credential | undefined = login, options: NetworkOptions = {}) {
  const asked: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://registry')
    let body = ''
    for await (const chunk of request) body += String(chunk)
    response.setHeader('content-type', 'application/json')
    if (script.date) response.setHeader('date', script.date.toUTCString())
    if (url.pathname === '/token') {
      asked.push(url.searchParams.getAll('scope').join(' ') || body)
      const { status = 200, document } = script.token?.(asked.length, url, body) ?? { document: { token: 't1' } }
      return response.writeHead(status).end(JSON.stringify(document))
    }
    const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1]
    if (url.pathname !== '/v2/' && script.accepts(token)) return response.end('{"tags":["a"]}')
    const realm = script.realm ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
    const more = script.challenge === undefined ? '' : `,${script.challenge}`
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="odd"${more}` }).end('{}')
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const repository = await openRepository(
    parseReference(`oci+http://127.0.0.1:${(server.address() as AddressInfo).port}/me/cache`),
    { credentials: async () => credential, sleep: async () => undefined, ...options },
  )
  const close = async () => {
    server.closeAllConnections()
    server.close()
  }
  running.push({ close }, repository)
  return { repository, asked }
}

describe('clocks that differ', () => {
  const hour = 3_600_000
  it.each([-24 * hour, -hour, hour, 24 * hour])('by %d ms cost no token more', async (skew) => {
    const issued = new Date(Date.now() + skew)
    const { repository, asked } = await start({
      date: issued,
      token: () => ({ document: { token: 't1', issued_at: issued.toISOString(), expires_in: 300 } }),
      accepts: (token) => token === 't1',
    })
    for (let count = 0; count < 5; count += 1) expect(await repository.tags()).toEqual(['a'])
    expect(asked).toHaveLength(1)
  })

  it('so much that every token is over at once end in an error, not in a loop', async () => {
    const { repository, asked } = await start({
      token: (n) => ({ document: { token: `t${n}`, expires_in: -300 } }),
      accepts: () => false,
    })
    const refused = await failure(repository.tags())
    expect(refused).toMatchObject({ code: 'registry-auth', details: { reason: 'login-refused' } })
    expect(refused.message).toContain('login from test')
    expect(asked).toHaveLength(2)
  })
})

describe('a challenge', () => {
  it('that names more than we asked for gets a token for that, too, and once', async () => {
    const more = 'repository:me/cache:pull,metadata_read registry:catalog:*'
    const { repository, asked } = await start({
      challenge: `scope="${more}"`,
      token: (_n, url) => ({ document: { token: url.searchParams.getAll('scope').join(' ').replaceAll(' ', '+') } }),
      accepts: (token) => token?.includes('catalog') ?? false,
    })
    expect(await repository.tags()).toEqual(['a'])
    expect(await repository.tags()).toEqual(['a'])
    expect(asked).toEqual(['repository:me/cache:pull', more])
  })

  it('with insufficient_scope is about rights, and the login is not blamed', async () => {
    const { repository } = await start({ challenge: 'error="insufficient_scope"', accepts: () => false })
    const refused = await failure(repository.tags())
    expect(refused).toMatchObject({ code: 'registry-denied', details: { reason: 'insufficient-scope' } })
    expect(refused.hint).toContain('rights')
  })

  it.each([
    ['http://169.254.169.254/latest/api/token', 'private-address'],
    ['http://metadata.example/token', 'private-address'],
    ['ftp://127.0.0.1/token', 'realm-invalid'],
    ['http://me:secret@127.0.0.1/token', 'realm-invalid'],
    ['nowhere', 'realm-invalid'],
  ])('with the realm %s is not followed', async (realm, reason) => {
    const { repository } = await start({ realm, accepts: () => false }, login, {
      lookup: (_hostname, _options, callback) => callback(null, [{ address: '169.254.169.254', family: 4 }]),
    })
    const refused = await failure(repository.tags())
    expect(refused.details).toMatchObject({ reason })
    expect(everyWord(refused)).not.toContain('challenge-battery')
  })
})

describe('a token server', () => {
  it('that denies a push does not keep us from pulling', async () => {
    const { repository, asked } = await start({
      token: (_n, url) =>
        String(url.searchParams.get('scope')).includes('push')
          ? { status: 403, document: { errors: [{ code: 'DENIED', message: 'write_package is missing' }] } }
          : { document: { token: 't1' } },
      accepts: (token) => token === 't1',
    })
    const one = blob(10)
    const put = () => failure(repository.putBlob(one, opener(one), { knownMissing: true }))
    const refused = await put()
    expect(refused).toMatchObject({ code: 'registry-denied', details: { reason: 'denied' } })
    expect(refused.message).toContain('write_package is missing')
    expect(refused.message).toContain('login from test')
    expect(await repository.tags()).toEqual(['a'])
    // What was denied once is not asked for again.
    expect((await put()).message).toBe(refused.message)
    expect(asked).toEqual(['repository:me/cache:pull,push', 'repository:me/cache:pull'])
  })

  it('that changes the identity token gets the new one the next time', async () => {
    const clock = { now: 0 }
    const identity = { kind: 'identity', token: 'refresh-token-0', source: 'test' } as const
    const { repository, asked } = await start(
      {
        token: (n) => ({ document: { access_token: `t${n}`, refresh_token: `refresh-token-${n}`, expires_in: 60 } }),
        accepts: (token) => token !== undefined,
      },
      identity,
      { now: () => clock.now },
    )
    await repository.tags()
    clock.now += 61_000
    await repository.tags()
    expect(asked.map((body) => new URLSearchParams(body).get('refresh_token'))).toEqual([
      'refresh-token-0',
      'refresh-token-1',
    ])
  })

  it.each([
    [{ document: {} }, 'token-invalid'],
    [{ document: { token: 'with\nnewline' } }, 'token-invalid'],
    [{ status: 404, document: {} }, 'token-invalid'],
    [{ status: 401, document: {} }, 'login-refused'],
    [{ status: 302, document: {} }, 'bad-request'],
  ])('that answers %j is blamed with the reason %s', async (answer, reason) => {
    const { repository } = await start({ token: () => answer, accepts: () => false })
    expect((await failure(repository.tags())).details).toMatchObject({ reason })
  })
})

describe('a token that ends in the middle of an upload', () => {
  it('is replaced, and the bytes are sent again from the first', async () => {
    const registry = await startFaultRegistry({ auth: { ...login, kind: 'bearer' } })
    const repository = await openRepository(parseReference(`oci+http://${registry.host}/me/cache`), {
      credentials: async () => login,
    })
    running.push(registry, repository)
    const isUpload = ({ method, url }: { method: string; url: string }) => method === 'PUT' && url.includes('/uploads/')
    registry.faults.push({ when: isUpload, times: 1, act: { kind: 'ignore-login' } })
    const content = blob(500_000)
    expect(await repository.putBlob(content, opener(content))).toBe('uploaded')
    expect(registry.blobs.get(content.digest)?.equals(content.bytes)).toBe(true)
    expect(registry.log.filter(({ url }) => url.startsWith('/token'))).toHaveLength(2)
    expect(new Set(registry.log.filter(isUpload).map(({ authorization }) => authorization)).size).toBe(2)
  })
})
