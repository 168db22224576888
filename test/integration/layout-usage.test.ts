import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layoutUsage } from '../../main/buildcache/usage.ts'
import { imageMediaTypes } from '../../main/image/assemble.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { openRepository } from '../../main/registry/open.ts'
import type { LayoutReference } from '../../main/registry/reference.ts'
import { addWithLibraries, packRoot } from '../support/containers.ts'
import { missingProgram } from '../support/programs.ts'
import { blob, pushImage, type TestImage } from '../support/registry/images.ts'

/** The lines that say how to use an image in an OCI folder are run as they stand, by a shell, with the real programs. */

const run = promisify(execFile)
const missing = await missingProgram('podman', 'skopeo', 'runc')
/** An image store of the test's own, with no new network and no limits beyond what the outside allows. */
async function ownContainers(folder: string): Promise<NodeJS.ProcessEnv> {
  const [storage, containers] = [join(folder, 'storage.conf'), join(folder, 'containers.conf')]
  const place = (name: string) => JSON.stringify(join(folder, name))
  await writeFile(storage, `[storage]\ndriver = "vfs"\ngraphroot = ${place('images')}\nrunroot = ${place('run')}\n`)
  await writeFile(
    containers,
    '[containers]\nnetns = "host"\ndefault_ulimits = ["nofile=20000:20000", "nproc=1024:1024"]\n[engine]\nruntime = "runc"\n',
  )
  return { CONTAINERS_STORAGE_CONF: storage, CONTAINERS_CONF: containers }
}

/** An image of one layer whose containers say that they work. */
function imageOf(tar: Buffer): TestImage {
  const types = imageMediaTypes.oci
  const layer = blob(gzipSync(tar))
  const config = blob(
    Buffer.from(
      JSON.stringify({
        architecture: architectures[process.arch] ?? process.arch,
        os: 'linux',
        config: { Cmd: ['/bin/sh', '-c', 'echo it works'] },
        rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      }),
    ),
  )
  const described = (mediaType: string, { digest, size }: typeof config) => ({ mediaType, digest, size })
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: described(types.config, config),
    layers: [described(types.layer, layer)],
  }
  return { config, layers: [layer], manifest: Buffer.from(JSON.stringify(manifest)), mediaType: types.manifest }
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

describe.skipIf(missing)(`an image in an OCI folder${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let folder = ''
  let image: TestImage
  let env: NodeJS.ProcessEnv = {}
  let refuses: string | undefined
  beforeAll(async () => {
    // No capital in it, as mkdtemp's names have; and short, or podman waits 20 s for a socket whose path is too long.
    folder = join(tmpdir(), `strata-use-${randomUUID().slice(0, 8)}`)
    await mkdir(folder)
    const root = join(folder, 'root')
    await mkdir(root)
    await addWithLibraries(root, '/bin/sh')
    await packRoot(root, join(folder, 'root.tar'))
    image = imageOf(await readFile(join(folder, 'root.tar')))
    env = { ...process.env, ...(await ownContainers(folder)) }
    const { path, tag } = await layout('probe', '1')
    await run('skopeo', ['copy', `oci:${path}:${tag}`, 'containers-storage:localhost/probe:1'], { env })
    const { stdout } = await run('podman', ['run', '--rm', 'localhost/probe:1'], { env }).catch((error: Error) => ({
      stdout: error.message,
    }))
    if (stdout !== 'it works\n') refuses = `podman cannot run containers here: ${stdout.slice(0, 300)}`
  }, 120_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function layout(name: string, tag: string): Promise<LayoutReference> {
    const reference: LayoutReference = { kind: 'layout', scheme: 'layout', path: join(folder, name), tag }
    const repository = await openRepository(reference)
    await pushImage(repository, image, tag)
    return reference
  }

  function line(reference: LayoutReference): string {
    return layoutUsage(reference)[0]?.command ?? ''
  }

  it.for(['plain', 'With Capitals', '.hidden', "quote's & Ünicode"])(
    'runs as it is said: %s',
    async (name, { skip }) => {
      if (refuses) skip(refuses)
      const command = line(await layout(name, 'Tools-1.0_x'))
      expect(command.startsWith('skopeo')).toBe(name !== 'plain')
      const { stdout } = await run('sh', ['-c', command], { env })
      expect(stdout).toContain('it works')
    },
  )
})
