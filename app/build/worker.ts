import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundled CommonJS packages call require() for node's own modules, which an ES module does not have. */
export const requireBanner =
  "import { createRequire as strataCreateRequire } from 'node:module'\nconst require = strataCreateRequire(import.meta.url)"

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
    minifySyntax: true,
    minifyWhitespace: true,
    banner: { js: requireBanner },
    logLevel: 'warning',
  })
}
