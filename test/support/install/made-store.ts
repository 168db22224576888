import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A package of a made-up store. */
export interface MadePackage {
  /** What a test calls it; its DAG hash is made from it. */
  readonly label: string
  /** Its name, when that is not its label. */
  readonly name?: string
  readonly version?: string
  /** What it needs, by label. */
  readonly needs?: Readonly<Record<string, MadeEdge>>
  /** Label of the package that was built for it: it is spliced then, and not in the store. */
  readonly builtAs?: string
  /** Path of a package that Spack did not build. */
  readonly external?: string
  /** Further keys of its node. */
  readonly node?: Readonly<Record<string, unknown>>
  /** Puts its files into its prefix. */
  readonly fill?: (prefix: string, prefixOf: (label: string) => string) => void
}

interface MadeEdge {
  readonly types: readonly string[]
  readonly virtuals?: readonly string[]
}

export interface MadeStore {
  /** Root of the made-up Spack. */
  readonly spack: string
  /** Its environment, whose roots are all packages that are in the store. */
  readonly environment: string
  hashOf(label: string): string
  prefixOf(label: string): string
  /** Makes a folder an environment with these roots, spliced ones too. */
  lock(folder: string, roots: readonly string[]): void
}

/** The versions of database and lockfile that go with those of specs. */
const fileVersions = { 4: [7, 5], 5: [8, 6], 6: [9, 8] } as const

/** Makes a Spack with a store, its database and an environment in `folder`, all in the form of one version of specs. */
export function makeStore(folder: string, specVersion: 4 | 5 | 6, packages: readonly MadePackage[]): MadeStore {
  const [database, lockfile] = fileVersions[specVersion]
  const store = join(folder, 'opt/spack')
  const named = new Map(packages.map((one) => [one.label, one]))
  const hashOf = (label: string): string => {
    const built = named.get(label)?.builtAs
    return built === undefined ? hashFrom(label) : hashFrom(label).slice(0, -7) + hashOf(built).slice(-7)
  }
  const nodes = new Map(packages.map((one) => [one.label, nodeOf(one, named, hashOf, specVersion)]))
  const prefixOf = (label: string): string => {
    const { label: _, name = label, version = '1.0', external } = named.get(label) ?? { label }
    return external ?? join(store, `${name}-${version}-${hashOf(label)}`)
  }
  const stored = packages.filter((one) => one.builtAs === undefined)
  for (const one of stored) {
    if (one.external !== undefined) continue
    const prefix = prefixOf(one.label)
    const document = { spec: { _meta: { version: specVersion }, nodes: closureOf(one.label, named, nodes) } }
    write(join(prefix, '.spack/spec.json'), document)
    write(join(prefix, '.spack/install_manifest.json'), {})
    one.fill?.(prefix, prefixOf)
  }
  const installs = stored.map((one) => [
    hashOf(one.label),
    { spec: nodes.get(one.label), path: prefixOf(one.label), installed: true, ref_count: 0, explicit: true },
  ])
  write(join(store, '.spack-db/index.json'), {
    database: { version: String(database), installs: Object.fromEntries(installs) },
  })
  const lock = (place: string, roots: readonly string[]): void => {
    const specs = [...nodes].map(([label, node]) => [hashOf(label), node])
    const names = roots.map((label) => named.get(label)?.name ?? label)
    write(join(place, 'spack.yaml'), { spack: { specs: names, view: false } })
    write(join(place, 'spack.lock'), {
      _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': lockfile, 'specfile-version': specVersion },
      roots: roots.map((label, i) => ({ hash: hashOf(label), spec: names[i] })),
      concrete_specs: Object.fromEntries(specs),
    })
  }
  lock(
    join(folder, 'var/spack/environments/made'),
    stored.map((one) => one.label),
  )
  return { spack: folder, environment: 'made', hashOf, prefixOf, lock }
}

function nodeOf(
  one: MadePackage,
  named: ReadonlyMap<string, MadePackage>,
  hashOf: (label: string) => string,
  specVersion: number,
): object {
  // By name, as Spack writes them.
  const dependencies = Object.entries(one.needs ?? {})
    .map(([label, { types, virtuals = [] }]) => ({
      name: named.get(label)?.name ?? label,
      hash: hashOf(label),
      parameters: { deptypes: types, virtuals },
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    name: one.name ?? one.label,
    version: one.version ?? '1.0',
    arch: { platform: 'linux', platform_os: 'debian12', target: 'x86_64' },
    ...(specVersion < 5 && { compiler: { name: 'gcc', version: '12.2.0' } }),
    namespace: 'demo',
    parameters: { build_system: 'generic' },
    ...(one.external !== undefined && { external: { path: one.external, module: null, extra_attributes: {} } }),
    ...(dependencies.length > 0 && { dependencies }),
    ...(one.builtAs !== undefined && {
      build_spec: { name: named.get(one.builtAs)?.name ?? one.builtAs, hash: hashOf(one.builtAs) },
    }),
    ...(specVersion >= 5 && { annotations: { original_specfile_version: specVersion } }),
    ...one.node,
    hash: hashOf(one.label),
  }
}

function closureOf(
  label: string,
  named: ReadonlyMap<string, MadePackage>,
  nodes: ReadonlyMap<string, object>,
): object[] {
  const labels = new Set([label])
  for (const one of labels) for (const needed of Object.keys(named.get(one)?.needs ?? {})) labels.add(needed)
  return [...labels].flatMap((one) => nodes.get(one) ?? [])
}

/** 32 letters of base32, as a DAG hash is. That of a splice ends like that of what was built for it. */
function hashFrom(label: string): string {
  const digest = createHash('sha256').update(`made ${label}`).digest()
  return [...digest].map((byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32]).join('')
}

function write(file: string, content: object): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, JSON.stringify(content))
}
