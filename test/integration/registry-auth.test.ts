import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Credential } from '../../main/registry/credentials/credentials.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import type { Trust } from '../../main/registry/trust.ts'
import { missingProgram } from '../support/programs.ts'
import { type CertificateOptions, makeCertificates } from '../support/registry/certificates.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { everyWord, failure } from '../support/registry/failing.ts'
import { type FaultRegistryOptions, startFaultRegistry } from '../support/registry/fault-registry.ts'
import { blob, image, opener, pushImage } from '../support/registry/images.ts'

const noOpenssl = await missingProgram('openssl')

const skip = await missingDockerRegistry()
const running: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

const right = { kind: 'basic', username: 'me', password: 'the-right-password', source: 'test' } as const
const wrong = { kind: 'basic', username: 'me', password: 'the-WRONG-password', source: 'test' } as const

async function start(auth: NonNullable<FaultRegistryOptions['auth']>, credential?: Credential) {
  const registry = await startFaultRegistry({ auth })
  const repository = await openRepository(parseReference(`oci+http://${registry.host}/me/cache`), {
    credentials: async () => credential,
  })
  running.push(registry, repository)
  return { registry, repository }
}

const pushSeveral = async (repository: Repository, count = 6) => {
  await Promise.all(
    Array.from({ length: count }, () => blob(10_000)).map((one) => repository.putBlob(one, opener(one))),
  )
  await pushImage(repository, image(), 'tag')
}

describe('a login', () => {
  it.each(['token', 'access_token'] as const)('with Bearer asks for each scope once and pushes (%s)', async (field) => {
    const { registry, repository } = await start({ ...right, kind: 'bearer', field }, right)
    await pushSeveral(repository)
    expect(await repository.tags()).toEqual(['tag'])
    const tokens = registry.log.filter(({ url }) => url.startsWith('/token'))
    expect(tokens.map(({ url }) => new URL(url, 'http://x').searchParams.get('scope'))).toEqual([
      'repository:me/cache:pull,push',
    ])
    // The password goes to the token server and to nobody else.
    expect(
      registry.log
        .filter(({ authorization }) => authorization?.startsWith('Basic'))
        .every(({ url }) => url.startsWith('/token')),
    ).toBe(true)
  })

  it('with Bearer renews a token that expires in the middle', async () => {
    const { registry, repository } = await start({ ...right, kind: 'bearer' }, right)
    await pushSeveral(repository)
    registry.expireTokens()
    await pushSeveral(repository)
    expect(registry.log.filter(({ url }) => url.startsWith('/token'))).toHaveLength(2)
  })

  it('with Bearer mounts with one token for both repositories', async () => {
    const { registry, repository } = await start({ ...right, kind: 'bearer' }, right)
    const source = parseReference(`oci+http://${registry.host}/base/image`)
    const base = await openRepository(source, { credentials: async () => right })
    running.push(base)
    const content = blob(100)
    await base.putBlob(content, opener(content))
    expect(await repository.mountBlob(content.digest, source)).toBe(true)
    const scopes = registry.log
      .filter(({ url }) => url.startsWith('/token'))
      .map(({ url }) => new URL(url, 'http://x').searchParams.getAll('scope'))
    expect(scopes.at(-1)).toEqual(['repository:me/cache:pull,push', 'repository:base/image:pull'])
  })

  it('with a registry token sends it as it is', async () => {
    const { registry, repository } = await start(
      { ...right, kind: 'bearer' },
      { kind: 'token', token: 'ready-made-token', source: 'test' },
    )
    await failure(repository.tags())
    expect(registry.log.some(({ url }) => url.startsWith('/token'))).toBe(false)
    expect(registry.log.some(({ authorization }) => authorization === 'Bearer ready-made-token')).toBe(true)
  })

  it('with an identity token exchanges it for a registry token, and says when it is refused', async () => {
    const identity = (token: string) => ({ kind: 'identity', token, source: 'docker' }) as const
    const { registry, repository } = await start({ ...right, kind: 'bearer' }, identity(right.password))
    await pushSeveral(repository)
    expect(registry.log.filter(({ url }) => url.startsWith('/token')).map(({ method }) => method)).toEqual(['POST'])
    const other = await start({ ...right, kind: 'bearer' }, identity('expired-identity'))
    const refused = await failure(other.repository.tags())
    expect(refused.code).toBe('registry-auth')
    expect(everyWord(refused)).not.toContain('expired-identity')
  })

  it('is not needed where anyone may pull, and asked for where one pushes', async () => {
    const { repository } = await start({ ...right, kind: 'bearer', anonymousPull: true })
    expect(await repository.tags()).toEqual([])
    const content = blob(10)
    const refused = await failure(repository.putBlob(content, opener(content)))
    expect(refused.code).toBe('registry-auth')
    expect(refused.hint).toContain('STRATA_USERNAME')
  })

  it.each(['basic', 'bearer'] as const)(
    'with %s and a wrong password is tried once, however many requests want it',
    async (kind) => {
      const { registry, repository } = await start({ ...right, kind }, wrong)
      const attempts = Array.from({ length: 8 }, () => blob(1000)).map((one) =>
        failure(repository.putBlob(one, opener(one))),
      )
      const failures = [
        ...(await Promise.all(attempts)),
        await failure(repository.tags()),
        await failure(repository.getManifest('tag')),
      ]
      expect(failures.map(({ code }) => code)).toEqual(failures.map(() => 'registry-auth'))
      expect(registry.log.filter(({ authorization }) => authorization !== undefined)).toHaveLength(1)
      for (const one of failures) {
        expect(everyWord(one)).not.toContain(wrong.password)
        expect(everyWord(one)).not.toContain(Buffer.from(`me:${wrong.password}`).toString('base64'))
        expect(one.message).toContain('test')
      }
    },
  )

  it.skipIf(noOpenssl)('is not sent to a token server without TLS when the registry has TLS', async () => {
    const tls = await startTls({}, (_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://tokens.example/token",service="x"' }).end()
    })
    const repository = await openRepository(parseReference(`oci://${tls.host}/me/cache`), {
      trust: () => ({ caFiles: [tls.caFile] }),
      credentials: async () => right,
    })
    running.push(repository)
    const refused = await failure(repository.tags())
    expect(refused.code).toBe('registry-denied')
    expect(refused.message).toContain('not behind TLS')
  })
})

