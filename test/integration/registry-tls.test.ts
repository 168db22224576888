import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { type NetworkOptions, openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { missingProgram } from '../support/programs.ts'
import { makeCertificates, makeClientCertificate } from '../support/registry/certificates.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { failure } from '../support/registry/failing.ts'

/** Certificates in the folders of docker and podman: `certs.d/HOST:PORT/*.crt`, `*.cert` with `*.key`. */

const missing = await missingProgram('openssl')
const running: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

/** A TLS registry with one tag, an own authority, and an empty folder for it in an empty `certs.d`. */
async function start(tls: TlsOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'strata-certs-'))
  const files = await makeCertificates(folder)
  const client = await makeClientCertificate(folder)
  const identity = { cert: await readFile(files.certificate), key: await readFile(files.key) }
  const server = createServer({ ...identity, ca: await readFile(files.caFile), ...tls }, (_, response) => {
    response.setHeader('content-type', 'application/json').end('{"tags":["a"]}')
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `localhost:${(server.address() as AddressInfo).port}`
  const certificateFolders = [join(folder, 'empty'), join(folder, 'certs.d')]
  const own = join(folder, 'certs.d', host)
  await mkdir(own, { recursive: true })
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
  running.push({ close })
  const tags = async (options: NetworkOptions = {}) => {
    const reference = parseReference(`oci://${host}/me/cache`)
    const repository = await openRepository(reference, {
      certificateFolders,
      sleep: async () => undefined,
      ...options,
    })
    running.push(repository)
    return await repository.tags()
  }
  return { own, files, client, tags }
}

describe.skipIf(missing)(`certs.d${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('holds authorities of one host', async () => {
    const { own, files, tags } = await start()
    expect((await failure(tags())).details).toMatchObject({ reason: 'tls-unknown-ca' })
    await copyFile(files.caFile, join(own, 'ca.crt'))
    expect(await tags()).toEqual(['a'])
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'holds the client certificate that a registry asks for (%s)',
    async (version) => {
      const { own, files, client, tags } = await start({
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: version,
        maxVersion: version,
      })
      await copyFile(files.caFile, join(own, 'ca.crt'))
      expect((await failure(tags())).details).toMatchObject({ reason: 'tls-client-certificate' })
      await copyFile(client.cert, join(own, 'client.cert'))
      await copyFile(client.key, join(own, 'client.key'))
      expect(await tags()).toEqual(['a'])
    },
  )

  it('says which half of a pair is missing', async () => {
    const { own, client, tags } = await start()
    await copyFile(client.cert, join(own, 'client.cert'))
    const lonely = await failure(tags())
    expect(lonely).toMatchObject({ code: 'registry-tls', details: { reason: 'tls-files' } })
    expect(lonely.message).toContain(join(own, 'client.cert'))
    expect(lonely.hint).toContain('.crt')
    await rm(join(own, 'client.cert'))
    await copyFile(client.key, join(own, 'client.key'))
    expect((await failure(tags())).message).toContain(join(own, 'client.key'))
  })

  it('says which file cannot be used', async () => {
    const { own, client, files, tags } = await start()
    await copyFile(client.cert, join(own, 'client.cert'))
    await copyFile(files.key, join(own, 'client.key'))
    const mismatch = await failure(tags())
    expect(mismatch).toMatchObject({ code: 'registry-tls', details: { reason: 'tls-files' } })
    expect(mismatch.message).toContain(join(own, 'client.key'))
    await rm(join(own, 'client.cert'))
    await rm(join(own, 'client.key'))
    await writeFile(join(own, 'ca.crt'), 'no certificate')
    expect((await failure(tags())).message).toContain(join(own, 'ca.crt'))
  })

  it('takes any certificate of the registry that was said to be insecure, and of no other', async () => {
    const { tags } = await start()
    const registries: string[] = []
    const trust = (registry: string) => {
      registries.push(registry)
      return { insecure: registry === 'other.example' }
    }
    expect((await failure(tags({ trust }))).details).toMatchObject({ reason: 'tls-unknown-ca' })
    expect(registries).toHaveLength(1)
    expect(registries[0]).toMatch(/^localhost:\d+$/)
    expect(await tags({ trust: () => ({ insecure: true }) })).toEqual(['a'])
  })
})

const missingRegistry = await missingDockerRegistry()

describe.skipIf(missingRegistry)(
  `docker-registry with client certificates${missingRegistry ? ` (skipped: ${missingRegistry})` : ''}`,
  () => {
    it('says that it wants one, and takes ours', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'strata-certs-'))
      running.push({ close: () => rm(folder, { recursive: true, force: true }) })
      const registry = await startDockerRegistry({ tls: true, clientCertificates: true })
      running.push(registry)
      const own = join(folder, registry.host)
      await mkdir(own)
      await copyFile(registry.caFile ?? '', join(own, 'ca.crt'))
      const tags = async () => {
        const repository = await openRepository(parseReference(`oci://${registry.host}/me/cache`), {
          certificateFolders: [folder],
          sleep: async () => undefined,
        })
        running.push(repository)
        return await repository.tags()
      }
      const refused = await failure(tags())
      expect(refused).toMatchObject({ code: 'registry-tls', details: { reason: 'tls-client-certificate' } })
      expect(refused.hint).toContain('certs.d')
      const client = await makeClientCertificate(dirname(registry.caFile ?? ''))
      await copyFile(client.cert, join(own, 'me.cert'))
      await copyFile(client.key, join(own, 'me.key'))
      expect(await tags()).toEqual([])
    })
  },
)
