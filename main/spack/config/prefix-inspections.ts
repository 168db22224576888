import { asObject, asString, asStrings } from '../json.ts'
import type { Configuration } from './configuration.ts'

/** If `<prefix>/<subdir>` is a folder, it is prepended to each of the variables. `''` is the prefix itself. */
export type PrefixInspection = readonly [subdir: string, variables: readonly string[]]

/** Spack's `user_environment.prefix_inspections`, for a configuration that has none of its own. */
const builtIn: readonly PrefixInspection[] = [
  ['bin', ['PATH']],
  ['man', ['MANPATH']],
  ['share/man', ['MANPATH']],
  ['share/aclocal', ['ACLOCAL_PATH']],
  ['lib/pkgconfig', ['PKG_CONFIG_PATH']],
  ['lib64/pkgconfig', ['PKG_CONFIG_PATH']],
  ['share/pkgconfig', ['PKG_CONFIG_PATH']],
  ['', ['CMAKE_PREFIX_PATH']],
]

const builtInDarwin: readonly PrefixInspection[] = [
  ['lib', ['DYLD_FALLBACK_LIBRARY_PATH']],
  ['lib64', ['DYLD_FALLBACK_LIBRARY_PATH']],
]

/**
 * Which folders of a prefix belong into which environment variables, in order: `modules:prefix_inspections`, which
 * replaces the built-in table where it is set. `platform` is that of the package (`linux`, `darwin`).
 */
export function prefixInspections(
  configuration: Configuration | undefined,
  platform: string,
): readonly PrefixInspection[] {
  const configured = asObject(configuration?.get(['modules', 'prefix_inspections']))
  if (configured === undefined) return platform === 'darwin' ? [...builtIn, ...builtInDarwin] : builtIn
  return Object.entries(configured).map(([subdir, variables]) => {
    const one = asString(variables)
    return [relative(subdir), one === undefined ? asStrings(variables) : [one]]
  })
}

/** `./share/man` and `share/man/` are one folder; `./` is the prefix. */
function relative(subdir: string): string {
  return subdir
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}
