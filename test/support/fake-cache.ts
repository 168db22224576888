import type { CatalogPackage, CatalogRow, ImageDetail, ImageLayer } from '../../main/api/catalog.ts'
import { type FakeEnvironment, generatedEnvironment, tallRef, toolsEnvironment } from './fake-data.ts'

/** A build cache of plain data: forty packages, environment images, an index that lags behind, and what else lies about. */

const day = 24 * 3600 * 1000
const MB = 1_000_000
/** The layer of the base image that every image here stands on. */
const base = { name: 'ubuntu:24.04', digest: digestOf('ubuntu:24.04'), bytes: 29_700_000 }

export interface FakeTag {
  readonly row: CatalogRow
  /** Packages of its layers, dependencies first; of what is no image of packages none. */
  readonly layers: readonly CatalogPackage[]
  readonly base: boolean
}

export interface FakeCache {
  readonly tags: Map<string, FakeTag>
  /** DAG hashes that the index lists; undefined without an index. */
  listed: Set<string> | undefined
  readonly gone: { hash: string; name: string; version: string }[]
  readonly indexProblem?: string
}

type Entry = readonly [name: string, version: string, compiler: string, target: string, megabytes: number, days: number, needs: string] // biome-ignore format: a table's head

const entries: readonly Entry[] = [
  ['xz', '5.4.6', 'gcc@13.2.0', 'x86_64_v3', 1.1, 41, ''],
  ['bzip2', '1.0.8', 'gcc@13.2.0', 'x86_64_v3', 0.3, 41, ''],
  ['zlib-ng', '2.1.6', 'gcc@13.2.0', 'x86_64_v3', 0.2, 41, ''],
  ['openssl', '3.3.1', 'gcc@13.2.0', 'x86_64_v3', 5.8, 41, 'zlib-ng'],
  ['curl', '8.8.0', 'gcc@13.2.0', 'x86_64_v3', 2.4, 41, 'openssl zlib-ng'],
  ['libxml2', '2.10.3', 'gcc@13.2.0', 'x86_64_v3', 1.6, 41, 'xz zlib-ng'],
  ['hwloc', '2.9.3', 'gcc@13.2.0', 'x86_64_v3', 1.9, 40, 'libxml2'],
  ['libfabric', '1.21.0', 'gcc@13.2.0', 'x86_64_v3', 1.4, 40, ''],
  ['ucx', '1.16.0', 'gcc@13.2.0', 'x86_64_v3', 4.2, 40, 'zlib-ng'],
  ['pmix', '5.0.1', 'gcc@13.2.0', 'x86_64_v3', 2.2, 40, 'hwloc'],
  ['openmpi', '5.0.3', 'gcc@13.2.0', 'x86_64_v3', 14.6, 40, 'pmix hwloc ucx libfabric'],
  ['openblas', '0.3.26', 'gcc@13.2.0', 'x86_64_v3', 17.3, 39, ''],
  ['openblas', '0.3.27', 'gcc@13.2.0', 'zen4', 18.9, 6, ''],
  ['fftw', '3.3.10', 'gcc@13.2.0', 'x86_64_v3', 6.1, 39, 'openmpi'],
  ['hdf5', '1.14.3', 'gcc@13.2.0', 'x86_64_v3', 11.7, 39, 'openmpi zlib-ng'],
  ['hdf5', '1.12.2', 'gcc@12.2.0', 'x86_64_v3', 11.2, 410, 'zlib-ng'],
  ['netcdf-c', '4.9.2', 'gcc@13.2.0', 'x86_64_v3', 4.4, 39, 'hdf5 curl bzip2'],
  ['petsc', '3.21.2', 'gcc@13.2.0', 'x86_64_v3', 48.2, 38, 'openmpi openblas hdf5'],
  ['python', '3.11.7', 'gcc@13.2.0', 'x86_64_v3', 58.4, 38, 'bzip2 xz zlib-ng openssl'],
  ['py-numpy', '1.26.4', 'gcc@13.2.0', 'x86_64_v3', 21.5, 38, 'python openblas'],
  ['boost', '1.85.0', 'gcc@13.2.0', 'x86_64_v3', 31.8, 38, 'zlib-ng bzip2'],
  ['gromacs', '2024.2', 'gcc@13.2.0', 'x86_64_v3', 36.4, 37, 'openmpi fftw openblas hwloc'],
  ['gromacs', '2024.2', 'gcc@13.2.0', 'zen4', 37.9, 6, 'openmpi fftw openblas hwloc'],
  ['kokkos', '4.3.01', 'clang@17.0.6', 'neoverse_v1', 3.7, 3, ''],
  ['eigen', '3.4.0', 'clang@17.0.6', 'neoverse_v1', 1.2, 3, ''],
] // biome-ignore format: a table

