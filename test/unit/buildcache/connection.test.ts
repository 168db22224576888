import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connect, settingsOf, trustOf } from '../../../main/buildcache/connection.ts'
import { failure } from '../../support/registry/failing.ts'
import { startFaultRegistry } from '../../support/registry/fault-registry.ts'

const host = { env: {}, home: '/nowhere' }
const open = (to: string) => connect({ to, caFiles: [], insecure: false }, undefined, host)

describe('where to push', () => {
  it('does not take a mistyped mirror for an image of Docker Hub', async () => {
    await expect(open('lab')).rejects.toMatchObject({
      code: 'usage',
      message: 'there is no mirror "lab"',
      hint: expect.stringContaining('oci://host/name'),
    })
  })

  it('refuses a reference that names one image', async () => {
    await expect(open('oci://ghcr.io/me/cache:latest')).rejects.toMatchObject({
      code: 'reference-invalid',
      hint: expect.stringContaining('--tag'),
    })
  })

  it('lists the logins of the target; STRATA_* is for the target alone', async () => {
    const env = { STRATA_USERNAME: 'me', STRATA_PASSWORD: 'for-the-target' }
    const connection = await connect({ to: 'oci://ghcr.io/me/cache', caFiles: [], insecure: false }, undefined, {
      ...host,
      env,
    })
    expect(await connection.logins()).toMatchObject([{ username: 'me', origin: 'environment' }])
    await connection.close()
    expect(await (await open('oci://ghcr.io/me/cache')).logins()).toEqual([])
  })
})

describe('a second repository that was named', () => {
  it('has a login of its own, also in the same registry', async () => {
    const here = { username: 'reader', password: 'secret-of-here' }
    const there = { username: 'writer', password: 'secret-of-there' }
    const registry = await startFaultRegistry({ auth: { kind: 'basic', ...here } })
    const reference = (name: string) => `oci+http://${registry.host}/${name}`
    const request = { to: reference('one'), credentials: here, caFiles: [], insecure: false }
    const connection = await connect(request, undefined, host)
    const second = await connection.openNamed({ to: reference('other'), credentials: there })
    const third = await connection.openNamed({ to: reference('third') })
    expect(await connection.target.tags()).toEqual([])
    expect((await failure(second.tags())).message).toContain('"writer" was refused')
    // Without one of its own it is a repository of the target's registry like any other.
    expect(await third.tags()).toEqual([])
    await connection.close()
    await registry.close()
  })

  it('is a mirror or a reference to a repository, as the first', async () => {
    const connection = await open('oci://ghcr.io/me/cache')
    await expect(connection.openNamed({ to: 'lab' })).rejects.toMatchObject({ code: 'usage' })
    await expect(connection.openNamed({ to: 'oci://ghcr.io/me/cache:tag' })).rejects.toMatchObject({
      code: 'reference-invalid',
    })
    await connection.close()
  })
})

describe('a connection that is closed', () => {
  it('ends a credential helper that is still being asked', async () => {
    const home = await mkdtemp(join(tmpdir(), 'strata-connection-'))
    await mkdir(join(home, '.docker'))
    await writeFile(join(home, '.docker/config.json'), '{"credsStore":"slow"}')
    await writeFile(join(home, 'docker-credential-slow'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
    const env = { PATH: `${home}:/usr/bin:/bin` }
    const connection = await connect({ to: 'oci://ghcr.io/me/cache', caFiles: [], insecure: false }, undefined, {
      env,
      home,
    })
    const asked = expect(connection.logins()).rejects.toMatchObject({ code: 'cancelled' })
    await connection.close()
    await asked
    await rm(home, { recursive: true })
  })
})

it('trusts of a registry what the request says and what was set for it', () => {
  const set = {
    registry: 'lab.example',
    kind: 'distribution',
    caFiles: ['/set.pem'],
    insecure: true,
    plainHttp: false,
  } as const
  const request = { caFiles: ['/given.pem'], insecure: false }
  expect(trustOf(request, { ...set, caFiles: [...set.caFiles] })).toEqual({
    caFiles: ['/given.pem', '/set.pem'],
    insecure: true,
  })
  expect(trustOf(request, undefined)).toEqual(request)
  expect(settingsOf('LAB.example', [{ ...set, caFiles: [] }])?.registry).toBe('lab.example')
  expect(settingsOf('lab.example:5000', [{ ...set, caFiles: [] }])).toBeUndefined()
})
