import type { EnvironmentDetail, EnvironmentRef, PackageSummary } from '../../main/api/models.ts'

/** Plain data that looks like the real thing: the fifteen packages of a real environment, and as many as one wants. */

const store = '/home/demo/spack/opt/spack'
const padded = `${store}${'/__spack_path_placeholder__'.repeat(3)}/__spack_path_placeho`

interface Row {
  readonly hash: string
  readonly name: string
  readonly version: string
  readonly buildSystem: string
  readonly root: boolean
  /** On disk, and as a layer. */
  readonly disk: number
  readonly packed: number
  /** `ncurses:link gmake:build`. */
  readonly needs: string
}

type Tuple = readonly [string, string, string, string, boolean, number, number, string]

// From a real store that Spack 0.22.5 built and pushed: hashes, sizes and edges are its own.
const tools: readonly Tuple[] = [
  ['37rvtkmhxumr6kxonpwnuzpsood46jod', 'cowsay', '3.03', 'generic', true, 41854, 13101, ''],
  ['zaghpewvsgf7h4hpv46daaeevynessvv', 'figlet', '2.2.5', 'makefile', true, 810014, 183956, 'gmake:build'],
  ['4qckmwtajuahkryv26kdtsiz5fldao7z', 'gmake', '4.3', 'generic', false, 246408, 117929, ''],
  ['xhh5xnz2epmzbehcy6eba2nqxs653t2j', 'hello', '2.10', 'autotools', true, 311591, 101572, 'gmake:build'],
  ['rdhbsi42akevheu3xktxs3e4umnnsqo6', 'less', '590', 'autotools', true, 825152, 354279, 'gmake:build ncurses:link'],
  ['lhf5rgre3cxpgs3l5ukc47evnlr3wdjs', 'lua', '5.4.4', 'makefile', true, 1098699, 424279, 'gmake:build ncurses:link readline:link'],
  ['mh73zlz3s4jgpgk6ymslrpxhdygk4eof', 'nano', '7.2', 'autotools', true, 3377632, 1332895, 'gmake:build ncurses:link zlib:link'],
  ['javfv4npq27ua4kua36pyc62su5kbq3s', 'ncurses', '6.4', 'autotools', false, 7399768, 1803812, 'gmake:build'],
  ['mm56vhqzntgtj2gf76f4sbfsuf3glliw', 'readline', '8.2', 'autotools', false, 3945621, 1388130, 'gmake:build ncurses:link'],
  ['gdlq3znuaqya7mxs5ltq3oyb3izkkf6p', 'relockit', '1.0', 'generic', true, 83483, 11805, 'zlib:link'],
  ['axcbonri6apysg4kkyhrgemec4rnm7sf', 'sed', '4.9', 'autotools', true, 1342150, 460344, 'gmake:build'],
  ['e354v47725d72cpd355hx5k6wyfodmfl', 'sqlite', '3.40.1', 'autotools', true, 20434685, 8075306, 'gmake:build readline:link zlib:link'],
  ['z4xbt6ajw7cfj7ppe35mfnmy7xjybs75', 'vim', '9.0.1378', 'autotools', true, 31185198, 10168586, 'gmake:build ncurses:link'],
  ['zggzqcyfwnts3encqg6a5skh4miu4aqa', 'zlib', '1.2.13', 'autotools', false, 407318, 169140, 'gmake:build'],
  ['3o5z4nvsbdn3jzddn2zrsghr6b5zl3i2', 'zstd', '1.5.4', 'makefile', true, 3606391, 1478069, 'gmake:build'],
] // biome-ignore format: a table

/** An environment with what only the registry side knows: sizes by hash. */
export interface FakeEnvironment {
  readonly detail: EnvironmentDetail
  readonly disk: Readonly<Record<string, number>>
  readonly packed: Readonly<Record<string, number>>
}

export const toolsRef: EnvironmentRef = { spack: '/home/demo/spack', environment: 'tools' }
export const sampleRef: EnvironmentRef = { spack: '/home/demo/spack', sysroot: '/tmp/sample', environment: 'sample' }
export const hugeRef: EnvironmentRef = { spack: '/home/demo/spack', environment: 'everything' }
export const tallRef: EnvironmentRef = { spack: '/home/demo/spack', environment: 'science' }
export const brokenRef: EnvironmentRef = { environment: '/home/demo/projects/climate-model-2026' }

const rows = tools.map(
  ([hash, name, version, buildSystem, root, disk, packed, needs]): Row => ({
    hash,
    name,
    version,
    buildSystem,
    root,
    disk,
    packed,
    needs,
  }),
)

export function toolsEnvironment(): FakeEnvironment {
  return environmentOf(toolsRef, rows)
}

