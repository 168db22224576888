import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Electron's program, or the reason why a window cannot be opened here, as the second half of a sentence. */
export type ElectronBinary =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'absent'; why: string }

/** Long enough for a first start from a slow disk; a program that cannot start fails at once. */
const startTimeout = 10_000

/**
 * Looks for an Electron that can open a window. Never touches the network: `require('electron')` would start a
 * download of 100 MB when the program is missing, and `npm ci` installs the package without it.
 *
 * @param root absolute path of the checkout.
 */
export async function findElectron(root: string, env: NodeJS.ProcessEnv): Promise<ElectronBinary> {
  const unfit = unfitForWindows(env)
  if (unfit !== undefined) return { kind: 'absent', why: unfit }

  // The package's own convention (electron/index.js): path.txt names the program below dist.
  const folder = join(root, 'node_modules', 'electron')
  const name = await readFile(join(folder, 'path.txt'), 'utf8').catch(() => undefined)
  const override = env.ELECTRON_OVERRIDE_DIST_PATH
  if (name === undefined && override === undefined) {
    return { kind: 'absent', why: 'Electron’s program is not installed (npx install-electron fetches it)' }
  }
  const path = join(override ?? join(folder, 'dist'), name ?? 'electron')
  try {
    await promisify(execFile)(path, ['--version'], { timeout: startTimeout })
    return { kind: 'found', path }
  } catch {
    return { kind: 'absent', why: `Electron’s program does not run here (${path})` }
  }
}

function unfitForWindows(env: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === 'linux' && !hasDisplay(env)) return 'there is no display to open a window on'
  // Chromium's sandbox refuses to start as root, and we do not run without it.
  if (process.platform === 'linux' && process.getuid?.() === 0) return 'Electron does not run as root'
  return undefined
}

/** Whether an X or Wayland display is announced. */
export function hasDisplay(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY)
}
