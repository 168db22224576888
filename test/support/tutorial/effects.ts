import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { databaseOf } from '../install/installer.ts'
import { readImage } from '../push/read.ts'
import type { Stage } from './stage.ts'

const run = promisify(execFile)

/** What is installed in a store, by name: its prefix. */
export function installedIn(store: string): Readonly<Record<string, string>> {
  const records = Object.entries(databaseOf(store)).filter(([, { installed }]) => installed)
  return Object.fromEntries(records.map(([name, { path }]) => [name, path ?? '']))
}

/** What a program of an installed package prints. */
export async function printed(store: string, name: string, ...args: readonly string[]): Promise<string> {
  const prefix = installedIn(store)[name]
  if (prefix === undefined) throw new Error(`${name} is not installed in ${store}`)
  const { stdout } = await run(join(prefix, 'bin', name), [...args], { env: { PATH: '/usr/bin:/bin' } })
  return stdout
}

/** How many layers an image of the cache has, and the `PATH` that it sets. */
export function imageIn(stage: Stage, tag: string): Promise<{ readonly layers: number; readonly path: string }> {
  return stage.look(async (repository) => {
    const { manifest, config } = await readImage(repository, tag)
    return { layers: manifest.layers.length, path: config.config?.Env?.find((one) => one.startsWith('PATH=')) ?? '' }
  })
}

/** The tags of the cache, sorted, with a package's hash left out. */
export async function tagsIn(stage: Stage): Promise<string[]> {
  const tags = await stage.look((repository) => repository.tags())
  return tags.map((tag) => tag.replace(/-[a-z2-7]{32}\.spack$/, '')).sort()
}

/** What Podman is told an image is called. */
export function pulled(reference: string): string {
  return reference.replace(/^oci:\/\//, '')
}
