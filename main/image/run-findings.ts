import { presetBaseImages } from '../api/base-images.ts'
import type { Finding } from '../api/models.ts'
import { glibcOf } from '../relocate/libc.ts'
import { compareVersions } from '../spack/spec/version.ts'
import { assertNever } from '../support/assert.ts'
import { listNames } from '../support/findings.ts'
import type { BaseSystem } from './base-system.ts'
import { nameOf } from './composition.ts'
import { isOfDriver, packagesOfLibrary, packagesOfProgram } from './library-packages.ts'
import { hasModule } from './perl-modules.ts'
import {
  isGlibcOfBase,
  type Lack,
  type Lacking,
  type LackOf,
  type RunPackage,
  type RunProblems,
} from './will-it-run.ts'

/** Packages that are named with their files; of the others only how many they are. */
const shownPackages = 3

/**
 * What would not run, in words: a warning for each thing that programs and libraries lack, with who lacks it and what
 * would help; a note for each package whose other files lack something. No problem among them: who publishes may know
 * better, and what is said here does not change what the image is.
 */
export function runFindings({ main, beside }: RunProblems, base: BaseSystem): Finding[] {
  return [...main.map((one) => mainFinding(one, base)), ...besideFindings(beside)]
}

function mainFinding({ lack, by }: LackOf, base: BaseSystem): Finding {
  const all = [...by.values()]
  const mild = lack.kind === 'library' && (lack.elsewhere !== undefined || isOfDriver(lack.soname))
  return {
    severity: mild ? 'note' : 'warning',
    message: `${usersOf(all)} ${whatFor(lack, all, base)}`,
    hint: hintFor(lack, all, base),
    hash: all.length === 1 ? all[0]?.package.node.hash : undefined,
  }
}

/** `less@590 (bin/less and 2 more), vim@9.0 (bin/vim) and 4 more packages`. */
function usersOf(all: readonly Lacking[]): string {
  const named = all.map((one) => `${nameOf(one.package.node)} (${filesOf(one)})`)
  if (named.length <= shownPackages + 1) return listNames(named, shownPackages)
  return `${named.slice(0, shownPackages).join(', ')} and ${named.length - shownPackages} more packages`
}

function filesOf({ files }: Lacking): string {
  const [first = ''] = files
  return files.length === 1 ? first : `${first} and ${files.length - 1} more`
}

function whatFor(lack: Lack, all: readonly Lacking[], base: BaseSystem): string {
  const plural = all.length > 1
  const need = plural ? 'need' : 'needs'
  const are = plural ? 'are' : 'is'
  switch (lack.kind) {
    case 'loader':
      return `${are} started by ${lack.path}, which neither the packages nor the base have`
    case 'libc':
      return `${are} linked with ${lack.libc}, and ${baseName(base)} has ${libcName(base)}`
    case 'library':
      if (lack.elsewhere !== undefined)
        return `${need} ${lack.soname}, which ${lack.elsewhere} has, but not on the run path`
      return `${need} ${lack.soname}, which neither the packages nor the base have`
    case 'versions': {
      const newest = newestOf(namesOf(all))
      if (isGlibcOfBase(lack)) return `${need} ${listNames(newest)}, and the base has ${libcName(base)}`
      const owner = lack.owner === undefined ? 'of the base' : `of ${lack.owner}`
      const has = newestOf(lack.library.needs.defines).filter((one) => newest.some((other) => isOlder(one, other)))
      const words = has.length > 0 ? `no more than ${listNames(has)}` : 'no such version'
      return `${need} ${listNames(newest)}, and ${lack.soname} ${owner} has ${words}`
    }
    case 'interpreter':
      return `${are} run by ${lack.path}, which neither the packages nor the base have`
    case 'command':
      return `${are} run by ${lack.name}, which is in no folder of PATH`
    case 'modules':
      return `${plural ? 'use' : 'uses'} ${modulesOf(namesOf(all))}, which neither the packages nor the base have`
    default:
      return assertNever(lack)
  }
}

