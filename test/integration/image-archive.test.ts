import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageMediaTypes } from '../../main/image/assemble.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { writeImageArchive } from '../../main/registry/image-archive.ts'
import { missingProgram } from '../support/programs.ts'
import { rawTar } from '../support/raw-tar.ts'
import { blob, opener, type TestImage } from '../support/registry/images.ts'

/** What skopeo and podman make of the archives that we write. */

const run = promisify(execFile)
const noSkopeo = await missingProgram('skopeo')
const noPodman = await missingProgram('podman', 'runc')
const words = (why: string | undefined) => (why ? ` (skipped: ${why})` : '')

/** Two layers with a file each, in either family of media types. */
function twoLayers(form: 'oci' | 'docker'): TestImage {
  const types = imageMediaTypes[form]
  const tars = ['one', 'two'].map((name) => rawTar([{ name: `${name}.txt`, content: `the ${name}` }]))
  const layers = tars.map((tar) => blob(gzipSync(tar)))
  const rootfs = { type: 'layers', diff_ids: tars.map(digestOf) }
  const config = blob(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs })))
  const described = (mediaType: string, { digest, size }: typeof config) => ({ mediaType, digest, size })
  const document = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: described(types.config, config),
    layers: layers.map((layer) => described(types.layer, layer)),
  }
  return { config, layers, manifest: Buffer.from(JSON.stringify(document)), mediaType: types.manifest }
}

let folder = ''
const forms = ['oci', 'docker'] as const
const fileOf = (form: string) => join(folder, `${form}.tar`)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-archives-'))
  for (const form of forms) {
    const one = twoLayers(form)
    const manifest = { bytes: one.manifest, mediaType: one.mediaType }
    await writeImageArchive(
      fileOf(form),
      { manifest, config: one.config.bytes, name: 'me/tools:v1' },
      async (wanted) => {
        const found = one.layers.find(({ digest }) => digest === wanted.digest)
        if (!found) throw new Error(`there is no ${wanted.digest}`)
        return opener(found)()
      },
    )
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.skipIf(noSkopeo)(`skopeo${words(noSkopeo)}`, () => {
  it.each(forms)('reads an archive of an %s image as either kind, every blob verified', async (form) => {
    const { config, layers } = twoLayers(form)
    for (const source of [
      `docker-archive:${fileOf(form)}`,
      `docker-archive:${fileOf(form)}:docker.io/me/tools:v1`,
      `oci-archive:${fileOf(form)}`,
      `oci-archive:${fileOf(form)}:v1`,
    ]) {
      const inspected = JSON.parse((await run('skopeo', ['inspect', '--raw', source])).stdout)
      // The id of an image is its config's digest: it is the same one, whichever way it was taken.
      expect(inspected.config.digest).toBe(config.digest)
      const copy = join(folder, `copy-${Math.random()}`)
      await run('skopeo', ['copy', source, `oci:${copy}:copied`])
      const copied = JSON.parse((await run('skopeo', ['inspect', `oci:${copy}:copied`])).stdout)
      expect(copied.Layers).toHaveLength(layers.length)
      if (source.startsWith('oci')) expect(copied.Layers).toEqual(layers.map(({ digest }) => digest))
    }
  })
})

describe.skipIf(noPodman)(`podman${words(noPodman)}`, () => {
  // Images and containers of its own: what the machine has is not touched.
  const podman = (...args: string[]) => {
    const own = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs']
    return run('podman', ['--runtime', 'runc', ...own, ...args])
  }
  let refuses: string | undefined
  beforeAll(async () => {
    refuses = await podman('info').then(
      () => undefined,
      (error: Error) => `podman cannot be used here: ${error.message.slice(0, 300)}`,
    )
  })

  it.for(forms)('loads an archive of an %s image under its name', async (form, { skip }) => {
    if (refuses) skip(refuses)
    const { stdout } = await podman('load', '--input', fileOf(form))
    expect(stdout).toContain('docker.io/me/tools:v1')
    const { config } = twoLayers(form)
    const listed = await podman('images', '--no-trunc', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}')
    expect(listed.stdout).toContain(`${config.digest} docker.io/me/tools:v1`)
    const { stdout: id } = await podman('create', 'docker.io/me/tools:v1', 'none')
    const unpacked = join(folder, `unpacked-${form}.tar`)
    await podman('export', '--output', unpacked, id.trim())
    const { stdout: two } = await run('tar', ['-xOf', unpacked, 'two.txt'])
    expect(two).toBe('the two')
    await podman('rm', id.trim())
    await podman('rmi', 'docker.io/me/tools:v1')
  })
})
