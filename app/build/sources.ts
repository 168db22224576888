import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What a build depends on, relative to the checkout. */
const sources = ['app', 'main', 'renderer', 'package.json', 'package-lock.json', 'vite.config.ts']

/** Written last by a build: its time is the build's, and a build that was cut short has none. */
export const stampName = 'build.json'

/**
 * Whether `dist` is missing, unfinished or older than any source. Looks at times only: about 10 ms for this project.
 *
 * @param root absolute path of the checkout.
 */
export async function needsBuild(root: string): Promise<boolean> {
  const built = await modifiedAt(join(root, 'dist', stampName))
  if (built === 0) return true
  for (const source of sources) {
    if ((await newest(join(root, source))) > built) return true
  }
  return false
}

/** Latest modification below `path`, in milliseconds since 1970. Folders count too: they tell of deleted files. */
async function newest(path: string): Promise<number> {
  const own = await modifiedAt(path)
  const names = await readdir(path).catch(() => [])
  const below = await Promise.all(names.map((name) => newest(join(path, name))))
  return Math.max(own, ...below)
}

async function modifiedAt(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  return found?.mtimeMs ?? 0
}
