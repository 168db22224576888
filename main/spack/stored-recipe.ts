import { join } from 'node:path'
import { namesIn, readTextIfThere } from './files.ts'

/**
 * Base classes of which Spack's own say nothing of redistribution (0.22's `build_systems`, 1.x's
 * `spack_repo.builtin.build_systems`: only those of `oneapi.py` do).
 */
const silentBases = new Set(
  (
    'AspellDictPackage AutotoolsPackage BundlePackage CMakePackage CachedCMakePackage CargoPackage CompilerPackage ' +
    'CudaPackage GNUMirrorPackage GnomePackage GoPackage LuaPackage MakefilePackage MavenPackage MesonPackage ' +
    'MSBuildPackage NMakePackage OctavePackage Package PackageBase PerlPackage PythonExtension PythonPackage ' +
    'QMakePackage RPackage ROCmLibrary ROCmPackage RacketPackage RubyPackage SConsPackage SIPPackage ' +
    'SourceforgePackage SourcewarePackage WafPackage XorgPackage'
  ).split(' '),
)

/** How deep below `.spack/repos` a recipe lies: `demo/packages/x`, `spack_repo/builtin/packages/x`, or a nested namespace. */
const maxDepth = 5

/**
 * Whether the recipe that Spack keeps in every prefix lets the package be redistributed, as far as its text says:
 * true when neither it nor a class it builds on can forbid it; undefined when only Spack itself can tell.
 */
export async function storedRecipeAllows(
  prefix: string,
  name: string,
  sysroot: string | undefined,
): Promise<true | undefined> {
  const text = await findRecipe(join(prefix, '.spack', 'repos'), name, sysroot, maxDepth)
  if (text === undefined || /redistribut/i.test(text)) return undefined
  const classes = [...text.matchAll(/^class\s+\w+\s*\(([^)]*)\)/gm)]
  const bases = classes.flatMap(([, list = '']) => list.split(',').map((base) => base.trim().replace(/^.*\./, '')))
  const silent = bases.every((base) => base === '' || silentBases.has(base) || base.endsWith('Builder'))
  return classes.length > 0 && silent ? true : undefined
}

/** The text of `packages/<name>/package.py`; since the package API v2 the folder is named as a Python module is. */
async function findRecipe(
  folder: string,
  name: string,
  sysroot: string | undefined,
  depth: number,
): Promise<string | undefined> {
  for (const module of new Set([name, name.replaceAll('-', '_'), `_${name.replaceAll('-', '_')}`])) {
    const text = await readTextIfThere(join(folder, 'packages', module, 'package.py'), sysroot)
    if (text !== undefined) return text
  }
  if (depth === 0) return undefined
  for (const entry of await namesIn(folder, sysroot)) {
    if (entry === 'packages') continue
    const text = await findRecipe(join(folder, entry), name, sysroot, depth - 1)
    if (text !== undefined) return text
  }
  return undefined
}
