import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Bytes of a package's regular files on disk. Spack notes every file's size when it installs
 * (`.spack/install_manifest.json`): that is read, and only a prefix without it is walked.
 */
export async function diskSize(prefix: string): Promise<number> {
  const text = await readFile(join(prefix, '.spack', 'install_manifest.json'), 'utf8').catch(() => undefined)
  return (text === undefined ? undefined : sizeInManifest(text)) ?? walk(prefix)
}

function sizeInManifest(text: string): number | undefined {
  try {
    const manifest: unknown = JSON.parse(text)
    if (typeof manifest !== 'object' || manifest === null) return undefined
    return Object.values(manifest).reduce<number>((total, entry: unknown) => total + sizeOf(entry), 0)
  } catch {
    return undefined
  }
}

function sizeOf(entry: unknown): number {
  if (typeof entry !== 'object' || entry === null || !('size' in entry)) return 0
  return typeof entry.size === 'number' ? entry.size : 0
}

async function walk(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return walk(path)
      if (!entry.isFile()) return 0
      return lstat(path).then(
        (stat) => stat.size,
        () => 0,
      )
    }),
  )
  return sizes.reduce((total, size) => total + size, 0)
}
