import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DoctorStep } from '../../main/api/registries.ts'
import type { Credential } from '../../main/registry/credentials/credentials.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { examined, statesOf, stepOf } from '../support/examined.ts'
import {
  type DockerRegistryOptions,
  missingDockerRegistry,
  startDockerRegistry,
} from '../support/registry/docker-registry.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'
import { image, pushImage } from '../support/registry/images.ts'
import { startTokenServer } from '../support/registry/token-server.ts'

const missing = await missingDockerRegistry()
const everything = ['name', 'proxy', 'connect', 'tls', 'api', 'login', 'token', 'pull', 'push', 'mount', 'delete']

const running: { close(): Promise<void> }[] = []
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-doctor-'))
})
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
  await rm(folder, { recursive: true, force: true })
})

async function registryOf(options: DockerRegistryOptions = {}) {
  const registry = await startDockerRegistry(options)
  running.push(registry)
  return registry
}

async function push(to: string, login?: Credential, seed = 'seed'): Promise<void> {
  const repository = await openRepository(parseReference(to), { credentials: async () => login })
  try {
    await pushImage(repository, image('oci', seed), 'one')
  } finally {
    await repository.close()
  }
}

/**
 * Every file below a registry's storage, with its size. Distribution 2.8 writes the state of a hash over no bytes back
 * into an upload that it has just thrown away, whoever cancels it: that is left out.
 */
async function filesBelow(path: string): Promise<readonly string[]> {
  const names = (await readdir(path, { recursive: true })).filter((name) => !/_uploads\/[^/]+\/hashstates\b/.test(name))
  const found = await Promise.all(names.map(async (name) => ({ name, file: await stat(join(path, name)) })))
  return found.flatMap(({ name, file }) => (file.isFile() ? [`${name} ${file.size}`] : [])).sort()
}

const login: Credential = {
  kind: 'basic',
  username: 'alice',
  password: 'staple-horse',
  source: '~/.docker/config.json',
}
const wrong: Credential = { ...login, password: 'battery-horse' }

