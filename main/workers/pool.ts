import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { PackedLayer, PackInput } from '../layer/pack.ts'
import { assertNever } from '../support/assert.ts'
import { StrataError } from '../support/errors.ts'
import { creditsPerHelper, type FromWorker, type ToWorker, type WorkerSetup } from './protocol.ts'

export interface PackOptions {
  readonly signal?: AbortSignal
  /** Tar bytes so far, headers and padding counted. */
  readonly onProgress?: (bytesDone: number) => void
}

/** Threads that pack packages, one package each, and help one another with their blocks when they have none. */
export interface WorkerPool {
  readonly threads: number
  /**
   * Packs a prefix into a file in its spool folder, which belongs to the caller then. Packings beyond the number of
   * threads wait in line. Throws what `packLayer` throws, `cancelled`, and `worker-failed` when a thread dies.
   */
  pack(input: PackInput, options?: PackOptions): Promise<PackedLayer>
  /** Ends the threads; what they were packing fails. */
  close(): Promise<void>
}

interface Task {
  readonly id: number
  readonly input: PackInput
  readonly spoolFile: string
  readonly onProgress: (bytesDone: number) => void
  readonly resolve: (layer: PackedLayer) => void
  readonly reject: (error: StrataError) => void
}

interface Thread {
  readonly worker: Worker
  /** What it packs; without a task it deflates for the others. */
  task: Task | undefined
  /** Blocks of others that it was given, by ticket. */
  readonly tickets: Set<number>
}

/** A block on its way: who handed it out, under which of its own numbers. */
interface Ticket {
  readonly owner: Thread
  readonly index: number
}

/**
 * Creates a pool; its threads start with the first packing. `file` is the bundled worker.
 *
 * The pool only routes: the blocks lie in memory that all threads share, what comes back is moved, not copied.
 */
