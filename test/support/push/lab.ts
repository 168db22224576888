import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageConfig, ImageManifest } from '../../../main/image/document.ts'

const folder = join(import.meta.dirname, '../../fixtures')

/** What a tag of an OCI build cache holds. */
export interface CachedImage {
  readonly digest: string
  readonly manifest: ImageManifest
  readonly config: ImageConfig
}

/** A folder in which the lab's /home/demo/spack lies: with it everything is compared, `tools` included. */
export const labStore = process.env.STRATA_LAB_STORE

/** What Spack 0.22.5 pushed from the lab, by tag: `buildcache push --update-index --tag tools`. */
export function readLabImages(): Readonly<Record<string, CachedImage>> {
  return JSON.parse(readFileSync(join(folder, 'lab/oci.json'), 'utf8'))
}

/** The index that it wrote: the content of `index.spack`, as it lay in the registry. */
export function readLabIndex(): Buffer {
  return readFileSync(join(folder, 'lab/index-spack.json'))
}

/** The lab's environment, to be put into a folder. */
export const labEnvironment = {
  'spack.yaml': join(folder, 'spack/tools.yaml'),
  'spack.lock': join(folder, 'spack/tools.lock'),
}
