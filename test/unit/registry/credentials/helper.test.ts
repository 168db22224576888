import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type CredentialSources,
  findCredential,
  listLogins,
} from '../../../../main/registry/credentials/credentials.ts'
import { clean } from '../../../../main/support/redact.ts'

let home = ''
let env: NodeJS.ProcessEnv = {}
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'strata-helper-'))
  await mkdir(join(home, 'bin'))
  env = { PATH: `${join(home, 'bin')}:/usr/bin:/bin` }
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** A credential helper that runs these lines of shell. */
async function helper(name: string, ...lines: readonly string[]): Promise<void> {
  await writeFile(join(home, 'bin', `docker-credential-${name}`), ['#!/bin/sh', ...lines, ''].join('\n'), {
    mode: 0o755,
  })
}

async function dockerConfig(config: Record<string, unknown>): Promise<void> {
  await mkdir(join(home, '.docker'), { recursive: true })
  await writeFile(join(home, '.docker/config.json'), JSON.stringify(config))
}

const answering = (username: string, secret: string) =>
  `echo '${JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret })}'`
const auth = (login: string) => ({ auth: Buffer.from(login).toString('base64') })
const sources = (more: Partial<CredentialSources> = {}): CredentialSources => ({ env, home, ...more })
const find = (registry: string, repository = 'me/cache', signal?: AbortSignal) =>
  findCredential(registry, repository, sources(), signal)
const list = (registry: string, more: Partial<CredentialSources> = {}) =>
  listLogins(registry, 'me/cache', sources(more))

