import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RegistrySettings } from '../../../main/api/registries.ts'
import { connect } from '../../../main/buildcache/connection.ts'
import { createRegistries, type Registries } from '../../../main/buildcache/registries.ts'
import { type Keychain, openKeychain } from '../../../main/registry/credentials/keychain.ts'
import { openSettings, type SettingsFile } from '../../../main/support/settings.ts'

let home = ''
let settings: SettingsFile
let keychain: Keychain
let registries: Registries
let env: NodeJS.ProcessEnv = {}
const host = () => ({ env, home, remembered: [], keychain, registries: settings.read().registries })
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'strata-registries-'))
  settings = await openSettings(join(home, 'strata'))
  keychain = openKeychain({ folder: join(home, 'strata') })
  env = { PATH: '/usr/bin:/bin' }
  registries = createRegistries({ host, settings })
})
afterEach(() => rm(home, { recursive: true, force: true }))

async function write(name: string, content: string, mode?: number): Promise<void> {
  await mkdir(dirname(join(home, name)), { recursive: true })
  await writeFile(join(home, name), content, { mode })
}
const auth = { auth: Buffer.from('docker-user:docker-secret').toString('base64') }
const keep = (scope: string) =>
  keychain.write(scope, { kind: 'basic', username: 'kept-user', password: 'kept-secret' }, { allowFile: true })
const plain: Omit<RegistrySettings, 'registry'> = {
  kind: 'distribution',
  caFiles: [],
  insecure: false,
  plainHttp: false,
}

/** A Spack whose mirror names a variable. */
async function spack(): Promise<void> {
  await write('spack/bin/spack', '')
  await write(
    'spack/etc/spack/mirrors.yaml',
    `mirrors:
  lab:
    url: oci://registry.lab.example/group/cache
    access_pair: {id: lab-user, secret_variable: LAB_SECRET}
  web: https://mirror.example/
`,
  )
}

describe('the registries that are known', () => {
  it('are those of every source, with the logins of each and without a secret', async () => {
    await spack()
    await write('.docker/config.json', JSON.stringify({ auths: { 'ghcr.io/team': auth, 'quay.io': auth } }))
    await keep('harbor.example/project')
    await settings.write({
      recentTargets: ['oci://ghcr.io/me/cache', 'oci-layout:///tmp/x', 'oci+http://localhost:5000/me/cache'],
      registries: [{ ...plain, registry: 'plain.example', plainHttp: true }],
    })
    const list = await registries.list()
    expect(list.registries.map((one) => one.registry)).toEqual([
      'plain.example',
      'ghcr.io',
      'localhost:5000',
      'harbor.example',
      'quay.io',
      'registry.lab.example',
    ])
    expect(list.registries[0]).toMatchObject({ configured: true, plainHttp: true, logins: [], recent: [] })
    expect(list.registries[1]).toMatchObject({
      kind: 'ghcr',
      configured: false,
      logins: [{ scope: 'ghcr.io/team', username: 'docker-user', origin: 'file' }],
      recent: ['oci://ghcr.io/me/cache'],
    })
    expect(list.registries[2]?.recent).toEqual(['oci+http://localhost:5000/me/cache'])
    expect(list.registries[3]?.logins).toMatchObject([{ scope: 'harbor.example/project', origin: 'strata' }])
    expect(list.registries[5]?.logins).toMatchObject([
      { scope: 'registry.lab.example/group/cache', origin: 'mirror', problem: 'LAB_SECRET is not set' },
    ])
    expect(list.presets.map((one) => one.kind)).toContain('ghcr')
    expect(list.keychain.kind).toBe('file')
    expect(JSON.stringify(list)).not.toMatch(/-secret/)
  })

  it('are listed although the keychain’s file may not be used', async () => {
    await write('strata/logins.json', '{}', 0o644)
    await settings.write({ recentTargets: ['oci://ghcr.io/me/cache'] })
    const list = await registries.list()
    expect(list.keychain).toMatchObject({ kind: 'none', problem: expect.stringContaining('read by others') })
    expect(list.registries[0]?.logins[0]?.problem).toContain('read by others')
  })

  it('are set up and changed by name, and forgotten with every login of ours', async () => {
    await write('.docker/config.json', JSON.stringify({ auths: { 'lab.example': auth } }))
    await keep('lab.example')
    await keep('lab.example/group')
    await keep('other.example')
    await registries.save({ ...plain, registry: 'lab.example', insecure: true })
    const changed = await registries.save({ ...plain, registry: 'https://LAB.example/', kind: 'harbor' })
    expect(settings.read().registries).toEqual([{ ...plain, registry: 'lab.example', kind: 'harbor' }])
    expect(changed.registries.find((one) => one.registry === 'lab.example')).toMatchObject({
      configured: true,
      insecure: false,
    })
    const left = await registries.forget({ registry: 'lab.example' })
    expect(settings.read().registries).toEqual([])
    expect((await keychain.entries()).map((one) => one.scope)).toEqual(['other.example'])
    const lab = left.registries.find((one) => one.registry === 'lab.example')
    expect(lab).toMatchObject({ configured: false, logins: [{ origin: 'file' }] })
  })

  it('have to be named', async () => {
    await expect(registries.save({ ...plain, registry: 'no host' })).rejects.toMatchObject({
      code: 'reference-invalid',
    })
  })
})

describe('who we are', () => {
  it('is told of a repository, a registry, a part of it, a mirror, and a short name of Docker Hub', async () => {
    await spack()
    await write('.docker/config.json', JSON.stringify({ auths: { 'docker.io': auth } }))
    await keep('ghcr.io/me')
    env = { ...env, LAB_SECRET: 'lab-secret' }
    const who = async (to: string) => {
      const { repository, logins } = await registries.whoami({ to })
      return [repository, ...logins.map((one) => one.username)]
    }
    expect(await who('ghcr.io/me/cache:tag')).toEqual(['ghcr.io/me/cache', 'kept-user'])
    expect(await who('ghcr.io/you/cache')).toEqual(['ghcr.io/you/cache'])
    expect(await who('ghcr.io')).toEqual(['ghcr.io', 'kept-user'])
    expect(await who('lab')).toEqual(['registry.lab.example/group/cache', 'lab-user'])
    expect(await who('me/cache')).toEqual(['docker.io/me/cache', 'docker-user'])
    await expect(who('oci-layout:///tmp/x')).rejects.toMatchObject({ code: 'reference-invalid' })
  })

  it('ends with our logout, not with docker’s login', async () => {
    await write('.docker/config.json', JSON.stringify({ auths: { 'ghcr.io': auth } }))
    await keep('ghcr.io')
    expect(await registries.logout({ scope: 'oci://ghcr.io' })).toEqual({ removed: true })
    expect(await registries.logout({ scope: 'ghcr.io' })).toEqual({ removed: false })
    const { logins } = await registries.whoami({ to: 'ghcr.io/me/cache' })
    expect(logins.map((one) => one.username)).toEqual(['docker-user'])
  })
})

describe('what was set for a registry', () => {
  it('makes its references plain http, also those that say oci://', async () => {
    await registries.save({ ...plain, registry: 'lab.example', plainHttp: true })
    const connection = await connect({ to: 'oci://lab.example/x', caFiles: [], insecure: false }, undefined, host())
    const { reference } = connection.target
    expect(reference).toMatchObject({ scheme: 'http', registry: 'lab.example' })
    await connection.close()
  })
})
