import { glibcOf } from '../relocate/libc.ts'
import { compareVersions } from '../spack/spec/version.ts'
import type { BaseImage } from './base.ts'
import { FileTree, type FoundEntry, treePath } from './file-tree.ts'
import type { ElfNeeds, LayerSummary } from './layer-summary.ts'

/** An ELF library where the dynamic linker finds it. */
export interface FoundLibrary {
  readonly path: string
  readonly needs: ElfNeeds
}

/** A base image as programs see it: what they can load and call. */
export interface BaseSystem {
  readonly tree: FileTree
  readonly layers: readonly LayerSummary[]
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly name?: string
  /** Of the distribution and those it comes from: `ubuntu`, `debian`. */
  readonly ids: readonly string[]
  readonly libc?: { readonly kind: 'glibc'; readonly version: string } | { readonly kind: 'musl' }
  /** Machine of the programs it is for, as `machineOf` has it; undefined for one that nobody knows. */
  readonly machine?: string
  /** `PATH`. */
  readonly commandFolders: readonly string[]
  /** The library of a name in the folders where every program looks; undefined when it is in none of them. */
  library(soname: string): FoundLibrary | undefined
}

/** Go's names of architectures, and what ELF files for them have in their headers. */
const machines: Readonly<Record<string, string>> = {
  amd64: '62-64-little',
  arm64: '183-64-little',
  ppc64le: '21-64-little',
  riscv64: '243-64-little',
  s390x: '22-64-big',
  loong64: '258-64-little',
  '386': '3-32-little',
  arm: '40-32-little',
}

/** Debian's names of the folders of an architecture. */
const multiarch: Readonly<Record<string, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  ppc64le: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
  loong64: 'loongarch64-linux-gnu',
  '386': 'i386-linux-gnu',
  arm: 'arm-linux-gnueabihf',
}

/** What runtimes set when an image says nothing. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Puts the layers of a base together; `layers` are in its order, one summary each. */
export function baseSystem(
  base: Pick<BaseImage, 'architecture' | 'config'>,
  layers: readonly LayerSummary[],
): BaseSystem {
  const tree = new FileTree()
  for (const layer of layers) tree.add(layer)
  const { architecture, config } = base
  const machine = machines[architecture]
  const system = layers.findLast((layer) => layer.system !== undefined)?.system
  const folders = libraryFolders(architecture, layers)
  const found = new Map<string, FoundLibrary | undefined>()
  const library = (soname: string): FoundLibrary | undefined => {
    if (!found.has(soname)) found.set(soname, findLibrary(tree, folders, soname, machine))
    return found.get(soname)
  }
  const path = config.config?.Env?.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length)
  return {
    tree,
    layers,
    name: system?.name,
    ids: system?.ids ?? [],
    libc: libcOfBase(tree, library),
    machine,
    commandFolders: (path ?? usualPath).split(':').map(treePath),
    library,
  }
}

/**
 * What `ldconfig` was told, then the folders that are built into the dynamic linkers of the distributions. The cache that
 * `ldconfig` writes is not read: it says no more than these, unless somebody forgot to run it.
 */
function libraryFolders(architecture: string, layers: readonly LayerSummary[]): string[] {
  const triplet = multiarch[architecture]
  const builtIn = ['lib64', 'usr/lib64', 'lib', 'usr/lib', 'usr/local/lib64', 'usr/local/lib']
  return [
    ...new Set([
      ...layers.flatMap((layer) => layer.libraryFolders.map(treePath)),
      ...(triplet === undefined ? [] : [`lib/${triplet}`, `usr/lib/${triplet}`]),
      ...builtIn,
    ]),
  ]
}

/** The first file of a name and for a machine, as the dynamic linker looks: one for another machine is passed over. */
export function findLibrary(
  tree: FileTree,
  folders: readonly string[],
  soname: string,
  machine: string | undefined,
): FoundLibrary | undefined {
  for (const folder of folders) {
    const found = libraryIn(tree.in(folder, tree.folder(folder)?.get(soname)), machine)
    if (found) return { path: `${folder}/${soname}`, needs: found }
  }
  return undefined
}

export function libraryIn(entry: FoundEntry | undefined, machine: string | undefined): ElfNeeds | undefined {
  if (entry?.kind !== 'elf') return undefined
  return machine === undefined || entry.needs.machine === machine ? entry.needs : undefined
}

/** Not every release adds symbols to `libc.so.6` itself: 2.40 has new ones in `libm.so.6` alone. */
function libcOfBase(tree: FileTree, library: BaseSystem['library']): BaseSystem['libc'] {
  const versions = ['libc.so.6', 'libm.so.6'].flatMap((soname) => glibcOf(library(soname)?.needs.defines ?? []) ?? [])
  const version = versions.sort(compareVersions).at(-1)
  if (version !== undefined) return { kind: 'glibc', version }
  const isMusl = [...(tree.folder('lib')?.keys() ?? [])].some((name) => /^ld-musl-.*\.so\.1$/.test(name))
  return isMusl ? { kind: 'musl' } : undefined
}
