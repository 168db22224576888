import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundles the worker thread into one ES module file, which needs nothing beside it. */
export async function buildWorker(outfile: string): Promise<void> {
  await bundle('../../main/workers/entry.ts', outfile)
}

/** Bundles the keyring program likewise. Its native library stays outside: it is looked for when it is needed. */
export async function buildKeyring(outfile: string): Promise<void> {
  await bundle('../../main/registry/credentials/keyring-program.ts', outfile)
}

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    outfile,
    external: ['@napi-rs/keyring'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  })
}
