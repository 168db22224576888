import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type NetworkOptions, openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { missingProgram } from '../support/programs.ts'
import { makeCertificates } from '../support/registry/certificates.ts'
import { freePort } from '../support/registry/docker-registry.ts'
import { everyWord, failure } from '../support/registry/failing.ts'
import { type FaultRegistryOptions, startFaultRegistry } from '../support/registry/fault-registry.ts'
import { type ForwardProxyOptions, startForwardProxy } from '../support/registry/forward-proxy.ts'
import { image, pushImage } from '../support/registry/images.ts'

/** Proxies on the way to a registry: for https a tunnel by CONNECT, for http a proxy that reads along. */

const noOpenssl = await missingProgram('openssl')
const running: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

/** A registry that only the proxy can find, as `registry.example`. */
async function behindProxy(options: ForwardProxyOptions = {}, registryOptions: FaultRegistryOptions = {}) {
  const registry = await startFaultRegistry(registryOptions)
  const proxy = await startForwardProxy(registry.port, options)
  running.push(registry, proxy)
  return { registry, proxy }
}

async function open(reference: string, options: NetworkOptions) {
  const repository = await openRepository(parseReference(reference), { sleep: async () => undefined, ...options })
  running.push(repository)
  return repository
}

const login = { username: 'me', password: 'proxy-battery' }

describe.skipIf(noOpenssl)(`a proxy in front of TLS${noOpenssl ? ` (skipped: ${noOpenssl})` : ''}`, () => {
  async function tlsBehindProxy(options: ForwardProxyOptions = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'strata-proxy-'))
    running.push({ close: () => rm(folder, { recursive: true, force: true }) })
    const files = await makeCertificates(folder, { name: 'registry.example' })
    const tls = { certificate: await readFile(files.certificate), key: await readFile(files.key) }
    return { ...(await behindProxy(options, { tls })), trust: () => ({ caFiles: [files.caFile] }) }
  }

  it('is a tunnel, in which the registry’s own certificate is checked', async () => {
    const { proxy, trust } = await tlsBehindProxy({ login })
    const env = { HTTPS_PROXY: `http://me:proxy-battery@${proxy.host}` }
    const repository = await open('oci://registry.example/me/cache', { env, trust })
    const pushed = image()
    await pushImage(repository, pushed, 'tag')
    expect((await repository.getManifest('tag'))?.bytes.equals(pushed.manifest)).toBe(true)
    expect(new Set(proxy.log)).toEqual(new Set(['CONNECT registry.example:443']))
    const unknown = await open('oci://registry.example/me/cache', { env })
    expect(await failure(unknown.tags())).toMatchObject({
      code: 'registry-tls',
      details: { reason: 'tls-unknown-ca', proxy: `http://${proxy.host}` },
    })
  })

  it.each([
    [{ login }, 'me:wrong-battery@', 'proxy-login', '407'],
    [{ login }, '', 'proxy-login', '407'],
    [{ refuses: 403 }, 'me:wrong-battery@', 'proxy-refused', '403'],
  ])('that refuses (%j) is named without its password', async (options, login, reason, status) => {
    const { proxy, registry } = await tlsBehindProxy(options)
    const repository = await open('oci://registry.example/me/cache', {
      env: { https_proxy: `http://${login}${proxy.host}` },
    })
    const refused = await failure(repository.tags())
    expect(refused).toMatchObject({ code: 'registry-unreachable', details: { reason } })
    expect(refused.message).toContain(`proxy http://${proxy.host}`)
    expect(refused.message).toContain(status)
    expect(everyWord(refused)).not.toContain('wrong-battery')
    expect(registry.log).toEqual([])
    expect(proxy.log).toHaveLength(1)
  })

  it('that is not there is named, and not the registry', async () => {
    const host = `127.0.0.1:${await freePort()}`
    const repository = await open('oci://registry.example/me/cache', { env: { HTTPS_PROXY: host } })
    const refused = await failure(repository.tags())
    expect(refused).toMatchObject({ code: 'registry-unreachable', details: { reason: 'proxy-unreachable' } })
    expect(refused.message).toContain(`proxy http://${host}: nothing listens there`)
  })
})

describe('a proxy in front of plain http', () => {
  it('gets whole addresses and its own login, which the registry does not see', async () => {
    const { registry, proxy } = await behindProxy({ login })
    const env = { HTTP_PROXY: `http://me:proxy-battery@${proxy.host}` }
    const repository = await open('oci+http://registry.example/me/cache', { env })
    expect(await repository.tags()).toEqual([])
    expect(proxy.log).toEqual([
      'GET http://registry.example/v2/',
      'GET http://registry.example/v2/me/cache/tags/list?n=1000',
    ])
    expect(registry.log.map(({ authorization }) => authorization)).toEqual([undefined, undefined])
  })

  it('that wants a login says so', async () => {
    const { proxy } = await behindProxy({ login })
    const repository = await open('oci+http://registry.example/me/cache', {
      env: { HTTP_PROXY: `http://${proxy.host}` },
    })
    expect(await failure(repository.tags())).toMatchObject({
      code: 'registry-unreachable',
      details: { reason: 'proxy-login' },
    })
  })

  it('is left out where NO_PROXY names the host', async () => {
    const { registry, proxy } = await behindProxy()
    const repository = await open(`oci+http://registry.example:${registry.port}/me/cache`, {
      env: { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: '.other.example,registry.example' },
      lookup: (_hostname, options, callback) =>
        options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4),
    })
    expect(await repository.tags()).toEqual([])
    expect(proxy.log).toEqual([])
  })
})

describe('a registry behind a proxy', () => {
  // Where it is, only the proxy knows: it counts as public.
  const elsewhere = async (leadsTo: (port: number) => string) => {
    const { registry, proxy } = await behindProxy()
    const inside = await startFaultRegistry()
    running.push(inside)
    registry.faults.push({
      when: ({ url }) => url.includes('/tags/'),
      act: { kind: 'status', status: 307, headers: { location: leadsTo(inside.port) } },
    })
    const repository = await open('oci+http://registry.example/me/cache', {
      env: { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: 'inside.example' },
      lookup: (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    })
    return { refused: await failure(repository.tags()), asked: [...inside.log, ...proxy.log] }
  }

  it.each([
    (port: number) => `http://127.0.0.1:${port}/x`,
    (port: number) => `http://[::1]:${port}/x`,
    (port: number) => `http://0.0.0.0:${port}/x`,
    (port: number) => `http://[::ffff:127.0.0.1]:${port}/x`,
    (port: number) => `http://localhost:${port}/x`,
    // A name that is asked for without the proxy: its address is looked at when it is connected to.
    (port: number) => `http://inside.example:${port}/x`,
    () => 'http://169.254.169.254/latest/meta-data/iam/',
    () => 'http://10.0.0.7/x',
    () => 'http://100.64.0.7/x',
    () => 'http://[fe80::1]/x',
    () => 'http://[fd00::1]/x',
  ])('may not lead to %s', async (leadsTo) => {
    const { refused, asked } = await elsewhere(leadsTo)
    expect(refused).toMatchObject({ code: 'registry-denied', details: { reason: 'private-address' } })
    expect(asked).toEqual([
      'GET http://registry.example/v2/',
      'GET http://registry.example/v2/me/cache/tags/list?n=1000',
    ])
  })
})
