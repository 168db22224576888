import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ExtractedLayer, type ExtractInput, type ExtractRun, extractLayer } from '../../layer/extract.ts'
import type { StoredBuildInfo } from '../../layer/read-build-info.ts'
import { createPrefixMap, type PrefixMap } from '../../relocate/prefix-map.ts'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { type RelocatedFiles, relocateTree } from './relocate-tree.ts'

/** One package to unpack and relocate. Plain data: it goes to a worker thread. */
export interface PlaceInput extends ExtractInput {
  /** Where the package will be once `target` is renamed. */
  readonly prefix: string
  /** The prefix here of what the package names, by the DAG hash that it names it by. */
  readonly prefixes: Readonly<Record<string, string>>
  /** The new store's root with its padding, and its sbang. */
  readonly storeRoot: string
  readonly sbangPath: string
  /** Of a spliced package: the spec document to put into it, since the one that it brings is of what was built. */
  readonly specJson?: string
  /** Only looks whether it could be installed; nothing is left. */
  readonly check?: boolean
}

export interface PlacedPackage extends Omit<ExtractedLayer, 'buildInfo'> {
  /** Its prefix where it was packed. */
  readonly oldPrefix: string
  readonly relocated: RelocatedFiles
}

/**
 * Unpacks a package into `target` and relocates it for `prefix`. Throws what `extractLayer` and `relocateTree` throw,
 * with the package's name; nothing is left then.
 */
export async function placePackage(input: PlaceInput, run: ExtractRun): Promise<PlacedPackage> {
  const { prefix: _, ...extraction } = input
  const { buildInfo, ...layer } = await extractLayer(extraction, run)
  try {
    const { sbangPath, check } = input
    const relocated = relocateTree(input.target, buildInfo, prefixMapOf(input, buildInfo), { sbangPath, check })
    if (input.specJson !== undefined) replaceSpec(input.target, input.specJson)
    if (check) rmSync(input.target, { recursive: true, force: true })
    return { ...layer, oldPrefix: buildInfo.prefix, relocated }
  } catch (thrown) {
    rmSync(input.target, { recursive: true, force: true })
    const error = toStrataError(thrown)
    const { hint, details } = error
    throw new StrataError(error.code, `${input.name}: ${error.message}`, { hint, details, cause: thrown })
  }
}

/** Old path → new path of everything that the package may name (formats.md, "Relocation on install"). */
function prefixMapOf(input: PlaceInput, info: StoredBuildInfo): PrefixMap {
  const packages = [...info.hashToPrefix].flatMap(([hash, from]) => {
    const to = input.prefixes[hash]
    return to === undefined ? [] : [{ from, to }]
  })
  return createPrefixMap({
    sbang: info.sbangPath === undefined ? undefined : { from: info.sbangPath, to: input.sbangPath },
    packages: [...packages, { from: info.prefix, to: input.prefix }],
    storeRoot: { from: info.storeRoot, to: input.storeRoot },
  })
}

/** As Spack does for a splice: its own spec, and no manifest of files, whose checksums are those of another build. */
function replaceSpec(root: string, specJson: string): void {
  writeFileSync(join(root, '.spack', 'spec.json'), specJson)
  rmSync(join(root, '.spack', 'install_manifest.json'), { force: true })
}
