import { parentPort, workerData } from 'node:worker_threads'
import { startWorker } from './worker.ts'

if (parentPort) startWorker(parentPort, workerData)
