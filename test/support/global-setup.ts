import { buildWorker } from '../../app/build/worker.ts'
import { workerFile } from './worker.ts'

export async function setup(): Promise<void> {
  await buildWorker(workerFile)
}
