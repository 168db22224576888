import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StrataError } from '../main/support/errors.ts'

/** Absolute paths of the files that ship with the app and are read or run at run time. */
export interface Assets {
  readonly version: string
  /** The bundled worker thread. A real file, never one inside an asar: worker_threads opens it by itself. */
  readonly workerFile: string
  /** The bundled program that reaches the system's keyring: a process of its own. */
  readonly keyringFile: string
  /** The sample store. A real file as well, so that a worker or `tar` can read it. */
  readonly sampleFile: string
  /** Folder of the built page; inside the asar in a packed app. */
  readonly rendererFolder: string
  readonly preloadFile: string
}

/**
 * Says where the app's files are, from any of the three places this code runs in: the sources (tsx), the bundles in
 * `dist`, and a packed app's `app.asar`. In all three the files are in `dist` beside package.json; what has to be a
 * real file lies at the same path below `app.asar.unpacked` (electron-builder.yml, `asarUnpack`).
 *
 * @param from path or file URL of the running module.
 * @throws StrataError `internal` when no package.json lies above `from`.
 */
export function locateAssets(from: string = import.meta.url): Assets {
  const root = packageRoot(from)
  const dist = join(root, 'dist')
  return {
    version: readVersion(from),
    workerFile: unpacked(join(dist, 'worker.mjs')),
    keyringFile: join(dist, 'keyring.mjs'),
    sampleFile: unpacked(join(dist, 'sample', 'store.tar.gz')),
    rendererFolder: join(dist, 'renderer'),
    preloadFile: join(dist, 'electron', 'preload.cjs'),
  }
}

/**
 * The folder that holds package.json above the module `from`: the checkout, the installed package or `app.asar`.
 *
 * @throws StrataError `internal` when there is none.
 */
export function packageRoot(from: string = import.meta.url): string {
  const file = from.startsWith('file:') ? fileURLToPath(from) : from
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) throw new StrataError('internal', `no package.json above ${file}`)
  }
}

function unpacked(path: string): string {
  return path.replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`)
}

/** The version in package.json. `from` as for `locateAssets`. */
export function readVersion(from: string = import.meta.url): string {
  const parsed: unknown = JSON.parse(readFileSync(join(packageRoot(from), 'package.json'), 'utf8'))
  const version = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined
  return typeof version === 'string' ? version : '0.0.0'
}
