import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Lays down the layers of an image as a container engine does, and answers with the folder; skopeo pulls it, tar unpacks. */
export async function unpackImage(image: string, folder: string): Promise<string> {
  const [layout, root] = [join(folder, 'layout'), join(folder, 'root')]
  await run('skopeo', ['copy', '--src-tls-verify=false', `docker://${image}`, `dir:${layout}`])
  mkdirSync(root)
  const { layers } = JSON.parse(await readFile(join(layout, 'manifest.json'), 'utf8')) as {
    readonly layers: readonly { readonly digest: string }[]
  }
  for (const { digest } of layers) {
    await run('tar', ['-C', root, '--numeric-owner', '-xpzf', join(layout, digest.slice('sha256:'.length))])
  }
  return root
}
