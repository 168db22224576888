import type { ErrorBody } from '../api/errors.ts'
import type { PlacedPackage, PlaceInput } from '../buildcache/install/place.ts'
import type { Block } from '../layer/deflate.ts'
import type { MergedLayer, MergeInput } from '../layer/merge.ts'
import type { PackedLayer, PackInput } from '../layer/pack.ts'

/** Handed to a worker when it starts. */
export interface WorkerSetup {
  /**
   * One shared Int32: how many more blocks the workers that have no package would take. Whoever hands a block out takes one
   * from it, whoever deflated it gives it back. It is also the bound on blocks in flight.
   */
  readonly credits: SharedArrayBuffer
  readonly threads: number
}

/** What a thread is asked to do: for one package, or for several that are merged. */
export type Order =
  | { readonly kind: 'pack'; readonly input: PackInput; readonly spoolFile: string }
  /** Unpack and relocate. */
  | { readonly kind: 'place'; readonly input: PlaceInput }
  | { readonly kind: 'merge'; readonly input: MergeInput; readonly spoolFile: string }

/** What comes of it. */
export type Outcome<K extends Order['kind']> = K extends 'pack'
  ? PackedLayer
  : K extends 'merge'
    ? MergedLayer
    : PlacedPackage

/** Pool → worker. */
export type ToWorker =
  | { readonly kind: 'start'; readonly task: number; readonly order: Order }
  | { readonly kind: 'cancel'; readonly task: number }
  /** Deflate this block for another worker. */
  | { readonly kind: 'deflate'; readonly ticket: number; readonly block: Block }
  /** A block that this worker handed out came back; without `bytes` it must deflate the block itself. */
  | { readonly kind: 'deflated'; readonly index: number; readonly bytes: Uint8Array | undefined }

/** Worker → pool. */
export type FromWorker =
  | { readonly kind: 'progress'; readonly task: number; readonly bytesDone: number }
  | { readonly kind: 'finished'; readonly task: number; readonly outcome: Outcome<Order['kind']> }
  | { readonly kind: 'failed'; readonly task: number; readonly error: ErrorBody }
  /** Have another worker deflate this block; a credit was taken for it. */
  | { readonly kind: 'share'; readonly index: number; readonly block: Block }
  | { readonly kind: 'deflated'; readonly ticket: number; readonly bytes: Uint8Array }

/** Blocks given to a helper ahead of time, so that it has the next when it ends one. */
export const creditsPerHelper = 2