describe.skipIf(missing)('strata doctor at Debian’s docker-registry', () => {
  it('finds an open registry well, and a repository that does not exist yet', async () => {
    const { host, storage } = await registryOf({ deletes: true })
    const heard: DoctorStep[] = []
    const report = await examined(`oci+http://${host}/me/cache`, {}, { onStep: (step) => heard.push(step) })
    expect(statesOf(report)).toMatchObject({ warning: [], failed: [], skipped: ['mount'] })
    expect(report).toMatchObject({ state: 'ok', kind: 'distribution', login: 'anonymous' })
    expect(stepOf(report, 'api').found).toContain('registry/2.0')
    expect(stepOf(report, 'pull').found).toBe('the repository does not exist yet')
    expect(stepOf(report, 'mount').found).toBe('there is nothing to mount yet')
    expect(heard).toEqual(report.steps)
    expect(heard.map(({ key }) => key)).toEqual(everything)
    expect(await filesBelow(storage)).toEqual([])
  })

  it('leaves a repository as it was, byte for byte', async () => {
    const { host, storage } = await registryOf({ deletes: true })
    await push(`oci+http://${host}/me/cache`)
    await push(`oci+http://${host}/me/other`)
    const before = await filesBelow(storage)
    const report = await examined(`oci+http://${host}/me/cache`, {}, { others: [`oci+http://${host}/me/other`] })
    expect(report.state).toBe('ok')
    expect(stepOf(report, 'pull').found).toBe('1 tag; one was read, and its digests are right')
    expect(stepOf(report, 'mount').found).toBe(`a blob was mounted from oci+http://${host}/me/other`)
    expect(await filesBelow(storage)).toEqual(before)
  })

  it('warns where deletes are off, and says how they are switched on', async () => {
    const { host } = await registryOf()
    const report = await examined(`oci+http://${host}/me/cache`)
    expect(statesOf(report)).toMatchObject({ warning: ['delete'], failed: [] })
    expect(stepOf(report, 'delete').cause).toContain('Deletes are switched off')
    expect(stepOf(report, 'delete').fix.join()).toContain('REGISTRY_STORAGE_DELETE_ENABLED=true')
    expect(report.state).toBe('warning')
  })

  it('gets in with the right password, and says where it found it', async () => {
    const { host } = await registryOf({ login: { username: 'alice', password: 'staple-horse' }, deletes: true })
    const report = await examined(`oci+http://${host}/me/cache`, { login })
    expect(report).toMatchObject({ state: 'ok', login: 'alice, from ~/.docker/config.json' })
    expect(stepOf(report, 'api').found).toContain('asks who we are')
    expect(stepOf(report, 'token').found).toBe('Basic: name and password are accepted')
    expect(JSON.stringify(report)).not.toContain('staple-horse')
  })

  it('says that a wrong password is wrong, and does not try to push with it', async () => {
    const { host } = await registryOf({ login: { username: 'alice', password: 'staple-horse' } })
    const report = await examined(`oci+http://${host}/me/cache`, { login: wrong })
    expect(statesOf(report)).toMatchObject({ failed: ['token'], skipped: ['pull', 'push', 'mount', 'delete'] })
    expect(stepOf(report, 'token').cause).toContain('does not take this name and password')
    expect(stepOf(report, 'token').fix).toContain(`$ strata login ${host}`)
    expect(JSON.stringify(report)).not.toContain('battery-horse')
  })

  it('says that a login is missing', async () => {
    const { host } = await registryOf({ login: { username: 'alice', password: 'staple-horse' } })
    const report = await examined(`oci+http://${host}/me/cache`)
    expect(statesOf(report).failed).toEqual(['token'])
    expect(stepOf(report, 'login').found).toBe('anonymous: no login was found')
    expect(stepOf(report, 'token').cause).toContain('none was found')
  })

  it('reads the certificate of an authority that it is given, and its last days', async () => {
    const { host, caFile = '' } = await registryOf({ tls: true, deletes: true })
    const report = await examined(`oci://${host}/me/cache`, { caFiles: [caFile] })
    expect(statesOf(report)).toMatchObject({ warning: ['tls'], failed: [] })
    const { found } = stepOf(report, 'tls')
    expect(found).toMatch(
      /^TLSv1\.3, certificate by Strata test authority, good until \d{4}-\d\d-\d\d: [01] days? left$/,
    )
  })

  it('does not trust an authority that nobody named, and tries nothing behind it', async () => {
    const { host } = await registryOf({ tls: true })
    const report = await examined(`oci://${host}/me/cache`)
    expect(statesOf(report)).toMatchObject({ ok: ['name', 'proxy', 'connect', 'login'], failed: ['tls'] })
    const { cause, fix } = stepOf(report, 'tls')
    expect(cause).toContain('“Strata test authority”, which this machine does not trust')
    expect(fix.join('\n')).toContain(`/etc/containers/certs.d/${host}/ca.crt`)
  })

  it('says what --insecure hides', async () => {
    const { host } = await registryOf({ tls: true, deletes: true })
    const report = await examined(`oci://${host}/me/cache`, { insecure: true })
    expect(statesOf(report)).toMatchObject({ warning: ['tls'], failed: [] })
    expect(stepOf(report, 'tls').found).toContain('--insecure hides that the certificate')
    expect(stepOf(report, 'push').state).toBe('ok')
  })

  it('says that the registry wants a client certificate', async () => {
    const { host, caFile = '' } = await registryOf({ tls: true, clientCertificates: true })
    const report = await examined(`oci://${host}/me/cache`, { caFiles: [caFile] })
    expect(statesOf(report).failed).toEqual(['api'])
    expect(stepOf(report, 'api').cause).toContain('wants a certificate of yours (mutual TLS)')
    expect(stepOf(report, 'api').fix.join('\n')).toContain(`certs.d/${host}/client.cert`)
  })

  it('reads what a token grants, and for how long', async () => {
    const allows = (who: string | undefined, _repository: string, action: string) =>
      who === 'alice' && action === 'pull'
    const server = await startTokenServer({ username: 'alice', password: 'staple-horse', life: 120, allows })
    running.push(server)
    const { host } = await registryOf({ token: server.auth })
    const report = await examined(`oci+http://${host}/me/cache`, { login })
    expect(statesOf(report)).toMatchObject({ failed: ['push'], skipped: ['mount'] })
    expect(stepOf(report, 'token').found).toMatch(
      /^Bearer from 127\.0\.0\.1:\d+, service strata-tests, good for 120 s, grants pull$/,
    )
    expect(stepOf(report, 'push').cause).toBe('The registry knows this login, but it may not write in me/cache.')
    expect(stepOf(report, 'delete').cause).toBe('The registry knows this login, but it may not delete in me/cache.')
    expect(JSON.stringify(report)).not.toContain('staple-horse')
  })

  it('says which CA file cannot be used', async () => {
    const { host } = await registryOf({ tls: true })
    const file = join(folder, 'ca.pem')
    await writeFile(file, 'no certificate')
    const report = await examined(`oci://${host}/me/cache`, { caFiles: [file] })
    expect(statesOf(report).failed).toEqual(['tls'])
    expect(stepOf(report, 'tls').found).toContain(file)
    expect(stepOf(report, 'tls').cause).toContain('file of authorities cannot be used')
  })
})