describe('a credential helper', () => {
  it('is asked by the protocol, with no secret among its arguments or in its environment', async () => {
    const seen = join(home, 'seen')
    await helper('rec', `{ echo "$*"; cat; echo; env; } > ${seen}`, answering('me', 'helper-secret'))
    await dockerConfig({ credHelpers: { 'ghcr.io': 'rec' } })
    env = { ...env, STRATA_PASSWORD: 'of-strata-alone', STRATA_TOKEN: undefined }
    expect(await find('ghcr.io')).toEqual({
      kind: 'basic',
      username: 'me',
      password: 'helper-secret',
      source: 'docker-credential-rec, named in ~/.docker/config.json',
    })
    const [args, server, ...environment] = (await readFile(seen, 'utf8')).split('\n')
    expect([args, server]).toEqual(['get', 'ghcr.io'])
    expect(environment.join('\n')).not.toContain('of-strata-alone')
    expect(clean('it is helper-secret')).toBe('it is ***')
  })

  it('knows Docker Hub by the address that docker gives it', async () => {
    await helper(
      'hub',
      'read server',
      '[ "$server" = https://index.docker.io/v1/ ] || exit 1',
      answering('hub', 'secret'),
    )
    await dockerConfig({ credsStore: 'hub', auths: { 'https://index.docker.io/v1/': {} } })
    expect(await find('docker.io', 'library/ubuntu')).toMatchObject({ username: 'hub' })
    await dockerConfig({ credHelpers: { 'index.docker.io': 'hub' } })
    expect(await find('docker.io', 'library/ubuntu')).toMatchObject({ username: 'hub' })
  })

  it('of one registry is asked in place of the store for all', async () => {
    await helper('one', answering('one', 'secret'))
    await helper('all', answering('all', 'secret'))
    await dockerConfig({ credsStore: 'all', credHelpers: { 'ghcr.io': 'one' } })
    expect(await find('ghcr.io')).toMatchObject({ username: 'one' })
    expect(await find('quay.io')).toMatchObject({ username: 'all' })
    expect(await list('ghcr.io')).toHaveLength(1)
  })

  it('gives way to an entry for a path, and one for a path is for that path alone', async () => {
    await helper('one', answering('one', 'secret'))
    await dockerConfig({
      credHelpers: { 'ghcr.io': 'one', 'quay.io/me': 'one' },
      auths: { 'ghcr.io/me': auth('me:x') },
    })
    expect(await find('ghcr.io')).toMatchObject({ username: 'me' })
    expect(await find('ghcr.io', 'you/cache')).toMatchObject({ username: 'one' })
    expect(await find('quay.io')).toMatchObject({ username: 'one' })
    expect(await find('quay.io', 'you/cache')).toBeUndefined()
  })

  it('says <token> for an identity token', async () => {
    await helper('acr', answering('<token>', 'refresh-token'))
    await dockerConfig({ credHelpers: { 'lab.azurecr.io': 'acr' } })
    expect(await find('lab.azurecr.io')).toMatchObject({ kind: 'identity', token: 'refresh-token' })
    expect(await list('lab.azurecr.io')).toMatchObject([{ kind: 'identity', username: undefined, origin: 'helper' }])
  })

  it('that knows no login is no failure', async () => {
    await helper('none', 'echo "credentials not found in native keychain"', 'exit 1')
    await dockerConfig({ credsStore: 'none', auths: { 'ghcr.io': auth('file:secret') } })
    expect(await list('ghcr.io')).toMatchObject([{ origin: 'file', username: 'file' }])
    expect(await list('quay.io')).toEqual([])
  })

  it.each([
    ['is missing', undefined, 'it is not on the PATH'],
    ['fails', 'echo "pass not initialized"; exit 3', 'it failed with 3: "pass not initialized"'],
    ['fails and says so elsewhere', 'echo "error: no display" >&2; exit 1', 'it failed with 1: "error: no display"'],
    ['fails beside an answer', `${answering('me', 'quoted-nowhere')}; exit 1`, 'it failed with 1'],
    ['answers rubbish', 'echo top-secret-rubbish', 'its answer is not that of a credential helper'],
    ['answers half', 'echo \'{"Username":"me"}\'', 'its answer is not that of a credential helper'],
    ['answers without end', 'yes', 'its answer is too long'],
  ])('that %s is reported, and the lookup goes on', async (_what, script, problem) => {
    if (script !== undefined) await helper('bad', script)
    await dockerConfig({ credsStore: 'bad', auths: { 'ghcr.io': auth('file:secret') } })
    expect(await list('ghcr.io')).toEqual([
      { scope: 'ghcr.io', kind: 'basic', origin: 'helper', source: expect.stringContaining('credential-bad'), problem },
      { scope: 'ghcr.io', kind: 'basic', origin: 'file', username: 'file', source: '~/.docker/config.json' },
    ])
    expect(await find('ghcr.io')).toMatchObject({ username: 'file' })
  })

  it('that hangs is killed with everything that it started', async () => {
    const pid = join(home, 'pid')
    await helper('slow', `sleep 60 & echo $! > ${pid}`, 'wait')
    await dockerConfig({ credsStore: 'slow' })
    expect(await list('ghcr.io', { helperTimeout: 500 })).toMatchObject([{ problem: 'it took too long' }])
    expect(await isGone(Number(await readFile(pid, 'utf8')))).toBe(true)
  })

  it('that hangs ends with the signal, and so does the lookup', async () => {
    const pid = join(home, 'pid')
    await helper('slow', `sleep 60 & echo $! > ${pid}`, 'wait')
    await dockerConfig({ credsStore: 'slow' })
    const controller = new AbortController()
    const found = find('ghcr.io', 'me/cache', controller.signal)
    const refused = expect(found).rejects.toMatchObject({ code: 'cancelled' })
    while ((await readFile(pid, 'utf8').catch(() => '')) === '') await wait(10)
    controller.abort()
    await refused
    expect(await isGone(Number(await readFile(pid, 'utf8')))).toBe(true)
  })

  it('is no program outside the PATH', async () => {
    await dockerConfig({ credsStore: '../../bin/evil' })
    expect(await list('ghcr.io')).toMatchObject([{ problem: 'its name is not one of a program on the PATH' }])
  })
})

/** Whether a process has ended; a killed one may stay a zombie until its parent looks, so its state counts. */
async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    if (stat === undefined || stat.split(') ')[1]?.startsWith('Z')) return true
    await wait(20)
  }
  return false
}
