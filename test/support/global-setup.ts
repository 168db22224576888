import { buildWorker } from '../../app/build/worker.ts'
import { missingPackages } from './programs.ts'
import { workerFile } from './worker.ts'

export async function setup(): Promise<void> {
  await buildWorker(workerFile)
  const missing = await missingPackages()
  if (missing.length > 0) console.log(`Tests that need these are skipped: ${missing.join(' ')} (Debian: apt install)`)
}
