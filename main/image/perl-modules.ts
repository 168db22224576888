import type { LayerSummary } from './layer-summary.ts'

/** Folders by the name of a module's file in them, without its `.pm`. */
type ModuleFolders = ReadonlyMap<string, readonly string[]>

const compiled = new WeakMap<LayerSummary, ModuleFolders>()

/** Whether all modules of these layers are known, so that one that is not among them is not there. */
export function knowsModules(layers: readonly LayerSummary[]): boolean {
  return layers.every(({ modules }) => modules !== undefined)
}

/**
 * Whether a Perl module lies in any of these layers: `Getopt::Std` where a path ends in `/Getopt/Std.pm`. In which folders a
 * perl looks is known to that perl alone (`@INC`), so any will do, and so will one that a higher layer deletes: of a module
 * that is said to be missing this says no word too much.
 */
export function hasModule(layers: readonly LayerSummary[], module: string): boolean {
  const parts = module.split('::')
  const name = parts.pop() ?? ''
  const ending = ['', ...parts].join('/')
  return layers.some((layer) =>
    foldersOf(layer)
      .get(name)
      ?.some((folder) => `/${folder}`.endsWith(ending)),
  )
}

function foldersOf(summary: LayerSummary): ModuleFolders {
  const known = compiled.get(summary)
  if (known) return known
  const folders = new Map<string, string[]>()
  for (const [folder, names] of summary.modules ?? []) {
    for (const name of names) {
      const others = folders.get(name)
      if (others) others.push(folder)
      else folders.set(name, [folder])
    }
  }
  compiled.set(summary, folders)
  return folders
}
