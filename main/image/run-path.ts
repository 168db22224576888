import { posix } from 'node:path'
import type { ElfNeeds } from './layer-summary.ts'

/** The folders of a run path, and the files that have them. */
type RunPathOf = readonly [folders: readonly string[], files: readonly string[]]

/** Files by the folders that their run path comes to, which differ where it holds `$ORIGIN`: the folder of the file. */
export function byRunPath({ runPath }: ElfNeeds, paths: readonly string[]): RunPathOf[] {
  if (!runPath.some((folder) => folder.includes('$'))) return [[runPath, paths]]
  const files = new Map<string, string[]>()
  for (const path of paths) {
    const folder = posix.dirname(path)
    const here = files.get(folder)
    if (here) here.push(path)
    else files.set(folder, [path])
  }
  return [...files].map(([folder, here]) => [runPath.flatMap((entry) => expanded(entry, `/${folder}`)), here])
}

/** `$LIB` is `lib` or `lib64`, as the dynamic linker was built; `$PLATFORM` is a name that nobody uses. */
function expanded(entry: string, origin: string): string[] {
  const path = entry.replace(/\$(?:ORIGIN|\{ORIGIN\})/g, () => origin)
  const library = /\$(?:LIB|\{LIB\})/g
  return library.test(path) ? ['lib64', 'lib'].map((name) => path.replace(library, name)) : [path]
}
