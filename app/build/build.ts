import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOptions, Plugin } from 'esbuild'
import { build as bundle } from 'esbuild'
import { build as buildPage } from 'vite'
import { packageRoot } from '../assets.ts'
import { stampName } from './sources.ts'
import { buildKeyring, buildWorker, requireBanner } from './worker.ts'

/** The oldest Node we run on (package.json, `engines`); Electron's is newer. */
const target = 'node20.15'

/**
 * Builds everything that runs without the sources:
 *
 * - `strata.js` the command line; loads what a command needs from `chunks/` only when it needs it
 * - `worker.mjs` the worker thread, one file
 * - `keyring.mjs` the program that reaches the system's keyring; finds its native library in node_modules or does without
 * - `electron/main.js`, `electron/preload.cjs` the desktop shell; a sandboxed preload has to be CommonJS
 * - `renderer/` the page
 * - `sample/store.tar.gz`
 *
 * @param root absolute path of the checkout.
 * @param outFolder replaced as a whole; `dist` in the checkout unless a test wants it elsewhere.
 * @throws what vite or esbuild throw for a source that does not build.
 */
export async function buildAll(root: string, outFolder: string = join(root, 'dist')): Promise<void> {
  // vite believes an inherited NODE_ENV (a test runner's, a user's) and would bundle React's development build.
  process.env.NODE_ENV = 'production'
  await rm(outFolder, { recursive: true, force: true })
  await mkdir(join(outFolder, 'sample'), { recursive: true })
  await Promise.all([
    bundleNode(root, outFolder),
    bundle({
      ...shared,
      entryPoints: [join(root, 'app', 'electron', 'preload.ts')],
      outfile: join(outFolder, 'electron', 'preload.cjs'),
      format: 'cjs',
    }),
    buildWorker(join(outFolder, 'worker.mjs')),
    buildKeyring(join(outFolder, 'keyring.mjs')),
    buildPage({
      configFile: join(root, 'vite.config.ts'),
      root: join(root, 'renderer'),
      logLevel: 'error',
      build: { outDir: join(outFolder, 'renderer'), emptyOutDir: true },
    }),
    cp(join(root, 'app', 'sample', 'store.tar.gz'), join(outFolder, 'sample', 'store.tar.gz')),
  ])
  await writeFile(join(outFolder, stampName), `${JSON.stringify({ builtAt: new Date().toISOString() })}\n`)
}

const shared = {
  bundle: true,
  platform: 'node',
  target,
  // koffi brings a native library, which it looks for beside itself.
  external: ['electron', 'koffi'],
  // A smaller bundle is parsed sooner; names stay, for stack traces that can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  logLevel: 'warning',
} satisfies BuildOptions

/**
 * undici without what we never use of it. Its `index.js` loads fetch, web sockets, caches and mocks as well: a command that
 * talks to a registry would start 40 ms later.
 */
const undiciDispatchers: Plugin = {
  name: 'undici-dispatchers',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^undici$/ }, ({ resolveDir }) => ({
      path: 'undici',
      namespace: 'undici-dispatchers',
      pluginData: resolveDir,
    }))
    onLoad({ filter: /.*/, namespace: 'undici-dispatchers' }, ({ pluginData: resolveDir }) => ({
      resolveDir,
      contents: `
        const Dispatcher = require('undici/lib/dispatcher/dispatcher.js')
        Object.assign(Dispatcher.prototype, require('undici/lib/api/index.js'))
        module.exports = {
          Pool: require('undici/lib/dispatcher/pool.js'),
          ProxyAgent: require('undici/lib/dispatcher/proxy-agent.js'),
          buildConnector: require('undici/lib/core/connect.js'),
        }`,
    }))
  },
}

/** The command line and Electron's main process in one go, so that they share their chunks. */
async function bundleNode(root: string, outFolder: string): Promise<void> {
  await bundle({
    ...shared,
    entryPoints: {
      strata: join(root, 'app', 'cli', 'main.ts'),
      'electron/main': join(root, 'app', 'electron', 'main.ts'),
    },
    outdir: outFolder,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    splitting: true,
    banner: { js: requireBanner },
    plugins: [undiciDispatchers],
  })
  await chmod(join(outFolder, 'strata.js'), 0o755)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAll(packageRoot())
}
