import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRepository } from '../../../main/registry/open.ts'
import { parseReference } from '../../../main/registry/reference.ts'
import { protect } from '../../../main/support/redact.ts'
import { type CertificateOptions, makeCertificates } from './certificates.ts'
import { freePort } from './docker-registry.ts'
import { type FaultRegistry, type FaultRegistryOptions, startFaultRegistry } from './fault-registry.ts'
import type { Fault } from './faults.ts'
import { image, pushImage } from './images.ts'

/** An address at which something is wrong, and what is needed to go there. */
export interface FaultSite {
  readonly reference: string
  readonly caFiles: readonly string[]
  /** What answers there; undefined where nothing of ours does. */
  readonly registry?: FaultRegistry
  close(): Promise<void>
}

export type StartSite = () => Promise<FaultSite>

/** The login for every site, and what no message may hold. */
export const siteLogin = { kind: 'basic', username: 'me', password: 'matrix-battery-staple', source: 'test' } as const
export const siteSecrets: readonly string[] = [
  siteLogin.password,
  Buffer.from(`${siteLogin.username}:${siteLogin.password}`).toString('base64'),
]

// As whoever reads a login from a file does.
protect(siteLogin.password)

/** The image behind the tag `tag` of every site that has a registry. */
export const siteImage = image()

const repository = 'me/cache'

/** A registry that holds one image and then misbehaves. */
export function faulty(faults: readonly Fault[], options: FaultRegistryOptions = {}): StartSite {
  return async () => {
    const registry = await startFaultRegistry(options)
    const reference = `oci+http://${registry.host}/${repository}`
    await fill(reference)
    registry.log.length = 0
    registry.faults.push(...faults)
    return { reference, caFiles: [], registry, close: () => registry.close() }
  }
}

/** A registry behind TLS with a certificate of an own authority, which is known here unless told otherwise. */
export function behindTls(
  options: CertificateOptions & { readonly unknownCa?: boolean },
  faults: readonly Fault[] = [],
): StartSite {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-tls-'))
    const files = await makeCertificates(folder, options)
    const tls = { certificate: await readFile(files.certificate), key: await readFile(files.key) }
    const registry = await startFaultRegistry({ tls })
    registry.faults.push(...faults)
    return {
      reference: `oci://${registry.host}/${repository}`,
      caFiles: options.unknownCa ? [] : [files.caFile],
      registry,
      close: async () => {
        await registry.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  }
}

/** An address and nothing behind it. */
export function nowhere(address: (freePort: number) => string): StartSite {
  return async () => ({
    reference: `${address(await freePort())}/${repository}`,
    caFiles: [],
    close: async () => undefined,
  })
}

/** The same site, to be asked by another scheme than it speaks. */
export function askedBy(scheme: 'oci' | 'oci+http', start: StartSite): StartSite {
  return async () => {
    const site = await start()
    return { ...site, reference: site.reference.replace(/^[a-z+]+:/, `${scheme}:`) }
  }
}

async function fill(reference: string): Promise<void> {
  const target = await openRepository(parseReference(reference), { credentials: async () => siteLogin })
  try {
    await pushImage(target, siteImage, 'tag')
  } finally {
    await target.close()
  }
}
