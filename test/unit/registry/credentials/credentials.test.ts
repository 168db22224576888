import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type CredentialSources,
  findCredential,
  listLogins,
  type MirrorLogin,
} from '../../../../main/registry/credentials/credentials.ts'
import { openKeychain } from '../../../../main/registry/credentials/keychain.ts'
import { clean } from '../../../../main/support/redact.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'strata-home-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const base64 = (text: string) => Buffer.from(text).toString('base64')
const write = async (name: string, content: unknown) => {
  const path = join(home, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, JSON.stringify(content))
  return path
}
const file = (name: string, auths: Record<string, unknown>) => write(name, { auths })
const auth = (login: string) => ({ auth: base64(login) })
const mirror = (name: string, login: MirrorLogin['login'], repository = 'me/cache'): MirrorLogin => ({
  registry: 'ghcr.io',
  repository,
  login,
  source: `mirror "${name}"`,
})
const sources = (more: Partial<CredentialSources> = {}): CredentialSources => ({ env: {}, home, ...more })
const find = (registry: string, repository = 'x', more: Partial<CredentialSources> = {}) =>
  findCredential(registry, repository, sources(more))
const nameOf = async (registry: string, repository: string, more: Partial<CredentialSources> = {}) => {
  const found = await find(registry, repository, more)
  return found?.kind === 'basic' ? found.username : undefined
}

describe('the login for a repository', () => {
  it('is what was given, else the environment’s, the keychain’s, a file’s, a mirror’s; all are listed in that order', async () => {
    await file('.docker/config.json', { 'ghcr.io': auth('file:file-secret') })
    const keychain = openKeychain({ folder: join(home, 'strata') })
    await keychain.write(
      'ghcr.io/me',
      { kind: 'basic', username: 'kept', password: 'kept-secret' },
      { allowFile: true },
    )
    const given = { kind: 'basic', username: 'given', password: 'given-secret', source: '--username' } as const
    const all: CredentialSources = {
      given,
      env: { STRATA_USERNAME: 'env', STRATA_PASSWORD: 'env-secret' },
      home,
      keychain,
      mirrors: [mirror('lab', { kind: 'basic', username: 'mirror', password: 'mirror-secret' })],
    }
    const logins = await listLogins('ghcr.io', 'me/cache', all)
    expect(logins).toEqual([
      { scope: 'ghcr.io', kind: 'basic', username: 'given', origin: 'given', source: '--username' },
      {
        scope: 'ghcr.io',
        kind: 'basic',
        username: 'env',
        origin: 'environment',
        source: 'STRATA_USERNAME and STRATA_PASSWORD',
      },
      {
        scope: 'ghcr.io/me',
        kind: 'basic',
        username: 'kept',
        origin: 'strata',
        source: join(home, 'strata/logins.json'),
      },
      { scope: 'ghcr.io', kind: 'basic', username: 'file', origin: 'file', source: '~/.docker/config.json' },
      { scope: 'ghcr.io/me/cache', kind: 'basic', username: 'mirror', origin: 'mirror', source: 'mirror "lab"' },
    ])
    expect(JSON.stringify(logins)).not.toContain('-secret')

    let left: CredentialSources = all
    const used = async () => nameOf('ghcr.io', 'me/cache', left)
    expect(await used()).toBe('given')
    left = { ...left, given: undefined }
    expect(await used()).toBe('env')
    left = { ...left, env: {} }
    expect(await used()).toBe('kept')
    left = { ...left, keychain: undefined }
    expect(await used()).toBe('file')
    await rm(join(home, '.docker'), { recursive: true })
    expect(await used()).toBe('mirror')
    expect(await find('ghcr.io', 'you/cache', { mirrors: all.mirrors })).toBeUndefined()
  })

  it('is a token of the environment before name and password', async () => {
    const env = { STRATA_TOKEN: 'env-token', STRATA_USERNAME: 'env', STRATA_PASSWORD: 'env-secret' }
    expect(await find('ghcr.io', 'x', { env })).toEqual({ kind: 'token', token: 'env-token', source: 'STRATA_TOKEN' })
  })

  it('comes from the most specific entry of all files', async () => {
    await file('.config/containers/auth.json', { 'ghcr.io': auth('host:secret1'), 'ghcr.io/me': auth('org:secret2') })
    await file('.docker/config.json', { 'ghcr.io/me/cache': auth('repo:secret3') })
    expect(await nameOf('ghcr.io', 'me/cache')).toBe('repo')
    expect(await nameOf('ghcr.io', 'me/cache/deeper')).toBe('repo')
    expect(await nameOf('ghcr.io', 'me/cached')).toBe('org')
    expect(await nameOf('ghcr.io', 'you/cache')).toBe('host')
  })

  it.each(['keychain', 'file', 'mirror'])('for a path of the %s is for nobody else’s path', async (origin) => {
    const keychain = openKeychain({ folder: join(home, 'strata') })
    if (origin === 'keychain')
      await keychain.write('ghcr.io/me', { kind: 'token', token: 'kept-token' }, { allowFile: true })
    if (origin === 'file') await file('.docker/config.json', { 'ghcr.io/me': auth('me:secret') })
    const mirrors = origin === 'mirror' ? [mirror('lab', { kind: 'token', token: 'mirror-token' }, 'me')] : []
    expect(await find('ghcr.io', 'me/cache', { keychain, mirrors })).toBeDefined()
    for (const other of ['you/cache', 'me2/cache', 'you/me']) {
      expect(await find('ghcr.io', other, { keychain, mirrors })).toBeUndefined()
    }
  })

  it('is never that of another registry whose name only begins alike', async () => {
    await file('.docker/config.json', { 'ghcr.io': auth('a:secret'), 'localhost:5000': auth('b:secret') })
    for (const other of ['ghcr.io.evil.example', 'localhost', 'localhost:5001', 'evil-ghcr.io', 'io']) {
      expect(await find(other)).toBeUndefined()
    }
  })

  it.each([
    'https://index.docker.io/v1/',
    'index.docker.io',
    'docker.io',
    'registry-1.docker.io',
    'registry.hub.docker.com',
    'https://docker.io',
  ])('knows Docker Hub as %s', async (key) => {
    await file('.docker/config.json', { [key]: auth('hub:hub-secret') })
    expect(await nameOf('docker.io', 'library/ubuntu')).toBe('hub')
  })

  it('is passed over, and listed with the reason, where a mirror’s variable is not set', async () => {
    const mirrors = [
      mirror('new', { kind: 'problem', why: 'LAB_SECRET is not set' }),
      mirror('old', { kind: 'basic', username: 'old', password: 'old-secret' }),
    ]
    expect(await nameOf('ghcr.io', 'me/cache', { mirrors })).toBe('old')
    expect(await listLogins('ghcr.io', 'me/cache', sources({ mirrors }))).toMatchObject([
      { source: 'mirror "new"', problem: 'LAB_SECRET is not set' },
      { source: 'mirror "old"', username: 'old' },
    ])
  })
})