function hintFor(lack: Lack, all: readonly Lacking[], base: BaseSystem): string | undefined {
  switch (lack.kind) {
    case 'loader':
    case 'libc':
      if (lack.kind === 'libc' && lack.libc === 'glibc')
        return basesWith('glibc', glibcNeed(all.map((one) => one.package)))
      return 'Choose a base like the system that the packages were built on.'
    case 'library':
      return libraryHint(lack, all, base)
    case 'versions':
      return versionsHint(lack, all)
    case 'interpreter':
      if (lack.path.endsWith('/bin/sbang')) {
        return 'sbang runs scripts whose interpreter has a path too long for Linux; Spack puts it into its store and into no image. Put that file into the base, or call the interpreter with the script.'
      }
      return programHint(lack.path, lack.path.slice(lack.path.lastIndexOf('/') + 1), base)
    case 'command': {
      const { spack = lack.name } = packagesOfProgram(lack.name)
      return `${programHint(lack.name, lack.name, base)} Or add ${spack} to the image: its bin comes into PATH.`
    }
    case 'modules':
      return modulesHint(namesOf(all), all, base)
    default:
      return assertNever(lack)
  }
}

function libraryHint(lack: Lack & { kind: 'library' }, all: readonly Lacking[], base: BaseSystem): string {
  const { soname } = lack
  if (lack.elsewhere !== undefined) return `It runs where LD_LIBRARY_PATH leads to ${lack.elsewhere}.`
  if (isOfDriver(soname)) return 'The driver of the machine brings it: run with docker --gpus all or apptainer --nv.'
  const known = packagesOfLibrary(soname)
  const install = installHint(base, { debian: known?.debian, rpm: rpmName(soname, all[0]), search: soname })
  const { spack } = known ?? {}
  return `${install} ${spack === undefined ? 'Or build the package with a library of Spack’s.' : buildHint(spack, all)}`
}

/** Of what Spack's package would bring. */
function buildHint(spack: string, all: readonly Lacking[]): string {
  const isOutside = all.some((one) => one.package.node.edges.some(({ name }) => name === spack))
  return isOutside
    ? `It was built with ${spack}, which is not in the image: push that too, or have Spack build it instead of taking the system’s.`
    : `Or have Spack build it with ${spack} of its own.`
}

/** Debian's `perl-base`, in all its base images, lacks most of what belongs to Perl; its `perl` has it all. */
function modulesHint(names: readonly string[], all: readonly Lacking[], base: BaseSystem): string {
  const isWhole = hasModule(base.layers, 'Getopt::Std')
  const install = installHint(base, {
    debian: isWhole ? undefined : 'perl',
    rpm: names.map((name) => `perl(${name})`).join("' '"),
    search: `${names[0]?.replaceAll('::', '/')}.pm`,
  })
  return `${install} ${buildHint('perl', all)}`
}

function versionsHint(lack: Lack & { kind: 'versions' }, all: readonly Lacking[]): string {
  const missing = namesOf(all)
  if (lack.owner !== undefined)
    return `Build ${lack.owner} anew, or the packages that need it with the ${lack.owner} of this image.`
  if (isGlibcOfBase(lack)) return basesWith('glibc', glibcOf(missing))
  const glibcxx = newestOf(missing).find((version) => version.startsWith('GLIBCXX_'))
  if (glibcxx !== undefined) return basesWith('glibcxx', glibcxx.slice('GLIBCXX_'.length))
  return 'Choose a newer base, or have Spack build the packages with a library of its own.'
}

/** Preset base images whose C or C++ library is new enough. */
function basesWith(library: 'glibc' | 'glibcxx', version: string | undefined): string {
  const name = library === 'glibc' ? 'glibc' : 'libstdc++'
  const fits = presetBaseImages.filter((one) => version === undefined || compareVersions(one[library], version) >= 0)
  if (fits.length === 0) return `No base that Strata knows has a ${name} so new. Build the packages on an older system.`
  const wanted = version === undefined ? name : `${name} ${version} or newer`
  return `Choose a base with ${wanted}: ${listNames(
    fits.map((one) => `${one.reference} (${one[library]})`),
    3,
  )}.`
}

function programHint(path: string, name: string, base: BaseSystem): string {
  const file = path.startsWith('/') ? path : `/usr/bin/${name}`
  return installHint(base, { debian: packagesOfProgram(name).debian, rpm: file, search: file })
}