export function createWorkerPool(options: { readonly file: string; readonly threads?: number }): WorkerPool {
  const threads = options.threads ?? availableParallelism()
  const credits = new Int32Array(new SharedArrayBuffer(4))
  const pool: Thread[] = []
  const queue: Task[] = []
  const tickets = new Map<number, Ticket>()
  let nextTask = 0
  let nextTicket = 0
  let closed = false

  const post = (thread: Thread, message: ToWorker, transfer: ArrayBuffer[] = []): void => {
    thread.worker.postMessage(message, transfer)
  }
  const startThread = (): void => {
    const workerData: WorkerSetup = { credits: credits.buffer as SharedArrayBuffer, threads }
    const worker = new Worker(options.file, { workerData })
    const thread: Thread = { worker, task: undefined, tickets: new Set() }
    pool.push(thread)
    Atomics.add(credits, 0, creditsPerHelper)
    worker.on('message', (message: FromWorker) => receive(thread, message))
    worker.on('error', (error) => lost(thread, error.message))
    worker.on('exit', (code) => lost(thread, `exit code ${code}`))
    // An idle pool does not keep the process alive.
    worker.unref()
  }
  const assign = (): void => {
    while (queue.length > 0 && !closed) {
      const free = pool.find((thread) => thread.task === undefined)
      if (!free && pool.length >= threads) return
      if (!free) {
        startThread()
        continue
      }
      const task = queue.shift()
      if (!task) return
      free.task = task
      Atomics.sub(credits, 0, creditsPerHelper)
      free.worker.ref()
      post(free, { kind: 'pack', task: task.id, input: task.input, spoolFile: task.spoolFile })
    }
  }
  /** The thread has nothing to pack now: it helps the others, or takes the next in line. */
  const release = (thread: Thread): Task | undefined => {
    const { task } = thread
    if (!task) return undefined
    thread.task = undefined
    Atomics.add(credits, 0, creditsPerHelper)
    if (thread.tickets.size === 0) thread.worker.unref()
    return task
  }
  const share = (owner: Thread, index: number, block: (ToWorker & { kind: 'deflate' })['block']): void => {
    const helpers = pool.filter((thread) => thread.task === undefined)
    const helper = helpers.sort((a, b) => a.tickets.size - b.tickets.size)[0]
    if (!helper) {
      // It found something to pack in the meantime: the owner deflates the block itself.
      Atomics.add(credits, 0, 1)
      post(owner, { kind: 'deflated', index, bytes: undefined })
      return
    }
    const ticket = nextTicket++
    tickets.set(ticket, { owner, index })
    helper.tickets.add(ticket)
    post(helper, { kind: 'deflate', ticket, block })
  }
  const receive = (thread: Thread, message: FromWorker): void => {
    switch (message.kind) {
      case 'progress':
        if (thread.task?.id === message.task) thread.task.onProgress(message.bytesDone)
        return
      case 'packed':
        release(thread)?.resolve(message.layer)
        assign()
        return
      case 'failed': {
        const { code, message: text, hint, details } = message.error
        release(thread)?.reject(new StrataError(code, text, { hint, details }))
        assign()
        return
      }
      case 'share':
        share(thread, message.index, message.block)
        return
      case 'deflated': {
        const { ticket, bytes } = message
        const known = tickets.get(ticket)
        tickets.delete(ticket)
        thread.tickets.delete(ticket)
        // The owner may have died or given up; then nobody waits for it.
        if (known && pool.includes(known.owner)) {
          post(known.owner, { kind: 'deflated', index: known.index, bytes }, [bytes.buffer as ArrayBuffer])
        }
        return
      }
      default:
        assertNever(message)
    }
  }
  /** A thread has died: its packing fails, the blocks it held go back, another thread takes its place when needed. */
  const lost = (thread: Thread, why: string): void => {
    const at = pool.indexOf(thread)
    if (at < 0) return
    pool.splice(at, 1)
    const task = release(thread)
    Atomics.sub(credits, 0, creditsPerHelper)
    for (const ticket of thread.tickets) {
      const known = tickets.get(ticket)
      tickets.delete(ticket)
      Atomics.add(credits, 0, 1)
      if (known && pool.includes(known.owner))
        post(known.owner, { kind: 'deflated', index: known.index, bytes: undefined })
    }
    if (task) {
      const error = closed
        ? new StrataError('cancelled', `${task.input.name}: the packing was stopped`)
        : new StrataError('worker-failed', `${task.input.name}: the thread that packed it died: ${why}`, {
            retryable: true,
          })
      void rm(task.spoolFile, { force: true }).finally(() => task.reject(error))
    }
    assign()
  }
  const cancel = (task: Task): void => {
    const waiting = queue.indexOf(task)
    if (waiting >= 0) {
      queue.splice(waiting, 1)
      task.reject(new StrataError('cancelled', `${task.input.name}: cancelled`))
      return
    }
    const thread = pool.find((one) => one.task === task)
    if (thread) post(thread, { kind: 'cancel', task: task.id })
  }

  return {
    threads,
    pack: (input, { signal, onProgress = () => undefined } = {}) =>
      new Promise((resolve, reject) => {
        if (closed || signal?.aborted) {
          reject(new StrataError('cancelled', `${input.name}: cancelled`))
          return
        }
        const id = nextTask++
        const spoolFile = join(input.spoolFolder, `${process.pid}-${randomBytes(8).toString('hex')}.tmp`)
        const onAbort = (): void => cancel(task)
        const end = (): void => signal?.removeEventListener('abort', onAbort)
        const task: Task = {
          id,
          input,
          spoolFile,
          onProgress,
          resolve: (layer) => {
            end()
            resolve(layer)
          },
          reject: (error) => {
            end()
            reject(error)
          },
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        queue.push(task)
        // Every thread from the start: those that get no package help with the first ones.
        while (pool.length < threads) startThread()
        assign()
      }),
    close: async () => {
      closed = true
      for (const task of queue.splice(0)) task.reject(new StrataError('cancelled', `${task.input.name}: cancelled`))
      await Promise.all([...pool].map((thread) => thread.worker.terminate()))
    },
  }
}
