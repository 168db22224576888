import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findCredential } from '../../../../main/registry/credentials/credentials.ts'
import { clean } from '../../../../main/support/redact.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'strata-home-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const base64 = (text: string) => Buffer.from(text).toString('base64')
const file = async (name: string, auths: Record<string, unknown>) => {
  const path = join(home, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, JSON.stringify({ auths }))
  return path
}
const auth = (login: string) => ({ auth: base64(login) })

describe('findCredential', () => {
  it('takes what was given first, then the environment, then files, then mirrors', async () => {
    const path = await file('.docker/config.json', { 'ghcr.io': auth('file:file-secret') })
    const mirrors = [
      {
        registry: 'ghcr.io',
        repository: 'me/cache',
        username: 'mirror',
        password: 'mirror-secret',
        source: 'mirror "lab"',
      },
    ]
    const env = { STRATA_USERNAME: 'env', STRATA_PASSWORD: 'env-secret' }
    const given = { kind: 'basic', username: 'given', password: 'given-secret', source: '--username' } as const
    const find = (sources: object) => findCredential('ghcr.io', 'me/cache', { env: {}, home, ...sources })
    expect(await find({ given, env, mirrors })).toMatchObject({ username: 'given', source: '--username' })
    expect(await find({ env: { ...env, STRATA_TOKEN: 'env-token' } })).toEqual({
      kind: 'token',
      token: 'env-token',
      source: 'STRATA_TOKEN',
    })
    expect(await find({ env, mirrors })).toMatchObject({
      username: 'env',
      source: 'STRATA_USERNAME and STRATA_PASSWORD',
    })
    expect(await find({ mirrors })).toMatchObject({
      username: 'file',
      password: 'file-secret',
      source: `ghcr.io in ${path}`,
    })
    await rm(path)
    expect(await find({ mirrors })).toMatchObject({ username: 'mirror', source: 'mirror "lab"' })
    expect(await find({})).toBeUndefined()
  })

  it('takes the most specific path over all files', async () => {
    await file('.config/containers/auth.json', { 'ghcr.io': auth('host:secret1'), 'ghcr.io/me': auth('org:secret2') })
    await file('.docker/config.json', { 'ghcr.io/me/cache': auth('repo:secret3') })
    const name = async (repository: string) => {
      const found = await findCredential('ghcr.io', repository, { env: {}, home })
      return found?.kind === 'basic' ? found.username : undefined
    }
    expect(await name('me/cache')).toBe('repo')
    expect(await name('me/cache/deeper')).toBe('repo')
    expect(await name('me/cached')).toBe('org')
    expect(await name('you/cache')).toBe('host')
  })

  it('never uses a login of another registry whose name only begins alike', async () => {
    await file('.docker/config.json', { 'ghcr.io': auth('a:secret'), 'localhost:5000': auth('b:secret') })
    for (const other of ['ghcr.io.evil.example', 'localhost', 'localhost:5001', 'evil-ghcr.io']) {
      expect(await findCredential(other, 'x', { env: {}, home })).toBeUndefined()
    }
  })

  it.each(['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io', 'https://docker.io'])(
    'knows Docker Hub as %s',
    async (key) => {
      await file('.docker/config.json', { [key]: auth('hub:hub-secret') })
      expect(await findCredential('docker.io', 'library/ubuntu', { env: {}, home })).toMatchObject({ username: 'hub' })
    },
  )

  it('looks where the environment says', async () => {
    await file('docker/config.json', { 'a.example': auth('docker:secret') })
    await file('.docker/config.json', { 'a.example': auth('usual:secret') })
    await file('run/containers/auth.json', { 'a.example': auth('run:secret') })
    const given = await file('given.json', { 'a.example': auth('given:secret') })
    const find = (env: NodeJS.ProcessEnv) => findCredential('a.example', 'x', { env, home })
    expect(await find({})).toMatchObject({ username: 'usual' })
    expect(await find({ DOCKER_CONFIG: join(home, 'docker') })).toMatchObject({ username: 'docker' })
    expect(await find({ XDG_RUNTIME_DIR: join(home, 'run') })).toMatchObject({ username: 'run' })
    expect(await find({ XDG_RUNTIME_DIR: join(home, 'run'), REGISTRY_AUTH_FILE: given })).toMatchObject({
      username: 'given',
    })
  })

  it('reads identity tokens, passwords with colons, and passes over what is empty or broken', async () => {
    await file('.docker/config.json', {
      'identity.example': { ...auth('<token>:x'), identitytoken: 'refresh-me-please' },
      'colon.example': auth('me:a:b:c'),
      'empty.example': {},
      'odd.example': 7,
    })
    const find = (registry: string) => findCredential(registry, 'x', { env: {}, home })
    expect(await find('identity.example')).toMatchObject({ kind: 'identity', token: 'refresh-me-please' })
    expect(await find('colon.example')).toMatchObject({ username: 'me', password: 'a:b:c' })
    expect(await find('empty.example')).toBeUndefined()
    expect(await find('odd.example')).toBeUndefined()
    await writeFile(join(home, '.docker/config.json'), '{not json')
    expect(await find('colon.example')).toBeUndefined()
  })

  it('takes every secret that it reads out of all later texts', async () => {
    await file('.docker/config.json', { 'a.example': auth('me:file-password-1') })
    await findCredential('a.example', 'x', { env: {}, home })
    expect(clean(`file-password-1 ${base64('me:file-password-1')}`)).toBe('*** ***')
  })
})
