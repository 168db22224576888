import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { PlacedPackage, PlaceInput } from '../buildcache/install/place.ts'
import type { Block } from '../layer/deflate.ts'
import type { MergedLayer, MergeInput } from '../layer/merge.ts'
import type { PackedLayer, PackInput } from '../layer/pack.ts'
import { newSpoolFile } from '../store/spool.ts'
import { assertNever } from '../support/assert.ts'
import { limitConcurrency } from '../support/concurrency.ts'
import { StrataError } from '../support/errors.ts'
import {
  creditsPerHelper,
  type FromWorker,
  type Order,
  type Outcome,
  type ToWorker,
  type WorkerSetup,
} from './protocol.ts'

export interface WorkOptions {
  readonly signal?: AbortSignal
  /** Bytes of the tar so far, headers and padding counted. */
  readonly onProgress?: (bytesDone: number) => void
}

/**
 * Threads that pack packages or unpack and relocate them, one package each; those that have none help the others that
 * pack with their blocks.
 */
export interface WorkerPool {
  readonly threads: number
  /**
   * Packs a prefix into a file in its spool folder, which belongs to the caller then. Packings beyond the number of
   * threads wait in line. Throws what `packLayer` throws, `cancelled`, and `worker-failed` when a thread dies; no
   * file is left then.
   */
  pack(input: PackInput, options?: WorkOptions): Promise<PackedLayer>
  /**
   * Merges layers into a file in their spool folder, which belongs to the caller then; as `pack` otherwise, with what
   * `mergeLayers` throws.
   */
  merge(input: MergeInput, options?: WorkOptions): Promise<MergedLayer>
  /**
   * Unpacks a package into `input.target` and relocates it there. One thread fewer than there are does so at a time, since
   * inflating and fetching take place beside them; of those in line the largest layer goes first. Throws what
   * `placePackage` throws, `cancelled` and `worker-failed`; nothing is left there then.
   */
  place(input: PlaceInput, options?: WorkOptions): Promise<PlacedPackage>
  /** Starts the threads that `place` works on, so that they are ready when there is something to do. */
  prepareToPlace(): void
  /** Ends the threads; what they were at fails with `cancelled`, and its files are gone when this returns. */
  close(): Promise<void>
}

/**
 * Creates a pool; its threads start with the first packing. `file` is the bundled worker.
 *
 * The pool only routes: the blocks lie in memory that all threads share, what comes back is moved, not copied.
 */
export function createWorkerPool(options: { readonly file: string; readonly threads?: number }): WorkerPool {
  return new Pool(options.file, options.threads ?? availableParallelism())
}

interface Task {
  readonly id: number
  readonly order: Order
  /** What it writes, to be removed when its thread dies. */
  readonly output: string
  readonly onProgress: (bytesDone: number) => void
  readonly resolve: (outcome: Outcome<Order['kind']>) => void
  readonly reject: (error: StrataError) => void
}

interface Thread {
  readonly worker: Worker
  /** What it works on; without a task it deflates for the others. */
  task: Task | undefined
  /** Blocks of others that it was given, by ticket. */
  readonly tickets: Set<number>
}

/** A block on its way: who handed it out, under which of its own numbers. */
interface Ticket {
  readonly owner: Thread
  readonly index: number
}

class Pool implements WorkerPool {
  readonly threads: number
  private readonly file: string
  private readonly placers: number
  private readonly placing: ReturnType<typeof limitConcurrency>
  private readonly credits = new Int32Array(new SharedArrayBuffer(4))
  private readonly running: Thread[] = []
  /** Tasks that no thread has taken yet. */
  private readonly queue: Task[] = []
  private readonly tickets = new Map<number, Ticket>()
  private readonly unsettled = new Set<Promise<unknown>>()
  private nextTask = 0
  private nextTicket = 0
  private closed = false

  constructor(file: string, threads: number) {
    this.file = file
    this.threads = threads
    this.placers = Math.max(1, threads - 1)
    this.placing = limitConcurrency(this.placers)
  }

  pack(input: PackInput, options: WorkOptions = {}): Promise<PackedLayer> {
    const spoolFile = newSpoolFile(input.spoolFolder)
    return this.work({ kind: 'pack', input, spoolFile }, spoolFile, options)
  }

  merge(input: MergeInput, options: WorkOptions = {}): Promise<MergedLayer> {
    const spoolFile = newSpoolFile(input.spoolFolder)
    return this.work({ kind: 'merge', input, spoolFile }, spoolFile, options)
  }

  place(input: PlaceInput, options: WorkOptions = {}): Promise<PlacedPackage> {
    return this.placing(() => this.work({ kind: 'place', input }, input.target, options), input.expected?.size)
  }

  prepareToPlace(): void {
    this.startThreads(this.placers)
  }

