import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageMediaTypes } from '../../main/image/assemble.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { type BlobStore, openBlobStore } from '../../main/store/blob-store.ts'
import { readBase } from '../support/base-files.ts'
import { missingProgram } from '../support/programs.ts'
import { rawTar } from '../support/raw-tar.ts'
import { blob, pushImage, type TestImage } from '../support/registry/images.ts'

/** Base images in the files that other tools write. */

const run = promisify(execFile)
const noSkopeo = await missingProgram('skopeo')
const noPodman = noSkopeo ?? (await missingProgram('podman', 'runc'))
const words = (why: string | undefined) => (why ? ` (skipped: ${why})` : '')

let folder = ''
let store: BlobStore
let system: TestImage
let diffIds: readonly string[] = []
const file = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-bases-'))
  store = await openBlobStore({ root: file('blobs') })
  // This machine's own shell, and a second layer above it.
  const shell = await readFile('/bin/sh')
  const tars = [
    rawTar([
      { name: 'usr/', type: '5' },
      { name: 'usr/bin/', type: '5' },
      { name: 'usr/bin/sh', content: shell, mode: 0o755 },
    ]),
    rawTar([
      { name: 'etc/', type: '5' },
      { name: 'etc/os-release', content: 'ID=made' },
    ]),
  ]
  diffIds = tars.map(digestOf)
  system = imageOf(tars)
  const repository = await openRepository(parseReference(`oci-layout://${file('layout')}`))
  await pushImage(repository, system, 'made')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm: 'arm' }
const architecture = architectures[process.arch] ?? process.arch

function imageOf(tars: readonly Buffer[]): TestImage {
  const types = imageMediaTypes.oci
  const layers = tars.map((tar) => blob(gzipSync(tar)))
  const rootfs = { type: 'layers', diff_ids: tars.map(digestOf) }
  const config = blob(Buffer.from(JSON.stringify({ architecture, os: 'linux', config: { Env: ['A=b'] }, rootfs })))
  const described = (mediaType: string, { digest, size }: typeof config) => ({ mediaType, digest, size })
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: described(types.config, config),
    layers: layers.map((layer) => described(types.layer, layer)),
  }
  return { config, layers, manifest: Buffer.from(JSON.stringify(manifest)), mediaType: types.manifest }
}

const read = (base: string) => readBase(base, store, architecture)

describe.skipIf(noSkopeo)(`of skopeo${words(noSkopeo)}`, () => {
  it.each(['docker-archive', 'oci-archive', 'oci'])('%s', async (kind) => {
    const path = file(`by-skopeo-${kind}`)
    await run('skopeo', [
      'copy',
      `oci:${file('layout')}:made`,
      `${kind}:${path}:tools:v1`.replace(/^(oci.*):tools:/, '$1:'),
    ])
    const base = await read(path)
    expect(base.config.rootfs.diff_ids).toEqual(diffIds)
    expect(base.tars.map(digestOf)).toEqual(diffIds)
    expect(base.config.config?.Env).toEqual(['A=b'])
    const named = await read(kind === 'docker-archive' ? `${path}:tools:v1` : `${path}:v1`)
    expect(named.digest).toBe(base.digest)
  })
})

describe.skipIf(noPodman)(`of podman${words(noPodman)}`, () => {
  // Images and containers of its own: what the machine has is not touched.
  const podman = (...args: string[]) => {
    const own = ['--root', file('root'), '--runroot', file('run'), '--storage-driver', 'vfs']
    return run('podman', ['--runtime', 'runc', ...own, ...args])
  }
  let refuses: string | undefined
  beforeAll(async () => {
    refuses = await podman('info').then(
      () => undefined,
      (error: Error) => `podman cannot be used here: ${error.message.slice(0, 300)}`,
    )
    if (refuses !== undefined) return
    const archive = file('for-podman.tar')
    await run('skopeo', ['copy', `oci:${file('layout')}:made`, `docker-archive:${archive}:localhost/tools:v1`])
    await podman('load', '--input', archive)
  })

  it.for(['docker-archive', 'oci-archive'])('save --format %s', async (format, { skip }) => {
    if (refuses) skip(refuses)
    const path = file(`by-podman-${format}`)
    await podman('save', '--format', format, '--output', path, 'localhost/tools:v1')
    const base = await read(path)
    expect(base.tars.map(digestOf)).toEqual(base.config.rootfs.diff_ids)
    // podman writes the tars anew when it saves; what is in them stays.
    expect(base.tars[1]?.includes('ID=made')).toBe(true)
    expect(await read(`${path}:localhost/tools:v1`)).toMatchObject({ digest: base.digest })
  })

  it('export, whatever it is compressed with that we read', async ({ skip }) => {
    if (refuses) skip(refuses)
    const { stdout } = await podman('create', 'localhost/tools:v1', 'sh')
    await podman('export', '--output', file('rootfs.tar'), stdout.trim())
    const tar = await readFile(file('rootfs.tar'))
    await writeFile(file('rootfs.tar.gz'), gzipSync(tar))
    const [plain, packed] = [await read(file('rootfs.tar')), await read(file('rootfs.tar.gz'))]
    expect(plain.tars[0]?.equals(tar)).toBe(true)
    expect(packed.digest).toBe(plain.digest)
    expect(plain.architecture).toBe(architecture)
  })
})

it('the tars of GNU tar, with long names, links and owners', async () => {
  await run('tar', ['--format=gnu', '-cf', file('gnu.tar'), '-C', '/', 'bin', 'usr/bin/env', 'etc/os-release'])
  const long = `${'a'.repeat(90)}/${'b'.repeat(90)}`
  await run('mkdir', ['-p', file(long)])
  await run('tar', ['--format=gnu', '-rf', file('gnu.tar'), '-C', folder, long])
  const base = await read(file('gnu.tar'))
  expect(base.architecture).toBe(architecture)
  expect(base.tars[0]?.equals(await readFile(file('gnu.tar')))).toBe(true)
})
