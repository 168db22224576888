import { dirname } from 'node:path'
import { buildCli } from './cli.ts'

/** Builds the app once for a whole Playwright run, into a folder of its own: a checkout that was never built will do. */
// biome-ignore lint/style/noDefaultExport: the only form Playwright takes
export default async function buildOnce(): Promise<() => Promise<void>> {
  const built = await buildCli()
  process.env.STRATA_TEST_DIST = dirname(built.file)
  return () => built.remove()
}
