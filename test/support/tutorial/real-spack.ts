import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gccOfSystem, isModernSpack } from '../push/real-spack.ts'

/**
 * Makes the real Spack at `root` the one of a home folder: with recipes for small packages of the sample's names, which need
 * nothing but the system's gcc and no network, and a store. Nothing is written below `root` but what Spack itself writes.
 * A Spack 1.x has to find a clingo to solve with: a Python module of that name, below its `lib/spack` for example.
 */
export function linkRealSpack(root: string, home: string, store: string): void {
  const modern = isModernSpack(root)
  symlinkSync(root, join(home, 'spack'))
  const repository = writeRecipes(join(home, 'recipes'), modern)
  const files: Record<string, unknown> = {
    'config.yaml': { config: { install_tree: { root: store }, ...(!modern && { concretizer: 'original' }) } },
    'mirrors.yaml': { 'mirrors:': {} },
    'repos.yaml': { 'repos:': modern ? { demo: repository } : [repository] },
    ...(modern
      ? { 'packages.yaml': { packages: { gcc: gccAsPackage } } }
      : { 'compilers.yaml': { 'compilers:': [gccOfSystem] } }),
  }
  // JSON is YAML; a key that ends in a colon replaces what lower scopes say.
  for (const [name, content] of Object.entries(files)) write(join(home, '.spack', name), JSON.stringify(content))
}

/** The system's gcc as Spack 1.x knows compilers. */
const gccAsPackage = {
  buildable: false,
  externals: [
    {
      spec: 'gcc@12.2.0',
      prefix: '/usr',
      extra_attributes: { compilers: { c: gccOfSystem.compiler.paths.cc, cxx: gccOfSystem.compiler.paths.cxx } },
    },
  ],
}

interface Recipe {
  readonly name: string
  readonly version: string
  /** Lines of its class. */
  readonly needs: readonly string[]
  /** Lines of its `install`. */
  readonly install: string
}

const recipes: readonly Recipe[] = [
  {
    ...{ name: 'gmake', version: '4.3', needs: [] },
    install: 'script(prefix.bin.make, "#!/bin/sh\\necho GNU Make 4.3\\n")',
  },
  {
    ...{ name: 'ncurses', version: '6.4', needs: ['depends_on("gmake", type="build")'] },
    install: `mkdirp(prefix.lib)
source("term.c", 'const char *terminfo(void) { return "%s/share/terminfo"; }\\n' % prefix)
gcc("-shared", "-fPIC", "-Wl,-soname,libterm.so.6", "term.c", "-o", join_path(prefix.lib, "libterm.so.6"))
symlink("libterm.so.6", join_path(prefix.lib, "libterm.so"))`,
  },
  {
    ...{ name: 'less', version: '590', needs: ['depends_on("gmake", type="build")', 'depends_on("ncurses")'] },
    install: `source("less.c", '#include <stdio.h>\\nconst char *terminfo(void);\\nconst char rc[] = "%s/etc/sysless";\\n'
       'int main(void) { printf("less 590 (%%s, %%s)\\\\n", rc, terminfo()); return 0; }\\n' % prefix)
mkdirp(prefix.bin)
lib = spec["ncurses"].prefix.lib
gcc("less.c", "-L" + lib, "-lterm", "-Wl,-rpath," + lib, "-o", prefix.bin.less)`,
  },
  {
    ...{ name: 'figlet', version: '2.2.5', needs: ['depends_on("gmake", type="build")'] },
    install: `mkdirp(prefix.bin, prefix.share.figlet)
with open(join_path(prefix.share.figlet, "hi"), "w") as f:
    f.write(r"| '_ \\|")
source("figlet.c", '#include <stdio.h>\\nint main(void) { FILE *f = fopen("%s/hi", "r"); int c;\\n'
       'if (!f) return 1; while ((c = getc(f)) != EOF) putchar(c); return 0; }\\n' % prefix.share.figlet)
gcc("figlet.c", "-o", prefix.bin.figlet)`,
  },
]

const empty = 'mkdirp(prefix.lib)'

/** What Spack 1.x looks for around a compiler, though none of the packages needs one of its own. */
const aroundCompilers: readonly Recipe[] = [
  {
    ...{ name: 'gcc', version: '12.2.0', install: empty },
    needs: [
      'tags = ["compiler"]',
      'compiler_languages = ["c", "cxx"]',
      'provides("c", "cxx")',
      `cc, cxx, fortran = "${gccOfSystem.compiler.paths.cc}", "${gccOfSystem.compiler.paths.cxx}", None`,
      'verbose_flags = "-v"',
    ],
  },
  { name: 'glibc', version: '2.36', needs: ['tags = ["runtime"]', 'provides("libc")'], install: empty },
  { name: 'gcc_runtime', version: '12.2.0', needs: ['tags = ["runtime"]'], install: empty },
  { name: 'compiler_wrapper', version: '1.0', needs: ['tags = ["runtime"]'], install: empty },
]

const helpers = `from spack.package import *


def source(name, text):
    with open(name, "w") as f:
        f.write(text)


def script(path, text):
    mkdirp(os.path.dirname(path))
    source(path, text)
    set_executable(path)


def gcc(*words):
    Executable("/usr/bin/gcc")(*words)
`

function writeRecipes(folder: string, modern: boolean): string {
  const repo = modern ? join(folder, 'spack_repo/demo') : folder
  if (modern) {
    for (const place of ['spack_repo', 'spack_repo/demo', 'spack_repo/demo/build_systems']) {
      write(join(folder, place, '__init__.py'), '')
    }
    write(join(repo, 'build_systems/generic.py'), buildSystem)
  }
  write(join(repo, 'repo.yaml'), `repo:\n  namespace: demo\n${modern ? '  api: v2.2\n' : ''}`)
  const all = modern ? [...recipes, ...aroundCompilers] : recipes
  for (const recipe of all) write(join(repo, 'packages', recipe.name, 'package.py'), recipeText(recipe, modern))
  return repo
}

/** Build systems are of the repository since 1.0. */
const buildSystem = `from spack.package import *


class Package(PackageBase):
    build_system_class = "Package"
    default_buildsystem = "generic"
    build_system("generic")


@register_builder("generic")
class GenericBuilder(Builder):
    phases = ("install",)
    package_methods = ()
    package_attributes = ()
`

function recipeText({ name, version, needs, install }: Recipe, modern: boolean): string {
  const facts = ['has_code = False', `version("${version}")`, ...needs]
  const lines = (text: readonly string[], indent: string) => text.map((line) => `${indent}${line}\n`).join('')
  return `import os
${modern ? 'from spack_repo.demo.build_systems.generic import Package\n' : ''}${helpers}

class ${className(name)}(Package):
${lines(facts, '    ')}
    def install(self, spec, prefix):
${lines(install.split('\n'), '        ')}`
}

function className(name: string): string {
  return name
    .split('_')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('')
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}