  private async work<K extends Order['kind']>(
    order: Order & { readonly kind: K },
    output: string,
    options: WorkOptions,
  ): Promise<Outcome<K>> {
    if (this.closed || options.signal?.aborted) throw cancelled(order)
    const id = this.nextTask++
    const { signal, onProgress = () => undefined } = options
    const working = new Promise<Outcome<K>>((resolve, reject) => {
      // A thread answers an order of a kind with that kind's outcome.
      this.queue.push({
        id,
        order,
        output,
        onProgress,
        resolve: resolve as Task['resolve'],
        reject,
      })
    })
    const onAbort = (): void => this.cancel(id)
    signal?.addEventListener('abort', onAbort, { once: true })
    // Every thread from the start: those that get no package to pack help with the first ones.
    if (order.kind !== 'place') this.startThreads(this.threads)
    this.assign()
    this.unsettled.add(working)
    try {
      return await working
    } finally {
      this.unsettled.delete(working)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async close(): Promise<void> {
    this.closed = true
    for (const task of this.queue.splice(0)) task.reject(cancelled(task.order))
    await Promise.all(this.running.map((thread) => thread.worker.terminate()))
    await Promise.allSettled(this.unsettled)
  }

  private startThreads(count: number): void {
    while (this.running.length < count && !this.closed) this.startThread()
  }

  private startThread(): void {
    const workerData: WorkerSetup = { credits: this.credits.buffer as SharedArrayBuffer, threads: this.threads }
    const worker = new Worker(this.file, { workerData })
    const thread: Thread = { worker, task: undefined, tickets: new Set() }
    this.running.push(thread)
    Atomics.add(this.credits, 0, creditsPerHelper)
    worker.on('message', (message: FromWorker) => this.receive(thread, message))
    worker.on('error', (error) => this.lost(thread, error.message))
    worker.on('exit', (code) => this.lost(thread, `exit code ${code}`))
    // Only a task keeps the process alive; helpers live as long as it does.
    worker.unref()
  }

  /** Gives waiting tasks to threads that have none. */
  private assign(): void {
    while (this.queue.length > 0 && !this.closed) {
      const free = this.running.find((thread) => thread.task === undefined)
      if (!free && this.running.length >= this.threads) return
      if (!free) {
        this.startThread()
        continue
      }
      const task = this.queue.shift()
      if (!task) return
      free.task = task
      Atomics.sub(this.credits, 0, creditsPerHelper)
      free.worker.ref()
      post(free, { kind: 'start', task: task.id, order: task.order })
    }
  }

  private receive(thread: Thread, message: FromWorker): void {
    switch (message.kind) {
      case 'progress':
        if (thread.task?.id === message.task) thread.task.onProgress(message.bytesDone)
        return
      case 'finished':
        this.release(thread)?.resolve(message.outcome)
        this.assign()
        return
      case 'failed': {
        const { code, message: text, hint, details } = message.error
        this.release(thread)?.reject(new StrataError(code, text, { hint, details }))
        this.assign()
        return
      }
      case 'share':
        this.share(thread, message.index, message.block)
        return
      case 'deflated':
        thread.tickets.delete(message.ticket)
        this.deliver(message.ticket, message.bytes)
        return
      default:
        assertNever(message)
    }
  }

  /** The thread has no task now: it helps the others until it takes the next in line. */
  private release(thread: Thread): Task | undefined {
    const { task } = thread
    if (!task) return undefined
    thread.task = undefined
    Atomics.add(this.credits, 0, creditsPerHelper)
    thread.worker.unref()
    return task
  }

  /** Gives a block to the thread that has the least to do among those without a task. */
  private share(owner: Thread, index: number, block: Block): void {
    const helpers = this.running.filter((thread) => thread.task === undefined)
    const helper = helpers.sort((a, b) => a.tickets.size - b.tickets.size)[0]
    if (!helper) {
      // They found something to pack in the meantime: the owner deflates the block itself.
      Atomics.add(this.credits, 0, 1)
      post(owner, { kind: 'deflated', index, bytes: undefined })
      return
    }
    const ticket = this.nextTicket++
    this.tickets.set(ticket, { owner, index })
    helper.tickets.add(ticket)
    post(helper, { kind: 'deflate', ticket, block })
  }

  /** A block goes back to its owner, deflated or not, unless the owner has died. */
  private deliver(ticket: number, bytes: Uint8Array | undefined): void {
    const known = this.tickets.get(ticket)
    this.tickets.delete(ticket)
    if (!known || !this.running.includes(known.owner)) return
    post(known.owner, { kind: 'deflated', index: known.index, bytes }, bytes ? [bytes.buffer as ArrayBuffer] : [])
  }

  /** A thread has died: its task fails, the blocks it held go back, another thread takes its place when needed. */
  private lost(thread: Thread, why: string): void {
    const at = this.running.indexOf(thread)
    if (at < 0) return
    this.running.splice(at, 1)
    const task = this.release(thread)
    Atomics.sub(this.credits, 0, creditsPerHelper)
    for (const ticket of thread.tickets) {
      Atomics.add(this.credits, 0, 1)
      this.deliver(ticket, undefined)
    }
    if (task) {
      const error = this.closed ? cancelled(task.order) : died(task.order, why)
      void rm(task.output, { recursive: true, force: true })
        .catch(() => undefined)
        .then(() => task.reject(error))
    }
    this.assign()
  }

  private cancel(id: number): void {
    const waiting = this.queue.findIndex((task) => task.id === id)
    if (waiting >= 0) {
      for (const task of this.queue.splice(waiting, 1)) task.reject(cancelled(task.order))
      return
    }
    const thread = this.running.find((one) => one.task?.id === id)
    if (thread) post(thread, { kind: 'cancel', task: id })
  }
}

function post(thread: Thread, message: ToWorker, transfer: ArrayBuffer[] = []): void {
  thread.worker.postMessage(message, transfer)
}

function cancelled({ input }: Order): StrataError {
  return new StrataError('cancelled', `${input.name}: cancelled`)
}

function died({ input }: Order, why: string): StrataError {
  return new StrataError('worker-failed', `${input.name}: the thread that worked on it died: ${why}`, {
    retryable: true,
  })
}