/** The cache of the made-up user, anew at every call. */
export function demoCache(now: number): FakeCache {
  const packages = [...toolPackages(), ...sciencePackages()]
  const byHash = new Map(packages.map((p) => [p.about.hash, p.about]))
  const cache: FakeCache = {
    tags: new Map(),
    listed: new Set(packages.map((p) => p.about.hash)),
    gone: [
      { hash: 'p7hkq3xv2c6l4yqk3fhz5n4m2a7c6d5e', name: 'cmake', version: '3.27.9' },
      { hash: 'u2b7s5zqk3xv6l4yqk3fhz5n4m2a7c6d', name: 'libxml2', version: '2.9.14' },
    ],
  }
  for (const { about, bytes, days } of packages) {
    const layers = closure(about, byHash)
    cache.tags.set(packageTag(about), { row: packageRow(about, layers, bytes, now - days * day), layers, base: true })
    // Pushed after the index was written last.
    if (days < 4) cache.listed?.delete(about.hash)
  }
  // One order for all: what two images have in common then stands in the same order in both.
  const order = merge(
    packages.map((p) => p.about),
    byHash,
  )
  const of = (...specs: string[]) => {
    const roots = specs.map(
      (spec) => packages.find(({ about }) => `${about.name}@${about.version}`.startsWith(spec))?.about,
    )
    const needed = new Set(merge(roots, byHash))
    return order.filter((p) => needed.has(p))
  }
  const tools = of('vim', 'less', 'lua', 'nano', 'sqlite', 'zstd')
  for (const [tag, layers, days] of [['tools', tools, 12], ['tools-2026.10', of('vim', 'less', 'hello', 'sqlite'), 44], ['latest', tools, 12], ['climate', of('netcdf-c', 'petsc', 'py-numpy'), 37], ['climate-next', [...of('netcdf-c', 'python', 'boost'), ...of('openblas@0.3.27')], 2]] as const) {
    cache.tags.set(tag, { row: { tag, kind: 'environment', read: true, digest: digestOf(tag === 'latest' ? 'tools' : tag), mediaType: manifestType, platform: 'linux/amd64', layers: layers.length + 1, bytes: bytesOf(layers) + base.bytes, createdAt: now - days * day }, layers, base: true })
  } // biome-ignore format: a table
  for (const row of others(now)) cache.tags.set(row.tag, { row, layers: [], base: false })
  return cache
}

