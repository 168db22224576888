import { afterEach, describe, expect, it } from 'vitest'
import type { Credential } from '../../main/registry/credentials/credentials.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { everyWord, failure } from '../support/registry/failing.ts'
import { blob, image, opener, pushImage } from '../support/registry/images.ts'
import { startTokenServer, type TokenServer, type TokenServerOptions } from '../support/registry/token-server.ts'

/** Debian's docker-registry with a token server: what is asked for, by whom, and how often. */

const skip = await missingDockerRegistry()
const running: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

const login = { kind: 'basic', username: 'me', password: 'token-horse-battery', source: 'test' } as const
const anyoneMayPull: TokenServerOptions['allows'] = (who, _repository, action) => who !== undefined || action === 'pull'

interface Site {
  readonly tokens: TokenServer
  readonly host: string
  open(repository: string, credential?: Credential): Promise<Repository>
  /** The scopes of every token since the last call, one line a token. */
  scopes(): string[]
}

async function start(options: Partial<TokenServerOptions> = {}): Promise<Site> {
  const tokens = await startTokenServer({ ...login, ...options })
  const registry = await startDockerRegistry({ token: tokens.auth, deletes: true })
  running.push(tokens, registry)
  return {
    tokens,
    host: registry.host,
    open: async (name, credential) => {
      const opened = await openRepository(parseReference(`oci+http://${registry.host}/${name}`), {
        credentials: async () => credential,
      })
      running.push(opened)
      return opened
    },
    scopes: () => tokens.log.splice(0).map((one) => one.scopes.join(' ')),
  }
}

describe.skipIf(skip)(`tokens for Debian's docker-registry${skip ? ` (skipped: ${skip})` : ''}`, () => {
  it.each(['token', 'access_token'] as const)('push and pull, one token each (%s)', async (field) => {
    const { open, scopes } = await start({ field })
    const pusher = await open('me/cache', login)
    const pushed = image()
    await pushImage(pusher, pushed, 'tag')
    expect(scopes()).toEqual(['repository:me/cache:pull,push'])
    const reader = await open('me/cache', login)
    expect((await reader.getManifest('tag'))?.bytes.equals(pushed.manifest)).toBe(true)
    expect(await reader.tags()).toEqual(['tag'])
    expect(await reader.hasBlob(pushed.config.digest)).toEqual({ size: pushed.config.size })
    expect(scopes()).toEqual(['repository:me/cache:pull'])
  })

  it('let anyone pull where the server does, and ask for a login where one pushes', async () => {
    const { open, tokens } = await start({ allows: anyoneMayPull })
    await pushImage(await open('me/cache', login), image(), 'tag')
    tokens.log.length = 0
    const anonymous = await open('me/cache')
    expect(await anonymous.tags()).toEqual(['tag'])
    expect(tokens.log).toMatchObject([{ who: undefined, scopes: ['repository:me/cache:pull'], status: 200 }])
    const content = blob(10)
    const refused = await failure(anonymous.putBlob(content, opener(content)))
    expect(refused.code).toBe('registry-auth')
    expect(refused.message).toMatch(/(no login|none) was found/)
    expect(refused.hint).toBeTruthy()
    expect(tokens.log.length).toBeLessThan(5)
  })

  it('mount with one token for both repositories', async () => {
    const { open, scopes, host } = await start()
    const content = blob(50_000)
    await (await open('base/image', login)).putBlob(content, opener(content))
    const target = await open('me/cache', login)
    scopes()
    expect(await target.mountBlob(content.digest, parseReference(`oci+http://${host}/base/image`))).toBe(true)
    expect(scopes()).toEqual(['repository:me/cache:pull,push repository:base/image:pull'])
    expect(await target.hasBlob(content.digest)).toEqual({ size: content.size })
  })

  it('delete with the right to delete alone', async () => {
    const { open, scopes } = await start()
    const repository = await open('me/cache', login)
    const pushed = image()
    await pushImage(repository, pushed, 'tag')
    const { digest } = blob(pushed.manifest)
    scopes()
    expect(await repository.deleteManifest(digest)).toBe(true)
    expect(scopes()).toEqual(['repository:me/cache:delete'])
  })

  it('are renewed when they end earlier than their server said', async () => {
    const { open, tokens } = await start({ life: -1, expiresIn: 300, allows: anyoneMayPull })
    const repository = await open('me/cache', login)
    const content = blob(10)
    // The registry takes none of them: each request asks for one more, and that is all.
    const refused = await failure(repository.putBlob(content, opener(content)))
    expect(refused.code).toBe('registry-auth')
    expect(tokens.log).toHaveLength(2)
  })

  it('are asked for anew, before a request is refused, when their time is over', async () => {
    const { open, tokens } = await start({ life: 3 })
    let clock = Date.now()
    const repository = await openRepository((await open('me/cache', login)).reference, {
      credentials: async () => login,
      now: () => clock,
    })
    running.push(repository)
    await pushImage(repository, image(), 'tag')
    expect(tokens.log).toHaveLength(1)
    clock += 3000
    await pushImage(repository, image('oci', 'other'), 'other')
    expect(tokens.log).toHaveLength(2)
  })

  it('that say nothing of their end live a minute', async () => {
    const { open, tokens } = await start({ expiresIn: 'silent' })
    let clock = Date.now()
    const repository = await openRepository((await open('me/cache', login)).reference, {
      credentials: async () => login,
      now: () => clock,
    })
    running.push(repository)
    for (const seconds of [0, 30, 31]) {
      clock += seconds * 1000
      await repository.tags()
    }
    expect(tokens.log).toHaveLength(2)
  })

  it('come for a refresh token, which goes to the token server alone', async () => {
    const { open, tokens } = await start()
    const identity = { kind: 'identity', token: tokens.refreshToken, source: 'docker' } as const
    const repository = await open('me/cache', identity)
    await pushImage(repository, image(), 'tag')
    expect(tokens.log).toMatchObject([{ method: 'POST', who: 'me', scopes: ['repository:me/cache:pull,push'] }])
    const wrong = await open('me/cache', { ...identity, token: 'refresh-that-has-ended' })
    const refused = await failure(wrong.tags())
    expect(refused.code).toBe('registry-auth')
    expect(refused.message).toContain('docker')
    expect(everyWord(refused)).not.toContain('refresh-that-has-ended')
  })

  it('that give less than was asked for end in words about rights, not in a loop', async () => {
    const { open, tokens } = await start({
      allows: (who, _repository, action) => who !== undefined && action === 'pull',
    })
    const repository = await open('me/cache', login)
    const content = blob(10)
    const refused = await failure(repository.putBlob(content, opener(content)))
    expect(refused.code).toBe('registry-denied')
    expect(refused.hint).toContain('rights')
    expect(tokens.log.length).toBeLessThanOrEqual(3)
  })

  it('are not asked for again with a password that was refused', async () => {
    const { open, tokens } = await start()
    const repository = await open('me/cache', { ...login, password: 'another-battery' })
    const attempts = await Promise.all([failure(repository.tags()), failure(repository.getManifest('tag'))])
    expect(attempts.map(({ code }) => code)).toEqual(['registry-auth', 'registry-auth'])
    expect(tokens.log).toHaveLength(1)
    for (const one of attempts) expect(everyWord(one)).not.toContain('another-battery')
  })
})
