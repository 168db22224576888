import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { BinaryDistribution } from './lab-entries.ts'

/** One file of a package as it lies in the cache, and what Spack 0.22.5 made of it in another store. */
export interface RelocationCase {
  readonly path: string
  readonly kind: 'text' | 'binary' | 'link'
  /** The content in base64, a link's target as it is. */
  readonly before: string
  /** The content's SHA-256, a link's target as it is. */
  readonly after: string
}

export interface RelocatedPackage {
  readonly name: string
  readonly binaryDistribution: BinaryDistribution
  /** The root of the store that it was installed into; the projection is the same in both. */
  readonly newRoot: string
  readonly cases: readonly RelocationCase[]
}

export type RelocatedHead = Omit<RelocatedPackage, 'cases'>

export const relocationFolder = join(import.meta.dirname, '../fixtures/relocate')

/** Packages of the lab in pieces; `make-relocation-cases.ts` wrote them. */
export function readRelocatedPackages(): RelocatedPackage[] {
  return readdirSync(relocationFolder)
    .sort()
    .map((file) => {
      const [head = '', ...rows] = gunzipSync(readFileSync(join(relocationFolder, file)))
        .toString()
        .trim()
        .split('\n')
      return {
        ...(JSON.parse(head) as RelocatedHead),
        cases: rows.map((row) => JSON.parse(row) as RelocationCase),
      }
    })
}
