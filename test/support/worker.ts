import { join } from 'node:path'

/** The worker thread as the tests run it: bundled once for all of them by the global set-up. */
export const workerFile = join(import.meta.dirname, '../../.cache/strata/worker.mjs')