describe('strata doctor', () => {
  it('goes through a proxy, and says so', async () => {
    // A registry that is asked for another host answers all the same: it is its own forwarding proxy.
    const registry = await startFaultRegistry()
    running.push(registry)
    const env = { HTTP_PROXY: `http://me:proxy-secret@${registry.host}` }
    const report = await examined('oci+http://registry.invalid/me/cache', { env })
    expect(stepOf(report, 'name').found).toBe('registry.invalid is not known here; the proxy will look it up')
    expect(stepOf(report, 'proxy').found).toBe(`through http://${registry.host}`)
    expect(stepOf(report, 'connect').found).toBe(`connected to the proxy at ${registry.host}`)
    expect(stepOf(report, 'tls').state).toBe('warning')
    expect(JSON.stringify(report)).not.toContain('proxy-secret')
  })

  it.each([
    [{}, 'none: HTTPS_PROXY is not set'],
    [{ HTTPS_PROXY: 'http://proxy:1', NO_PROXY: '.invalid' }, 'none: NO_PROXY names registry.invalid'],
  ])('says why no proxy is asked: %o', async (env, words) => {
    const report = await examined('oci://registry.invalid/me/cache', { env })
    expect(stepOf(report, 'proxy')).toMatchObject({ state: 'ok', found: words })
  })

  it('says of a name that Docker Hub would refuse what is wrong with it, before it asks', async () => {
    const report = await examined('docker.io/me/a/b', { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } })
    expect(statesOf(report).failed).toEqual(['name'])
    expect(report.kindName).toBe('Docker Hub')
    expect(stepOf(report, 'name').fix).toEqual(['For example docker.io/me/a-b.'])
  })

  it('reports a reference that is none instead of failing', async () => {
    const report = await examined('oci://')
    expect(report).toMatchObject({ reference: 'oci://', state: 'failed' })
    expect(statesOf(report)).toMatchObject({ ok: [], failed: ['name'] })
    expect(report.steps.map(({ key }) => key)).toEqual(everything)
  })

  it('gives up a step that is not done in time, and goes on', async () => {
    const registry = await startFaultRegistry()
    running.push(registry)
    registry.faults.push({ when: ({ url }) => url.includes('/tags/'), act: { kind: 'stall' } })
    const report = await examined(`oci+http://${registry.host}/me/cache`, {}, { patience: 300 })
    expect(statesOf(report)).toMatchObject({ failed: ['pull'], skipped: ['mount'] })
    expect(stepOf(report, 'pull').found).toBe('it was not done after 0.3 s')
    expect(stepOf(report, 'push').state).toBe('ok')
  })

  it('ends at once when it is cancelled', async () => {
    const registry = await startFaultRegistry()
    running.push(registry)
    registry.faults.push({ when: () => true, act: { kind: 'stall' } })
    const controller = new AbortController()
    const asked = examined(`oci+http://${registry.host}/me/cache`, {}, { signal: controller.signal })
    setTimeout(() => controller.abort(), 50)
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('asks each thing once: a registry that fails is not asked again', async () => {
    const registry = await startFaultRegistry()
    running.push(registry)
    registry.faults.push({ when: ({ url }) => url === '/v2/', act: { kind: 'status', status: 500 } })
    await examined(`oci+http://${registry.host}/me/cache`)
    expect(registry.log.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /v2/'])
  })
})

describe('strata doctor at a folder', () => {
  it('finds a folder that is not there yet well, and makes nothing', async () => {
    const path = join(folder, 'a', 'cache')
    const report = await examined(`oci-layout://${path}`)
    expect(report).toMatchObject({ state: 'ok', kindName: 'OCI layout folder', login: 'a folder needs none' })
    expect(stepOf(report, 'push').found).toBe(`may be made in ${folder}`)
    expect(statesOf(report).skipped).toEqual(['proxy', 'connect', 'tls', 'login', 'token', 'mount', 'delete'])
    expect(await readdir(folder)).toEqual([])
  })

  it('counts the tags of a layout', async () => {
    await push(`oci-layout://${folder}`)
    const report = await examined(`oci-layout://${folder}`)
    expect(stepOf(report, 'api').found).toBe('an OCI image layout')
    expect(stepOf(report, 'pull').found).toBe('1 tag')
  })

  it('says that the path is a file', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    const report = await examined(`oci-layout://${file}`)
    expect(statesOf(report).failed).toEqual(['name'])
    expect(stepOf(report, 'name')).toMatchObject({ found: `${file} is not a folder` })
  })

  it('says that the index is damaged, and leaves it as it is', async () => {
    await push(`oci-layout://${folder}`)
    await writeFile(join(folder, 'index.json'), '{"manifests":')
    const report = await examined(`oci-layout://${folder}`)
    expect(statesOf(report).failed).toEqual(['api'])
    expect(stepOf(report, 'api').cause).toContain('damaged')
    expect(await readFile(join(folder, 'index.json'), 'utf8')).toBe('{"manifests":')
  })

  it('says that a folder may not be written', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may write everywhere')
    const path = join(folder, 'sealed')
    await mkdir(path)
    await chmod(path, 0o555)
    const report = await examined(`oci-layout://${path}`)
    expect(statesOf(report).failed).toEqual(['push'])
  })
})
