import { rmSync } from 'node:fs'
import { StrataError, toStrataError } from '../support/errors.ts'
import { Extraction, type TreePermissions } from './extraction.ts'
import { findPrefix } from './find-prefix.ts'
import { type LayerDigests, readLayer } from './layer-stream.ts'
import type { StoredBuildInfo } from './read-build-info.ts'
import { TarReader } from './tar-reader.ts'

/** One package's layer to unpack. */
export interface ExtractInput {
  /** For messages: `cowsay@3.03/37rvtkm`. */
  readonly name: string
  /** The layer: a gzip-compressed tar. */
  readonly file: string
  /** What the manifest and the config say of it; what is given is checked. */
  readonly expected?: Partial<LayerDigests>
  /** The folder to make: nothing is there yet, and its parent is. */
  readonly target: string
  /** The package's prefix in the archive; found when it is not given. */
  readonly prefix?: string
  /** Bytes that the tar may have at most: the guard against a small file that unpacks without end. */
  readonly maxUncompressedSize: number
  readonly permissions?: TreePermissions
}

export interface ExtractRun {
  /** Hears of the tar bytes so far; throws to stop. */
  readonly onChunk: (bytesDone: number) => void
}

export interface ExtractedLayer extends LayerDigests {
  /** Where the package lay in the archive, without a leading slash. Since layout 2 this is its old prefix. */
  readonly archivePrefix: string
  /** Its lists name only files and links that are there, each inode once. */
  readonly buildInfo: StoredBuildInfo
  /** Files, links and directories in the prefix. */
  readonly entries: number
  /** Bytes of content of all files. */
  readonly contentBytes: number
}

/**
 * Unpacks the layer of a package into a fresh folder, as Spack does (`extract_buildcache_tarball`,
 * `permissions_setters`): what lies below the package's prefix, without that prefix, with the times of the archive and the
 * modes of the configuration. The archive is not trusted: see `PathGuard`. Reads and writes each byte once, and
 * hashes both forms on the way; memory does not depend on the package's size.
 *
 * Throws `layer-invalid`, `layer-unsafe`, `size-exceeded`, `digest-mismatch`, `prefix-exists`, `disk-full`, and what the
 * file system says; the folder is gone then.
 */
export async function extractLayer(input: ExtractInput, run: ExtractRun): Promise<ExtractedLayer> {
  try {
    if (input.prefix !== undefined) return await extractOnce(input, input.prefix, run)
    return await extractWithGuess(input, run)
  } catch (thrown) {
    throw named(input, thrown)
  }
}

/**
 * Spack's rule for the prefix, the shortest path that ends in `.spack/binary_distribution`, needs the whole archive, and
 * that file comes last. But the first file of every archive that Spack wrote tells it, so that is tried first.
 */
async function extractWithGuess(input: ExtractInput, run: ExtractRun): Promise<ExtractedLayer> {
  const first = await findPrefix(input.file, input.maxUncompressedSize, 'first-file')
  try {
    return await extractOnce(input, first, run)
  } catch (thrown) {
    if (!(thrown instanceof StrataError && (thrown.code === 'layer-unsafe' || thrown.code === 'layer-invalid')))
      throw thrown
    const ruled = await findPrefix(input.file, input.maxUncompressedSize, 'shortest')
    if (ruled === first) throw thrown
    return extractOnce(input, ruled, run)
  }
}

async function extractOnce(input: ExtractInput, prefix: string, run: ExtractRun): Promise<ExtractedLayer> {
  const extraction = new Extraction(input.target, prefix, input.permissions)
  try {
    const reader = new TarReader(extraction)
    const digests = await readLayer(input.file, input.maxUncompressedSize, (chunk, bytesDone) => {
      reader.push(chunk)
      run.onChunk(bytesDone)
    })
    reader.finish()
    checkDigests(input.expected ?? {}, digests)
    const buildInfo = extraction.finish()
    const { entries, contentBytes } = extraction
    return { ...digests, archivePrefix: prefix, buildInfo, entries, contentBytes }
  } catch (thrown) {
    extraction.abandon()
    rmSync(input.target, { recursive: true, force: true })
    throw thrown
  }
}

/** Throws `digest-mismatch` where a layer is not what its manifest or its config says. */
export function checkDigests(expected: Partial<LayerDigests>, found: LayerDigests): void {
  for (const field of ['digest', 'size', 'diffId', 'uncompressedSize'] as const) {
    if (expected[field] === undefined || expected[field] === found[field]) continue
    throw new StrataError('digest-mismatch', `its layer's ${field} is ${found[field]} instead of ${expected[field]}`, {
      hint: 'The cache holds something else than its manifest says: push the package again.',
      details: { expected: expected[field], found: found[field] },
    })
  }
}

/** The same error, with the package's name before it. */
function named(input: ExtractInput, thrown: unknown): StrataError {
  const error = toStrataError(thrown)
  const { hint, details, retryable } = error
  return new StrataError(error.code, `${input.name}: ${error.message}`, { hint, details, retryable, cause: thrown })
}
