import type { MessagePort } from 'node:worker_threads'
import { type Block, deflateBlock } from '../layer/deflate.ts'
import { packLayer } from '../layer/pack.ts'
import { assertNever } from '../support/assert.ts'
import { StrataError, toErrorBody } from '../support/errors.ts'
import {
  creditsPerHelper,
  type FromWorker,
  type Order,
  type Outcome,
  type ToWorker,
  type WorkerSetup,
} from './protocol.ts'

/** Progress is told at most this often, in milliseconds. */
const progressInterval = 50

/** Serves the pool on `port`: works on one package at a time, and deflates blocks for workers that pack. */
export function startWorker(port: MessagePort, setup: WorkerSetup): void {
  const credits = new Int32Array(setup.credits)
  const sharing = new Sharing(port, credits)
  /** The task that is worked on now, and whether it was cancelled meanwhile. */
  let current: { readonly task: number; cancelled: boolean } | undefined
  const start = async (task: number, order: Order): Promise<void> => {
    const running = { task, cancelled: false }
    current = running
    let told = 0
    /** Between two pieces of work: tells how far it is, and ends it when it was cancelled. */
    const onBytes = (bytesDone: number): void => {
      if (running.cancelled) throw new StrataError('cancelled', 'cancelled')
      const now = performance.now()
      if (now - told < progressInterval) return
      told = now
      post(port, { kind: 'progress', task, bytesDone })
    }
    try {
      post(port, { kind: 'finished', task, outcome: await perform(order, onBytes) })
    } catch (thrown) {
      post(port, { kind: 'failed', task, error: toErrorBody(thrown) })
    }
  }
  const perform = async (order: Order, onBytes: (bytesDone: number) => void): Promise<Outcome<Order['kind']>> => {
    const writing = {
      // Room for every helper's blocks and as many more that this worker deflates meanwhile.
      maxPending: 2 * creditsPerHelper * setup.threads,
      onBlock: onBytes,
      deflate: (block: Block) => sharing.deflate(block),
    }
    if (order.kind === 'merge') {
      const { mergeLayers } = await import('../layer/merge.ts')
      const { input, spoolFile } = order
      return mergeLayers(input.layers, { ...writing, spoolFile, maxUncompressedSize: input.maxUncompressedSize })
    }
    if (order.kind === 'place') {
      // Loaded late: what reads YAML would keep every thread of a push from starting for 20 ms.
      const { placePackage } = await import('../buildcache/install/place.ts')
      return placePackage(order.input, { onChunk: onBytes })
    }
    return packLayer(order.input, { ...writing, spoolFile: order.spoolFile })
  }
  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'start':
        void start(message.task, message.order)
        return
      case 'cancel':
        // It may have ended while the message was on its way.
        if (current?.task === message.task) current.cancelled = true
        return
      case 'deflate': {
        const bytes = transferable(deflateBlock(message.block))
        Atomics.add(credits, 0, 1)
        post(port, { kind: 'deflated', ticket: message.ticket, bytes }, [bytes.buffer])
        return
      }
      case 'deflated':
        sharing.receive(message.index, message.bytes)
        return
      default:
        assertNever(message)
    }
  })
}

/** Hands blocks to other workers while they have credit; otherwise deflates them here. */
class Sharing {
  private readonly port: MessagePort
  private readonly credits: Int32Array
  private readonly waiting = new Map<number, { block: Block; resolve: (bytes: Uint8Array) => void }>()
  private next = 0

  constructor(port: MessagePort, credits: Int32Array) {
    this.port = port
    this.credits = credits
  }

  deflate(block: Block): Uint8Array | Promise<Uint8Array> {
    if (!this.takeCredit()) return deflateBlock(block)
    const index = this.next++
    return new Promise((resolve) => {
      this.waiting.set(index, { block, resolve })
      post(this.port, { kind: 'share', index, block })
    })
  }

  receive(index: number, bytes: Uint8Array | undefined): void {
    const waiting = this.waiting.get(index)
    this.waiting.delete(index)
    waiting?.resolve(bytes ?? deflateBlock(waiting.block))
  }

  private takeCredit(): boolean {
    for (;;) {
      const left = Atomics.load(this.credits, 0)
      if (left <= 0) return false
      if (Atomics.compareExchange(this.credits, 0, left, left - 1) === left) return true
    }
  }
}

/** The bytes in memory of their own, which can move to another thread without a copy. */
function transferable(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  // Small outputs may lie in Node's shared pool, which must not be taken away from the others in it.
  if (buffer instanceof ArrayBuffer && bytes.length * 4 > buffer.byteLength && buffer.byteLength > 65_536) {
    return new Uint8Array(buffer, bytes.byteOffset, bytes.length)
  }
  return new Uint8Array(bytes)
}

function post(port: MessagePort, message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