/** A cache of `count` packages with an index; the same every time. */
export function largeCache(count: number, now: number): FakeCache {
  const stems = ['hdf5', 'netcdf-c', 'openblas', 'py-numpy', 'trilinos', 'mpich', 'perl-uri', 'r-ggplot2', 'cmake', 'boost', 'zlib-ng', 'libxml2'] // biome-ignore format: a list
  const tags = new Map<string, FakeTag>()
  for (let i = 0; i < count; i += 1) {
    const stem = stems[i % stems.length] ?? 'pkg'
    const about = packageOf(i < 2400 ? stem : `${stem}-${i % 97}`, `${1 + (i % 9)}.${i % 23}.${i % 7}`, ['gcc@13.2.0', 'gcc@12.2.0', 'clang@17.0.6'][i % 3] ?? '', ['x86_64_v3', 'zen4', 'neoverse_v1'][i % 5] ?? 'x86_64', String(i)) // biome-ignore format: one package
    const row = packageRow(about, [about], Math.round(2000 + 90 * MB * ((i * 7919) % 1000 / 1000) ** 6), now - (i % 900) * day) // biome-ignore format: one row
    tags.set(packageTag(about), { row, layers: [about], base: true })
  }
  return { tags, listed: new Set([...tags.values()].flatMap((t) => t.row.package?.hash ?? [])), gone: [] }
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const sizes = new Map<string, number>()

/** Compressed bytes of a package's own layer. */
export function layerBytes({ hash }: Pick<CatalogPackage, 'hash'>): number {
  return sizes.get(hash) ?? 0
}

function bytesOf(layers: readonly CatalogPackage[]): number {
  return layers.reduce((sum, p) => sum + layerBytes(p), 0)
}

/** A cache of `count` packages that need each other; the last seventh are roots of an image `everything`. */
export function tallCache(count: number, now: number): FakeCache {
  const environment = generatedEnvironment(tallRef, count)
  const packages = packagesOf(environment)
  const byHash = new Map(packages.map((p) => [p.about.hash, p.about]))
  const cache: FakeCache = { tags: new Map(), listed: new Set(byHash.keys()), gone: [] }
  for (const { about, bytes } of packages) {
    const layers = closure(about, byHash)
    cache.tags.set(packageTag(about), { row: packageRow(about, layers, bytes, now - day), layers, base: true })
  }
  const layers = packages.map((p) => p.about)
  cache.tags.set('everything', { row: { tag: 'everything', kind: 'environment', read: true, digest: digestOf('everything'), mediaType: manifestType, platform: 'linux/amd64', layers: layers.length + 1, bytes: bytesOf(layers) + base.bytes, createdAt: now - day }, layers, base: true }) // biome-ignore format: plain data
  return cache
}

function toolPackages() {
  return packagesOf(toolsEnvironment())
}

function packagesOf({ detail, packed }: FakeEnvironment) {
  return detail.packages.map((p) => {
    const { root: _root, installed: _installed, prefix: _prefix, ...about } = p
    const bytes = packed[p.hash] ?? 0
    sizes.set(p.hash, bytes)
    return { about: { ...about, specVersion: 4, layoutVersion: 2 }, bytes, days: 12 + (p.name.length % 5) }
  })
}

function sciencePackages() {
  const made = new Map<string, CatalogPackage>()
  return entries.map(([name, version, compiler, target, megabytes, days, needs]) => {
    const dependencies = needs
      .split(' ')
      .filter(Boolean)
      .flatMap((need) => made.get(need)?.hash ?? [])
    const about: CatalogPackage = {
      ...packageOf(name, version, compiler, target, ''),
      dependencies: dependencies.map((hash) => ({ hash, types: ['build', 'link'], virtuals: [] })),
    }
    if (!made.has(name)) made.set(name, about)
    sizes.set(about.hash, megabytes * MB)
    return { about, bytes: megabytes * MB, days }
  })
}

function packageOf(name: string, version: string, compiler: string, target: string, salt: string): CatalogPackage {
  const hash = hashOf(`${name}${version}${target}${salt}`)
  const variants = name === 'hdf5' ? '+mpi +hl ~fortran api=v18 build_system=cmake' : '+shared build_system=autotools'
  return { hash, name, version, namespace: 'builtin', compiler, target, os: target === 'zen4' ? 'rocky9' : 'ubuntu24.04', platform: 'linux', variants, external: false, dependencies: [], specVersion: 5, layoutVersion: 2 } // biome-ignore format: plain data
}

function packageRow(about: CatalogPackage, layers: readonly CatalogPackage[], bytes: number, at: number): CatalogRow {
  sizes.set(about.hash, bytes)
  const tag = packageTag(about)
  return { tag, kind: 'package', read: true, digest: digestOf(tag), mediaType: manifestType, package: about, listed: true, platform: `linux/${about.target === 'neoverse_v1' ? 'arm64' : 'amd64'}`, layers: layers.length + 1, bytes: bytesOf(layers) + base.bytes, ownBytes: bytes, createdAt: at } // biome-ignore format: plain data
}

function packageTag({ name, version, hash }: CatalogPackage): string {
  return `${name}-${version}-${hash}.spack`
}

function others(now: number): readonly CatalogRow[] {
  const read = true
  const at = (days: number) => now - days * day
  return [
    { tag: 'index.spack', kind: 'index', read, digest: digestOf('index'), mediaType: manifestType, layers: 1, bytes: 412_300, createdAt: at(9) },
    { tag: 'runtime', kind: 'platforms', read, digest: digestOf('runtime'), mediaType: 'application/vnd.oci.image.index.v1+json', bytes: 171 * MB, createdAt: at(60) },
    { tag: 'builder-2022', kind: 'image', read, digest: digestOf('builder'), mediaType: manifestType, platform: 'windows/amd64', layers: 3, bytes: 1_710 * MB, createdAt: at(800) },
    { tag: 'gromacs-chart-0.3.1', kind: 'chart', read, digest: digestOf('chart'), mediaType: manifestType, layers: 1, bytes: 9_120, createdAt: at(120), problem: 'a Helm chart (application/vnd.cncf.helm.config.v1+json)' },
    { tag: `sha256-${digestOf('climate').slice(7)}.sig`, kind: 'signature', read, digest: digestOf('sig'), mediaType: manifestType, layers: 1, bytes: 253, createdAt: at(37) },
    { tag: 'ncurses-6.2-4tq7h3xv2c6l4yqk3fhz5n4m2a7c6d5e.spack', kind: 'damaged', read, digest: digestOf('damaged'), mediaType: manifestType, problem: 'Its config is not JSON: unexpected end at byte 4,096. Spack stops here when it updates the index.' },
  ] // biome-ignore format: a table
}

/** What `image.show` says of the packages and layers; `platforms` and the like are told by the tag's kind. */
export function imageOf(cache: FakeCache, tag: FakeTag): Pick<ImageDetail, 'layers' | 'stack' | 'sums' | 'sameDigest' | 'packages' | 'base'> {
  const users = (hash: string) => [...cache.tags.values()].filter((t) => t.row.tag !== tag.row.tag && t.layers.some((l) => l.hash === hash)).map((t) => t.row.tag)
  const everyone = [...cache.tags.values()].filter((t) => t.base && t.row.tag !== tag.row.tag).map((t) => t.row.tag)
  const layers: ImageLayer[] = tag.layers.map((p) => {
    const usedBy = users(p.hash)
    return { digest: digestOf(p.hash), diffId: digestOf(`diff ${p.hash}`), mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', bytes: layerBytes(p), kind: 'package', package: { hash: p.hash, name: p.name, version: p.version }, usedBy: usedBy.slice(0, 50), usedByCount: usedBy.length }
  })
  if (tag.base) layers.unshift({ digest: base.digest, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', bytes: base.bytes, kind: 'base', createdBy: '/bin/sh -c #(nop) ADD file:6a2c… in /', usedBy: everyone.slice(0, 50), usedByCount: everyone.length })
  else if (tag.row.layers) for (let i = 0; i < tag.row.layers; i += 1) layers.push({ digest: digestOf(`${tag.row.tag} ${i}`), mediaType: 'application/octet-stream', bytes: Math.round((tag.row.bytes ?? 0) / tag.row.layers), kind: 'other', createdBy: tag.row.kind === 'image' ? ['cmd /S /C #(nop) ADD windows base', 'cmd /S /C choco install cmake', 'cmd /S /C choco install git'][i] : undefined, usedBy: [], usedByCount: 0 })
  const needed = (hash: string) => tag.layers.filter((p) => p.dependencies.some((d) => d.hash === hash)).map((p) => p.name)
  const shared = layers.filter((l) => l.usedByCount > 0).reduce((n, l) => n + l.bytes, 0)
  const bytes = layers.reduce((n, l) => n + l.bytes, 0)
  return {
    layers,
    packages: [...tag.layers],
    base: tag.base ? { name: base.name, digest: base.digest, layers: 1 } : undefined,
    stack: layers.map((l) => l.package ? { key: l.package.hash, kind: 'package', name: l.package.name, version: l.package.version, state: 'present', bytes: l.bytes, estimated: false, root: needed(l.package.hash).length === 0, neededBy: needed(l.package.hash), sharedWith: l.usedBy, digest: l.digest } : { key: l.digest, kind: 'base', name: l.kind === 'base' ? base.name : 'layer', state: 'base', bytes: l.bytes, estimated: false, root: false, neededBy: [], sharedWith: l.usedBy, digest: l.digest }),
    sums: { bytes, uniqueBytes: bytes - shared, sharedBytes: shared, unpackedBytes: Math.round(bytes * 2.7) },
    sameDigest: [...cache.tags.values()].filter((t) => t.row.tag !== tag.row.tag && t.row.digest === tag.row.digest).map((t) => t.row.tag),
  }
} // biome-ignore format: plain data

function closure(about: CatalogPackage, byHash: ReadonlyMap<string, CatalogPackage>): readonly CatalogPackage[] {
  return merge([about], byHash)
}

/** The packages with all that they need by a link or run edge, dependencies first. */
function merge(roots: readonly (CatalogPackage | undefined)[], byHash: ReadonlyMap<string, CatalogPackage>) {
  const order = new Set<CatalogPackage>()
  const add = (one: CatalogPackage): void => {
    if (order.has(one)) return
    for (const { hash, types } of one.dependencies) {
      const next = byHash.get(hash)
      if (next && types.includes('link')) add(next)
    }
    order.add(one)
  }
  for (const root of roots) if (root) add(root)
  return [...order]
}

/** A digest that is the same every time. */
export function digestOf(text: string): string {
  return `sha256:${letters(text, '0123456789abcdef', 64)}`
}

function hashOf(text: string): string {
  return letters(text, 'abcdefghijklmnopqrstuvwxyz234567', 32)
}

function letters(text: string, alphabet: string, count: number): string {
  let state = 2166136261
  for (const letter of text) state = Math.imul(state ^ letter.charCodeAt(0), 16777619) >>> 0
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return alphabet[(state >>> 16) % alphabet.length]
  }).join('')
}
