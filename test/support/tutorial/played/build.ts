import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { relocateTree } from '../../../../main/buildcache/install/relocate-tree.ts'
import { isExecutableMagic } from '../../../../main/layer/classify.ts'
import { createPrefixMap } from '../../../../main/relocate/prefix-map.ts'
import { walk } from '../../install/tree.ts'
import { sampleSpack } from '../../sample.ts'
import { nodeOf, recordsOf, type Session, type StoredNode, writeRecords } from './world.ts'

/** Puts a package's prefix into the store, with the store's own paths in it, as a build would leave it; returns the prefix. */
export function buildPackage({ world, store }: Session, node: StoredNode): string {
  const old = world.packages[node.hash]?.path ?? ''
  const prefix = join(store.paddedRoot, relative(world.built.paddedRoot, old))
  mkdirSync(dirname(prefix), { recursive: true })
  cpSync(join(world.sources, old), prefix, { recursive: true, verbatimSymlinks: true })
  const moves = {
    sbang: { from: world.built.sbangPath, to: store.sbangPath },
    packages: [],
    storeRoot: { from: world.built.paddedRoot, to: store.paddedRoot },
  }
  relocateTree(prefix, filesOf(prefix), createPrefixMap(moves), { sbangPath: store.sbangPath })
  return prefix
}

function filesOf(prefix: string): { textFiles: string[]; binaries: string[]; links: string[] } {
  const found = { textFiles: [] as string[], binaries: [] as string[], links: [] as string[] }
  for (const path of walk(prefix)) {
    const stats = lstatSync(join(prefix, path))
    if (stats.isSymbolicLink()) found.links.push(path)
    if (!stats.isFile()) continue
    const bytes = readFileSync(join(prefix, path))
    if (isExecutableMagic(bytes.subarray(0, 8))) found.binaries.push(path)
    else if (bytes.includes(sampleSpack)) found.textFiles.push(path)
  }
  return found
}

export function register({ store }: Session, spec: StoredNode, path: string, explicit: boolean): void {
  const record = { spec, ref_count: 0, path, installed: true, explicit }
  const times = { installation_time: Date.now() / 1000, deprecated_for: null }
  writeRecords(store.paddedRoot, { ...recordsOf(store.paddedRoot), [spec.hash]: { ...record, ...times } })
}

/** Takes a package out of the store again; returns whether it was there. */
export function removePackage({ world, store }: Session, hash: string): boolean {
  const { [hash]: gone, ...others } = recordsOf(store.paddedRoot)
  if (!gone) return false
  writeRecords(store.paddedRoot, others)
  rmSync(gone.path, { recursive: true })
  return nodeOf(world, hash) !== undefined
}

/** Links the packages' files together in one folder. */
export function makeView(view: string, prefixes: readonly string[]): void {
  rmSync(view, { recursive: true, force: true })
  for (const prefix of prefixes) {
    for (const path of walk(prefix)) {
      const [from, to] = [join(prefix, path), join(view, path)]
      if (path.startsWith('.spack') || lstatSync(from).isDirectory() || existsSync(to)) continue
      mkdirSync(dirname(to), { recursive: true })
      symlinkSync(from, to)
    }
  }
}