describe.skipIf(skip)(`Debian's docker-registry${skip ? ` (skipped: ${skip})` : ''}`, () => {
  it('with htpasswd and TLS takes a push with the right password, and refuses the wrong one once', async () => {
    const registry = await startDockerRegistry({ login: right, tls: true })
    const reference = parseReference(`oci://${registry.host}/me/cache`)
    const trust = () => ({ caFiles: registry.caFile === undefined ? [] : [registry.caFile] })
    const good = await openRepository(reference, { trust, credentials: async () => right })
    const bad = await openRepository(reference, { trust, credentials: async () => wrong })
    const anonymous = await openRepository(reference, { trust })
    running.push(registry, good, bad, anonymous)
    await pushSeveral(good)
    expect(await good.tags()).toEqual(['tag'])
    expect((await failure(bad.tags())).message).toContain('refused')
    expect((await failure(anonymous.tags())).message).toContain('none was found')
  })

  it('may be killed and started again in the middle of a push', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-storage-'))
    const first = await startDockerRegistry({ storage: folder })
    const repository = await openRepository(parseReference(`oci+http://${first.host}/me/cache`))
    running.push(repository, { close: () => rm(folder, { recursive: true, force: true }) })
    const content = blob(20_000_000)
    let second: Promise<void> | undefined
    const restart = async () => {
      await first.close()
      running.unshift(await startDockerRegistry({ storage: folder, port: first.port }))
    }
    const onProgress = (sent: number) => {
      if (sent > 5_000_000) second ??= restart()
    }
    await repository.putBlob(content, opener(content), { onProgress })
    await second
    expect(await repository.hasBlob(content.digest)).toEqual({ size: content.size })
  })
})

