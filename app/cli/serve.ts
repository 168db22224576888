import { locateAssets } from '../assets.ts'
import { serve } from '../server/serve.ts'
import { withEngine } from './session.ts'

/** `strata serve`: the app for a browser on this machine, until Ctrl-C. */
export async function serveApp({ port }: { readonly port?: number }): Promise<void> {
  await withEngine(async (engine) => {
    const server = await serve(engine, { port, rendererFolder: locateAssets().rendererFolder })
    console.log(`Strata is at ${server.url}\nThe address works once. Ctrl-C stops Strata.`)
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve)
      process.once('SIGTERM', resolve)
    })
    await server.close()
  })
}
