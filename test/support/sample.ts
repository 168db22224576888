import { join } from 'node:path'
import { unpackArchive } from '../../main/store/archive.ts'

/** The sample's archive, as it ships. */
export const sampleFile = join(import.meta.dirname, '../../app/sample/store.tar.gz')

/** Where the sample's Spack says it is, and its environment. */
export const sampleSpack = '/home/demo/spack'
export const sampleEnvironment = 'sample'

/** Unpacks the sample into a folder that does not exist yet and can then stand for `/`. */
export function unpackSample(folder: string): Promise<void> {
  return unpackArchive(sampleFile, folder)
}