type Listener = Parameters<typeof createServer>[1]

async function startTls(options: CertificateOptions, listener: Listener) {
  const folder = await mkdtemp(join(tmpdir(), 'strata-tls-'))
  const files = await makeCertificates(folder, options)
  const server = createServer({ cert: await readFile(files.certificate), key: await readFile(files.key) }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
  running.push({ close })
  return { host: `localhost:${port}`, port, caFile: files.caFile }
}

describe.skipIf(skip)('TLS', () => {
  const answer: Listener = (_, response) => {
    response.setHeader('content-type', 'application/json').end('{"tags":["a"]}')
  }
  const tags = async (host: string, trust: Trust = {}) => {
    const repository = await openRepository(parseReference(`oci://${host}/me/cache`), { trust: () => trust })
    running.push(repository)
    return await repository.tags()
  }

  it('trusts an authority that was named, or everyone when told to', async () => {
    const server = await startTls({}, answer)
    expect(await tags(server.host, { caFiles: [server.caFile] })).toEqual(['a'])
    expect(await tags(server.host, { insecure: true })).toEqual(['a'])
  })

  it('says that the authority is unknown, and how to name it', async () => {
    const server = await startTls({}, answer)
    const refused = await failure(tags(server.host))
    expect(refused.code).toBe('registry-tls')
    expect(refused.hint).toContain('--ca-file')
  })

  it('says that the certificate is for another name', async () => {
    const server = await startTls({ name: 'registry.example' }, answer)
    const refused = await failure(tags(server.host, { caFiles: [server.caFile] }))
    expect(refused).toMatchObject({ code: 'registry-tls' })
    expect(refused.message).toContain('another name')
  })

  it('says that the certificate has expired', async () => {
    const server = await startTls({ expired: true }, answer)
    const refused = await failure(tags(server.host, { caFiles: [server.caFile] }))
    expect(refused).toMatchObject({ code: 'registry-tls' })
    expect(refused.message).toContain('expired')
  })

  it('says which scheme to write when the registry speaks plain http, and gives up soon in the other case', async () => {
    const server = await startTls({}, answer)
    const plain = await startFaultRegistry()
    running.push(plain)
    const refused = await failure(tags(plain.host))
    expect(refused).toMatchObject({ code: 'registry-tls' })
    expect(refused.hint).toContain('oci+http://')
    const repository = await openRepository(parseReference(`oci+http://${server.host}/me/cache`), {
      sleep: async () => undefined,
    })
    running.push(repository)
    expect((await failure(repository.tags())).code).toBe('registry-cut')
  })

  it('says which CA file cannot be read, or holds none', async () => {
    expect((await failure(tags('localhost:1', { caFiles: ['/no/such.pem'] }))).message).toContain('/no/such.pem')
    expect((await failure(tags('localhost:1', { caFiles: ['/dev/null'] }))).message).toContain('no certificate')
  })
})

describe('a proxy from the environment', () => {
  it('is used for a registry that is not on this machine', async () => {
    const registry = await startFaultRegistry()
    const seen: string[] = []
    const proxy = createHttpServer((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      const target = new URL(request.url ?? '', 'http://x')
      const upstream = connect(registry.port, '127.0.0.1', () => {
        upstream.write(`${request.method} ${target.pathname}${target.search} HTTP/1.0\r\n\r\n`)
        upstream.pipe(response.socket ?? process.stdout, { end: true })
      })
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const address = proxy.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const close = async () => {
      proxy.closeAllConnections()
      proxy.close()
    }
    running.push(registry, { close })
    const repository = await openRepository(parseReference('oci+http://registry.example/me/cache'), {
      env: { HTTP_PROXY: `http://127.0.0.1:${port}` },
    })
    running.push(repository)
    expect(await repository.tags()).toEqual([])
    expect(seen).toEqual([
      'GET http://registry.example/v2/',
      'GET http://registry.example/v2/me/cache/tags/list?n=1000',
    ])
  })
})
