import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { prefixOf } from './bench.ts'

const run = promisify(execFile)

/** The Spack that `SPACK_ROOT` names, with a configuration, caches and a store that all lie in one temporary folder. */
export interface RealSpack {
  readonly root: string
  readonly store: string
  /** Replaces its mirrors: URLs by name. */
  setMirrors(mirrors: Readonly<Record<string, string>>): void
  /** What makes it this Spack: the same variables let Strata read the same configuration. */
  readonly env: NodeJS.ProcessEnv
  /** Runs it; resolves with its standard output. */
  run(...args: readonly string[]): Promise<string>
}

export const sampled = ['cowsay', 'figlet', 'gmake', 'hello', 'less', 'ncurses', 'relockit', 'zlib']

/**
 * Sets a Spack up in `folder`: recipes for the sample's packages, a store, and `mirrors` by URL. Nothing is written
 * below `root`, no configuration of the user is read, and nothing needs a network.
 */
export function setUpSpack(
  root: string,
  folder: string,
  parts: {
    /** Where the sample lies, whose recipes it gets; a Spack 1.x gets recipes of its own, for `packages`. */
    readonly sysroot: string
    readonly packages?: readonly string[]
    readonly caFile: string
    readonly mirrors: Readonly<Record<string, string>>
  },
): RealSpack {
  const modern = isModernSpack(root)
  const recipes = modern
    ? writeTinyRecipes(folder, parts.packages ?? sampled)
    : copyStoredRecipes(parts.sysroot, folder)
  const store = join(folder, 'store')
  const scope = join(folder, 'config')
  mkdirSync(scope, { recursive: true })
  const setMirrors = (mirrors: Readonly<Record<string, string>>): void => {
    const entries = Object.entries(mirrors).map(([name, url]) => [name, { url, signed: false }])
    writeFileSync(join(scope, 'mirrors.yaml'), JSON.stringify({ 'mirrors:': Object.fromEntries(entries) }))
  }
  setMirrors(parts.mirrors)
  const files: Record<string, unknown> = {
    'config.yaml': { config: { install_tree: { root: store }, ...(!modern && { concretizer: 'original' }) } },
    'repos.yaml': { 'repos:': modern ? { demo: recipes } : [recipes] },
    ...(!modern && { 'compilers.yaml': { 'compilers:': [gccOfSystem] } }),
  }
  // JSON is YAML; a key that ends in a colon replaces what lower scopes say.
  for (const [name, content] of Object.entries(files)) writeFileSync(join(scope, name), JSON.stringify(content))
  const env = {
    PATH: process.env.PATH,
    HOME: homedir(),
    SPACK_USER_CONFIG_PATH: scope,
    SPACK_SYSTEM_CONFIG_PATH: join(folder, 'none'),
    SPACK_USER_CACHE_PATH: join(folder, 'cache'),
    SSL_CERT_FILE: parts.caFile,
  }
  const execute = async (...args: readonly string[]): Promise<string> => {
    // As the user's scope for Strata, and on the command line so that nothing in `root` has a later word.
    const options = ['--color=never', '-C', scope]
    const { stdout } = await run(join(root, 'bin/spack'), [...options, ...args], { env, maxBuffer: 1 << 26 })
    return stdout
  }
  return { root, store, setMirrors, env, run: execute }
}

/** The system's gcc, as an entry of `compilers.yaml`. */
export const gccOfSystem = {
  compiler: {
    spec: 'gcc@=12.2.0',
    paths: { cc: '/usr/bin/gcc', cxx: '/usr/bin/g++', f77: null, fc: null },
    operating_system: 'debian12',
    target: 'x86_64',
    modules: [],
    flags: {},
    environment: {},
    extra_rpaths: [],
  },
}

/** From 1.0 on the recipes are a Python package, and compilers are packages too. */
export function isModernSpack(root: string): boolean {
  const source = readFileSync(join(root, 'lib/spack/spack/__init__.py'), 'utf8')
  return !/__version__ = "0\./.test(source)
}

/** Spack keeps in each prefix the recipe that it was built with. */
function copyStoredRecipes(sysroot: string, folder: string): string {
  const repo = join(folder, 'recipes')
  write(join(repo, 'repo.yaml'), 'repo:\n  namespace: demo\n')
  for (const name of sampled) {
    const stored = join(prefixOf(sysroot, name), '.spack/repos/demo/packages', name)
    for (const file of readdirSync(stored)) write(join(repo, 'packages', name, file), readFileSync(join(stored, file)))
  }
  return repo
}

/** Recipes that know just what an install from a cache asks: a name, a version, and the build system in the spec. */
function writeTinyRecipes(folder: string, packages: readonly string[]): string {
  const repo = join(folder, 'spack_repo', 'demo')
  write(join(folder, 'spack_repo', '__init__.py'), '')
  write(join(repo, '__init__.py'), '')
  write(join(repo, 'repo.yaml'), 'repo:\n  namespace: demo\n  api: v2.2\n')
  for (const name of packages) {
    const known = { figlet: 'makefile', cowsay: 'generic', gmake: 'generic', relockit: 'generic' }[name]
    const system = known ?? (sampled.includes(name) ? 'autotools' : 'generic')
    const className = `${name[0]?.toUpperCase()}${name.slice(1)}`
    const recipe = `from spack.package import *


class ${className}(PackageBase):
    has_code = False
    build_system("${system}")
    version("1.0")


@register_builder("${system}")
class ${className}Builder(Builder):
    phases = ("install",)

    def install(self, pkg, spec, prefix):
        pass
`
    write(join(repo, 'packages', name, 'package.py'), recipe)
  }
  return repo
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, content)
}
