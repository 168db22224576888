import { homedir } from 'node:os'
import { join } from 'node:path'
import { createEngine, type OwnedEngine } from '../main/engine.ts'
import { openKeychain, type Vault } from '../main/registry/credentials/keychain.ts'
import { keyringVault } from '../main/registry/credentials/keyring.ts'
import { openBlobStore } from '../main/store/blob-store.ts'
import { strataFolders } from '../main/support/folders.ts'
import { openSettings } from '../main/support/settings.ts'
import { createWorkerPool } from '../main/workers/pool.ts'

/** Builds the engine from its parts: the only place that news things up. Threads start with the first package packed. */
export async function composeEngine(options: {
  readonly version: string
  readonly workerFile: string
  readonly keyringFile: string
  readonly sampleFile: string
  readonly env: NodeJS.ProcessEnv
  /** Where this shell can keep secrets; the system's keyring unless it has something better. */
  readonly vault?: Vault
}): Promise<OwnedEngine> {
  const { env, version, sampleFile, workerFile, keyringFile } = options
  const home = env.HOME || homedir()
  const folders = strataFolders(env, home, process.platform)
  const settings = await openSettings(folders.config)
  const store = await openBlobStore({ root: join(folders.cache, 'blobs'), limitBytes: settings.read().cacheLimitBytes })
  const pool = createWorkerPool({ file: workerFile })
  const vault = options.vault ?? keyringVault({ program: keyringFile, env })
  const keychain = openKeychain({ folder: folders.config, vault })
  return createEngine({ env, home, version, sampleFile, folders, settings, keychain, store, pool, now: Date.now })
}