/** How the base's distribution installs something. `search` is for who knows no package of it. */
function installHint(
  { ids }: BaseSystem,
  { debian, rpm, search }: { readonly debian: string | undefined; readonly rpm: string; readonly search: string },
): string {
  if (ids.includes('debian') || ids.includes('ubuntu')) {
    if (debian === undefined)
      return `Choose a base that has it; apt-file search ${search} tells in which package it is.`
    return `Choose a base that has it, or make one: apt-get install ${debian}.`
  }
  if (ids.some((id) => id.includes('suse'))) return `Choose a base that has it, or make one: zypper install '${rpm}'.`
  if (ids.some((id) => ['fedora', 'rhel', 'centos'].includes(id))) {
    return `Choose a base that has it, or make one: dnf install '${rpm}'.`
  }
  return 'Choose a base that has it.'
}

/** What rpm calls a library that a package provides. */
function rpmName(soname: string, first: Lacking | undefined): string {
  const wide = first?.package.summary?.elves.some(({ needs }) => needs.machine.includes('-64-')) ?? true
  return wide ? `${soname}()(64bit)` : soname
}

/** `vim@9.0.1378: 5 files beside its programs would not run: share/…/vim2html.pl asks for perl, …`. */
function besideFindings(beside: readonly LackOf[]): Finding[] {
  const byPackage = new Map<RunPackage, { readonly what: string; readonly files: readonly string[] }[]>()
  for (const { lack, by } of beside) {
    for (const [one, { files, names }] of by) {
      byPackage.set(one, [...(byPackage.get(one) ?? []), { what: subjectOf(lack, [...names]), files }])
    }
  }
  return [...byPackage].map(([{ node }, lacks]) => {
    const count = new Set(lacks.flatMap(({ files }) => files)).size
    const each = lacks.map(({ what, files }) => `${what} for ${files[0] ?? ''}`)
    return {
      severity: 'note',
      message: `${nameOf(node)} has ${count === 1 ? 'a file' : `${count} files`} beside its programs (in share, examples or tests) that would not run: there is no ${listNames(each, 3)}`,
      hash: node.hash,
    }
  })
}

function subjectOf(lack: Lack, names: readonly string[]): string {
  switch (lack.kind) {
    case 'loader':
    case 'interpreter':
      return lack.path
    case 'libc':
      return lack.libc
    case 'library':
      return lack.soname
    case 'versions':
      return listNames(newestOf(names))
    case 'command':
      return lack.name
    case 'modules':
      return listNames(names)
    default:
      return assertNever(lack)
  }
}

/** What is missing of a kind, once. */
function namesOf(all: readonly Lacking[]): string[] {
  return [...new Set(all.flatMap(({ names }) => [...names]))]
}

/** `the Perl modules Getopt::Std and Text::Tabs`. */
function modulesOf(names: readonly string[]): string {
  return `the Perl ${names.length === 1 ? 'module' : 'modules'} ${listNames(names)}`
}

/** The newest version of each family: `GLIBC_2.38` of `GLIBC_2.34` and `GLIBC_2.38`. */
function newestOf(versions: readonly string[]): string[] {
  const newest = new Map<string, string>()
  for (const version of versions) {
    const family = familyOf(version)
    const known = newest.get(family)
    if (known === undefined || compareVersions(version.slice(family.length), known.slice(family.length)) > 0) {
      newest.set(family, version)
    }
  }
  return [...newest.values()]
}

function isOlder(a: string, b: string): boolean {
  const family = familyOf(a)
  return family === familyOf(b) && compareVersions(a.slice(family.length), b.slice(family.length)) < 0
}

function familyOf(version: string): string {
  return /^(.*?)_?\d+(?:\.\d+)*$/.exec(version)?.[1] ?? version
}

function glibcNeed(packages: readonly RunPackage[]): string | undefined {
  return glibcOf(
    packages.flatMap(({ summary }) =>
      (summary?.elves ?? []).flatMap(({ needs }) => needs.versions.flatMap(({ versions }) => versions)),
    ),
  )
}

function baseName({ name }: BaseSystem): string {
  return name === undefined ? 'the base' : `the base (${name})`
}

/** `glibc 2.36`. */
export function libcName({ libc }: BaseSystem): string {
  if (libc === undefined) return 'no C library'
  return libc.kind === 'glibc' ? `glibc ${libc.version}` : 'musl'
}
