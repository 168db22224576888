import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Certificates {
  readonly caFile: string
  readonly certificate: string
  readonly key: string
}

export interface CertificateOptions {
  /** The name it is for. */
  readonly name?: string
  /** Whether it ran out yesterday. */
  readonly expired?: boolean
}

/** An authority of its own and a server's certificate by it, made by openssl in `folder`. */
export async function makeCertificates(folder: string, options: CertificateOptions = {}): Promise<Certificates> {
  const file = (name: string) => join(folder, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const ca = [
    '-x509',
    '-subj',
    '/CN=Strata test authority',
    '-days',
    '2',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  ]
  await run('openssl', ['req', ...key, ...ca])
  const name = options.name ?? 'localhost'
  await run('openssl', [
    'req',
    ...key,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
  ])
  await writeFile(file('extensions'), `subjectAltName=DNS:${name}\n`)
  const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('extensions')]
  // openssl has no option for a past end in this release but takes a negative number of days.
  const days = ['-days', options.expired ? '-1' : '1']
  await run('openssl', ['x509', '-req', '-in', file('server.csr'), ...signer, ...days, '-out', file('server.pem')])
  return { caFile: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') }
}

/** A client's certificate and key by the authority that `makeCertificates` made in `folder`. */
export async function makeClientCertificate(folder: string): Promise<{ readonly cert: string; readonly key: string }> {
  const file = (name: string) => join(folder, name)
  const request = ['-subj', '/CN=a client', '-keyout', file('client.key'), '-out', file('client.csr')]
  await run('openssl', ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...request])
  const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '1']
  await run('openssl', ['x509', '-req', '-in', file('client.csr'), ...signer, '-out', file('client.cert')])
  return { cert: file('client.cert'), key: file('client.key') }
}
