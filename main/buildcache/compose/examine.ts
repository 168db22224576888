import type { Readable } from 'node:stream'
import type { Finding } from '../../api/models.ts'
import type { ImageLayer } from '../../image/assemble.ts'
import type { BaseImage } from '../../image/base.ts'
import type { BlobDescriptor } from '../../registry/digest.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import type { BlobStore } from '../../store/blob-store.ts'

/** What an examination looks into. */
export interface Examined {
  readonly packages: readonly { readonly node: SpecNode; readonly layer: ImageLayer }[]
  readonly base: BaseImage | undefined
  /** Streams a package's layer from the cache, verified. */
  readonly openLayer: (blob: BlobDescriptor) => Promise<Readable>
  /** Streams a layer of the base. */
  readonly openBaseLayer: (blob: BlobDescriptor) => Promise<Readable>
}

export interface Examination {
  /** What would not run and why. Of what was not looked into nothing is said. */
  readonly findings: readonly Finding[]
  /** Layers, packages' and base's, that were looked into, of all. */
  readonly done: number
  readonly total: number
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly system?: string
  /** `glibc 2.36`. */
  readonly libc?: string
}

/** Whether the programs of these packages will run on that base. `known`: nothing is streamed. */
export async function examine(
  { packages, base }: Examined,
  _options: {
    readonly store: BlobStore
    readonly mode: 'known' | 'all'
    readonly signal?: AbortSignal
    readonly onProgress?: (done: number, total: number, name: string) => void
  },
): Promise<Examination> {
  return { findings: [], done: 0, total: packages.length + (base?.manifest.layers.length ?? 0) }
}