export function sampleEnvironment(): FakeEnvironment {
  const names = new Set(['cowsay', 'figlet', 'gmake', 'hello', 'less', 'ncurses', 'relockit', 'zlib'])
  return environmentOf(
    sampleRef,
    rows.filter((r) => names.has(r.name)),
  )
}

/** An environment of `count` packages, each needing a few of those before it; the same every time. */
export function generatedEnvironment(ref: EnvironmentRef, count: number): FakeEnvironment {
  const random = seeded(count)
  const stems = ['hdf5', 'netcdf-c', 'openblas', 'py-numpy', 'trilinos', 'mpich', 'perl-uri', 'r-ggplot2', 'cmake', 'boost', 'zlib-ng', 'libxml2'] // biome-ignore format: a list
  const made: Row[] = []
  for (let i = 0; i < count; i += 1) {
    const stem = stems[i % stems.length] ?? 'pkg'
    const needs = new Set<string>()
    for (let k = 0; k < Math.min(i, 3); k += 1) {
      // Most lean on the first few, as everything leans on zlib.
      const target = made[Math.floor(random() ** 3 * i)]
      if (target) needs.add(`${target.name}:${random() < 0.2 ? 'build' : 'link'}`)
    }
    const disk = Math.round(2000 + 60_000_000 * random() ** 8)
    made.push({
      hash: hashOf(i),
      name: i < stems.length ? stem : `${stem}-${i}`,
      version: `${1 + Math.floor(random() * 12)}.${Math.floor(random() * 20)}.${Math.floor(random() * 9)}`,
      buildSystem: ['cmake', 'autotools', 'python_pip', 'makefile'][i % 4] ?? 'generic',
      root: i > count * 0.85,
      disk,
      packed: Math.round(disk * 0.38),
      needs: [...needs].join(' '),
    })
  }
  return environmentOf(ref, made)
}

function environmentOf(ref: EnvironmentRef, all: readonly Row[]): FakeEnvironment {
  const byName = new Map(all.map((r) => [r.name, r]))
  const packages = all.map((r): PackageSummary => {
    const dependencies = r.needs
      .split(' ')
      .filter(Boolean)
      .flatMap((need): PackageSummary['dependencies'] => {
        const [name = '', type] = need.split(':')
        const target = byName.get(name)
        if (!target) return []
        return [{ hash: target.hash, types: type === 'build' ? ['build'] : ['build', 'link'], virtuals: [] }]
      })
    return {
      hash: r.hash,
      name: r.name,
      version: r.version,
      namespace: 'builtin',
      compiler: 'gcc@12.2.0',
      target: 'x86_64',
      os: 'debian12',
      platform: 'linux',
      variants: `build_system=${r.buildSystem}${r.buildSystem === 'autotools' ? ' +shared ~static' : ''}`,
      root: r.root,
      installed: true,
      external: false,
      prefix: `${padded}/linux-debian12-x86_64/gcc-12.2.0/${r.name}-${r.version}-${r.hash}`,
      dependencies,
    }
  })
  const roots = packages.filter((p) => p.root)
  return {
    detail: {
      ref,
      name: ref.environment,
      folder: `${ref.spack}/var/spack/environments/${ref.environment}`,
      specs: roots.map((p) => p.name),
      concretized: true,
      lockfileVersion: 5,
      roots: roots.map((p) => ({ hash: p.hash, spec: p.name })),
      packages,
      mirrors: [
        {
          name: 'demo',
          fetchUrl: 'oci://localhost:5445/demo/buildcache',
          pushUrl: 'oci://localhost:5445/demo/buildcache',
          oci: true,
          signed: false,
          scope: `env:${ref.environment} (${ref.spack}/var/spack/environments/${ref.environment}/spack.yaml:23)`,
        },
      ],
      spack: { root: '/home/demo/spack', version: '0.22.5' },
      store: {
        root: store,
        paddedRoot: padded,
        rootScope: `defaults (${ref.spack}/etc/spack/defaults/config.yaml:20)`,
        paddingScope: `site (${ref.spack}/etc/spack/config.yaml:3)`,
        databaseVersion: 7,
      },
      findings: [],
    },
    disk: Object.fromEntries(all.map((r) => [r.hash, r.disk])),
    packed: Object.fromEntries(all.map((r) => [r.hash, r.packed])),
  }
}

/** 32 letters of Spack's base-32 alphabet. */
function hashOf(index: number): string {
  const random = seeded(index * 7919 + 17)
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  return Array.from({ length: 32 }, () => alphabet[Math.floor(random() * 32)]).join('')
}

/** A small generator (mulberry32), so that made-up data is the same on every run. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