describe('the files of docker and podman', () => {
  it('are looked for where the environment says', async () => {
    await file('docker/config.json', { 'a.example': auth('docker:secret') })
    await file('.docker/config.json', { 'a.example': auth('usual:secret') })
    await file('run/containers/auth.json', { 'a.example': auth('run:secret') })
    await file('xdg/containers/auth.json', { 'a.example': auth('xdg:secret') })
    const given = await file('given.json', { 'a.example': auth('given:secret') })
    const name = (env: NodeJS.ProcessEnv) => nameOf('a.example', 'x', { env })
    expect(await name({})).toBe('usual')
    expect(await name({ DOCKER_CONFIG: join(home, 'docker') })).toBe('docker')
    expect(await name({ XDG_CONFIG_HOME: join(home, 'xdg') })).toBe('xdg')
    expect(await name({ XDG_RUNTIME_DIR: join(home, 'run') })).toBe('run')
    expect(await name({ XDG_RUNTIME_DIR: join(home, 'run'), REGISTRY_AUTH_FILE: given })).toBe('given')
  })

  it('hold tokens, identity tokens and passwords with colons; an empty entry is none', async () => {
    await file('.docker/config.json', {
      'identity.example': { ...auth('<token>:x'), identitytoken: 'refresh-me-please' },
      'token.example': { registrytoken: 'a-registry-token' },
      'colon.example': auth('me:a:b:c'),
      'empty.example': {},
      'odd.example': 7,
    })
    expect(await find('identity.example')).toMatchObject({ kind: 'identity', token: 'refresh-me-please' })
    expect(await find('token.example')).toMatchObject({ kind: 'token', token: 'a-registry-token' })
    expect(await find('colon.example')).toMatchObject({ username: 'me', password: 'a:b:c' })
    expect(await find('empty.example')).toBeUndefined()
    expect(await find('odd.example')).toBeUndefined()
  })

  it('are no obstacle when broken, and say what is wrong with them', async () => {
    await file('.config/containers/auth.json', { 'a.example': auth('podman:secret') })
    await mkdir(join(home, '.docker'))
    await writeFile(join(home, '.docker/config.json'), '{not json')
    expect(await nameOf('a.example', 'x')).toBe('podman')
    expect(await listLogins('a.example', 'x', sources())).toMatchObject([
      { source: '~/.docker/config.json', problem: 'it is not JSON' },
      { username: 'podman' },
    ])
  })

  it('betray none of their secrets in any later text', async () => {
    await file('.docker/config.json', { 'a.example': auth('me:file-password-1') })
    await find('a.example')
    expect(clean(`file-password-1 ${base64('me:file-password-1')}`)).toBe('*** ***')
  })
})
