import { spawn } from 'node:child_process'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import { StrataError, toStrataError } from '../main/support/errors.ts'
import { locateAssets, packageRoot } from './assets.ts'
import { needsBuild } from './build/sources.ts'
import { findElectron, hasDisplay } from './electron/binary.ts'

/**
 * `npm start`: builds when the sources are newer than `dist`, then opens the desktop window; where Electron cannot
 * run it says so in one line and serves the same app to the browser. `--browser` asks for the latter, `--port` too.
 */
async function launch(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  const root = packageRoot()
  if (await needsBuild(root)) {
    console.log('Building (the first start and after changes only)…')
    await build(root)
  }
  if (!options.browser) {
    const electron = await findElectron(root, process.env)
    if (electron.kind === 'found') return runElectron(electron.path, root)
    console.log(`No window: ${electron.why}; serving the app to the browser instead.`)
  }
  await runServer(options.port)
}

async function build(root: string): Promise<void> {
  const { buildAll } = await import('./build/build.ts')
  try {
    await buildAll(root)
  } catch (thrown) {
    const what = stripVTControlCharacters(thrown instanceof Error ? thrown.message : String(thrown))
    throw new StrataError('internal', what, { hint: 'If packages are missing, run npm ci and start again.' })
  }
}

function readOptions(args: readonly string[]): { browser: boolean; port: number | undefined } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { browser: { type: 'boolean' }, port: { type: 'string' } },
    })
    const port = values.port === undefined ? undefined : Number(values.port)
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
      throw new Error(`--port ${values.port}: not a port number`)
    }
    return { browser: values.browser === true || port !== undefined, port }
  } catch (thrown) {
    throw new StrataError('usage', toStrataError(thrown).message, { hint: 'npm start -- [--browser] [--port PORT]' })
  }
}

/** Runs the desktop shell and ends as it ends. A Ctrl-C reaches it through the terminal; a SIGTERM is passed on. */
function runElectron(program: string, root: string): void {
  const child = spawn(program, [root], { stdio: 'inherit' })
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', fail)
  child.on('exit', (code) => {
    process.exitCode = code ?? 0
  })
}

async function runServer(port: number | undefined): Promise<void> {
  const [{ composeEngine }, { serve }, { openInBrowser }] = await Promise.all([
    import('./compose.ts'),
    import('./server/serve.ts'),
    import('./server/browser.ts'),
  ])
  const assets = locateAssets()
  const engine = await composeEngine({ ...assets, env: process.env })
  const server = await serve(engine, { port, rendererFolder: assets.rendererFolder })
  console.log(`Strata is at ${server.url}\nThe address works once. Ctrl-C stops Strata.`)
  const desktop = process.platform !== 'linux' || hasDisplay(process.env)
  const tidy = desktop ? await openInBrowser(server.url) : async () => undefined

  const stop = () => {
    // A second Ctrl-C ends it the hard way.
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    Promise.all([server.close(), engine.close(), tidy()]).catch(fail)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function fail(thrown: unknown): void {
  const { code, message, hint } = toStrataError(thrown)
  console.error(hint === undefined ? message : `${message}\n${hint}`)
  process.exitCode = code === 'usage' ? 2 : 1
}

launch(process.argv.slice(2)).catch(fail)
