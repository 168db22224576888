import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type NewInstall,
  type RegisterRun,
  type Registration,
  registerInstalled,
} from '../../../main/spack/database/register.ts'
import type { JsonObject } from '../../../main/spack/json.ts'
import { storeLocks } from '../../../main/spack/locks/store-locks.ts'
import type { SpecGraph, SpecNode } from '../../../main/spack/spec/graph.ts'
import { readNodes } from '../../../main/spack/spec/read-nodes.ts'
import { fixtureText, folderWith, graphOf, refusal } from './fixtures.ts'

interface Record_ extends JsonObject {
  readonly ref_count: number
  readonly installed: boolean
  readonly explicit: boolean
  readonly spec: JsonObject
}

const now = 1_700_000_000_250

describe('registering in a new database', () => {
  it('makes what Spack 0.22 made of the same packages, record by record and in its order', async () => {
    const spacks = installsOf(fixtureText('index.json'))
    const installs = Object.entries(spacks).map(([hash, record]) => ({
      hash,
      prefix: String(record.path),
      explicit: record.explicit,
    }))
    const root = await register({ graph: graphOf('index.json', 4), installs }, { newVersion: 7 })
    const ours = installsOf(indexText(root))
    expect(indexText(root)).toMatch(/^\{"database":\{"version":"7","installs":\{"[a-z2-7]{32}":\{"spec":\{"name":/)
    const untimed = (records: Record<string, Record_>) =>
      Object.entries(records).map(([hash, record]) => [hash, JSON.stringify({ ...record, installation_time: 0 })])
    expect(untimed(ours)).toEqual(untimed(spacks))
    expect(ours[Object.keys(ours)[0] ?? '']?.installation_time).toBe(now / 1000)
  })

  it('adds dependencies first, and build tools that are not there as not installed', async () => {
    const graph = graphWith({ app: { lib: ['build', 'link'], tool: ['build'] }, lib: { tool: ['build'] }, tool: {} })
    const root = await register(
      { graph, installs: [install('app', true), install('lib')], prefixOf: (node) => `/s/${node.name}-would-be` },
      { newVersion: 7 },
    )
    const records = installsOf(indexText(root))
    expect(
      Object.entries(records).map(([hash, { ref_count, installed, explicit, path }]) => [
        hash,
        ref_count,
        installed,
        explicit,
        path,
      ]),
    ).toEqual([
      ['tool', 2, false, false, '/s/tool-would-be'],
      ['lib', 1, true, false, '/s/lib'],
      ['app', 0, true, true, '/s/app'],
    ])
    expect(Object.keys(records.app ?? {})).toEqual([
      'spec',
      'ref_count',
      'path',
      'installed',
      'explicit',
      'installation_time',
      'deprecated_for',
    ])
  })

  it('keeps externals as installed, at their own path', async () => {
    const graph = graphWith({ app: { glibc: ['link'], cuda: ['link'] }, glibc: {}, cuda: {} }, 5, {
      glibc: { external: { path: '/usr', module: null, extra_attributes: {} } },
      cuda: { external: { path: null, module: ['cuda/12'], extra_attributes: {} } },
    })
    const root = await register({ graph, installs: [install('app')] }, { newVersion: 8 })
    const { glibc, cuda } = installsOf(indexText(root))
    expect(glibc).toMatchObject({ path: '/usr', installed: true, ref_count: 1, spec: { external: { path: '/usr' } } })
    expect(cuda).toMatchObject({ path: null, installed: true })
  })

  it('counts test edges where the DAG hash covers them, and leaves them out where not', async () => {
    const edges = { app: { check: ['test'] }, check: {} }
    const [old, recent] = await Promise.all([
      register({ graph: graphWith(edges, 4), installs: [install('app')] }, { newVersion: 7 }),
      register({ graph: graphWith(edges, 5), installs: [install('app')] }, { newVersion: 8 }),
    ])
    expect(Object.keys(installsOf(indexText(old)))).toEqual(['app'])
    expect(installsOf(indexText(old)).app?.spec.dependencies).toBeUndefined()
    expect(installsOf(indexText(recent)).check).toMatchObject({ ref_count: 1, installed: false })
  })

  it('writes a spec of Spack 0.2x for Spack 1.x as that does: its compiler becomes an annotation', async () => {
    const graph = graphOf('index.json', 4)
    const zlib = [...graph.nodes.values()].find(({ name }) => name === 'zlib')?.hash ?? ''
    const root = await register({ graph, installs: [install(zlib)] }, { newVersion: 8 })
    const spec = installsOf(indexText(root))[zlib]?.spec
    expect(Object.keys(spec ?? {})).toEqual([
      'name',
      'version',
      'arch',
      'namespace',
      'parameters',
      'package_hash',
      'dependencies',
      'annotations',
      'hash',
    ])
    expect(spec?.annotations).toEqual({ original_specfile_version: 4, compiler: 'gcc@=12.2.0' })
  })

  it('refuses a spec that the Spack of the database could not read, and writes nothing', async () => {
    const root = await folderWith({})
    const graph = graphWith({ app: {} }, 5)
    const error = await refusal(register({ graph, installs: [install('app')] }, { paddedRoot: root, newVersion: 7 }))
    expect(error).toMatchObject({ code: 'spec-too-new', message: expect.stringContaining('app/app') })
    expect(existsSync(join(root, '.spack-db/index.json'))).toBe(false)
  })

  it('refuses a package whose dependency nobody describes', async () => {
    const graph = graphWith({ app: { lost: ['link'] } })
    const error = await refusal(register({ graph, installs: [install('app')] }, { newVersion: 7 }))
    expect(error).toMatchObject({ code: 'spec-invalid', message: expect.stringContaining('app/app needs /lost') })
  })

  it('leaves to an upstream store what is installed there', async () => {
    const graph = graphWith({ app: { lib: ['link'] }, lib: {} })
    const root = await register({ graph, installs: [install('app')], upstream: new Set(['lib']) }, { newVersion: 7 })
    expect(Object.keys(installsOf(indexText(root)))).toEqual(['app'])
  })

  it('takes a chain of ten thousand dependencies', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `p${i}`)
    const edges = Object.fromEntries(
      names.map((name, i) => [name, i + 1 < names.length ? { [`p${i + 1}`]: ['link'] } : {}]),
    )
    const root = await register(
      { graph: graphWith(edges), installs: names.map((name) => install(name)) },
      { newVersion: 7 },
    )
    const order = Object.keys(installsOf(indexText(root)))
    expect([order.length, order[0], order.at(-1)]).toEqual([10_000, 'p9999', 'p0'])
  })
})

describe('registering in a database that is there', () => {
  const stored = (name: string, more: object) => ({
    spec: { name, version: '1', hash: name, parameters: { text: 'grüße 🎈' } },
    ref_count: 0,
    path: `/s/${name}`,
    installed: true,
    explicit: false,
    installation_time: 1_600_000_000.5831769,
    deprecated_for: null,
    ...more,
  })

  it('keeps its records, also what it does not know in them, its version and its other files', async () => {
    const lib = stored('lib', { ref_count: 3, origin: 'elsewhere', new_key: { of: ['a', 'future', 1.5] } })
    const root = await storeWith({ lib })
    await register(
      { graph: graphWith({ app: { lib: ['link'] }, lib: {} }), installs: [install('app')] },
      { paddedRoot: root, newVersion: 8 },
    )
    expect(installsOf(indexText(root)).lib).toEqual({ ...lib, ref_count: 4 })
    expect(indexText(root)).toMatch(/^\{"database":\{"version":"7"/)
    expect(indexText(root)).toMatch(/^[\x20-\x7e]*$/)
    expect(readdirSync(join(root, '.spack-db')).sort()).toEqual(['index.json', 'index_verifier', 'lock'])
  })

  it('has a new verifier each time', async () => {
    const root = await storeWith({})
    const verifiers = new Set<string>()
    for (const name of ['a', 'b', 'c']) {
      await register({ graph: graphWith({ [name]: {} }), installs: [install(name)] }, { paddedRoot: root })
      verifiers.add(readFileSync(join(root, '.spack-db/index_verifier'), 'utf8'))
    }
    expect(verifiers.size).toBe(3)
    expect([...verifiers][0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })

  it('marks installed what was only a record, and keeps how many need it', async () => {
    const root = await storeWith({ tool: stored('tool', { ref_count: 7, installed: false, path: '/s/would-be' }) })
    await register({ graph: graphWith({ tool: {} }), installs: [install('tool', true)] }, { paddedRoot: root })
    expect(installsOf(indexText(root)).tool).toMatchObject({
      ref_count: 7,
      installed: true,
      explicit: true,
      path: '/s/tool',
      installation_time: now / 1000,
    })
  })

  it('keeps explicit what is replaced, and marks explicit what was there and is asked for', async () => {
    const root = await storeWith({
      mine: stored('mine', { explicit: true }),
      lib: stored('lib', {}),
      other: stored('other', {}),
    })
    await register(
      { graph: graphWith({ mine: {}, lib: {} }), installs: [install('mine')], markExplicit: ['lib', 'none'] },
      { paddedRoot: root },
    )
    const explicit = Object.entries(installsOf(indexText(root))).map(([hash, record]) => [hash, record.explicit])
    expect(explicit).toEqual([
      ['mine', true],
      ['lib', true],
      ['other', false],
    ])
  })

  it('counts nothing twice when it is done again', async () => {
    const root = await storeWith({})
    const registration = {
      graph: graphWith({ app: { lib: ['link'] }, lib: {} }),
      installs: [install('lib'), install('app')],
    }
    await register(registration, { paddedRoot: root })
    const once = indexText(root)
    await register(registration, { paddedRoot: root })
    expect(indexText(root)).toBe(once)
  })

  it.each([
    ['is cut off', '{"database": {', 'database-invalid'],
    ['is something else', '[]', 'database-invalid'],
    ['has a record that is none', '{"database":{"version":"7","installs":{"a":5}}}', 'database-invalid'],
    ['is older than Strata writes', '{"database":{"version":"6","installs":{}}}', 'database-invalid'],
    ['is newer than Strata knows', '{"database":{"version":"10","installs":{}}}', 'database-too-new'],
  ])('that %s leaves it as it is', async (_, text, code) => {
    const root = await folderWith({ '.spack-db/index.json': text })
    const error = await refusal(
      register({ graph: graphWith({ a: {} }), installs: [install('a')] }, { paddedRoot: root }),
    )
    expect(error).toMatchObject({ code, message: expect.stringContaining(`${root}/.spack-db/index.json`) })
    expect(indexText(root)).toBe(text)
  })

  it('that somebody reads all the time stays as it is', async () => {
    const root = await storeWith({ lib: stored('lib', {}) })
    const before = indexText(root)
    const held = await storeLocks({ paddedRoot: root }).database('shared')
    const error = await refusal(
      register({ graph: graphWith({ a: {} }), installs: [install('a')] }, { paddedRoot: root, timeout: 0 }),
    )
    held.release()
    expect(error).toMatchObject({ code: 'lock-timeout' })
    expect(indexText(root)).toBe(before)
  })

  it('takes turns with other jobs: none loses what another wrote', async () => {
    const root = await storeWith({})
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`)
    await Promise.all(
      names.map((name) =>
        register({ graph: graphWith({ [name]: {} }), installs: [install(name)] }, { paddedRoot: root }),
      ),
    )
    expect(Object.keys(installsOf(indexText(root))).sort()).toEqual([...names].sort())
  })
})

function install(hash: string, explicit = false): NewInstall {
  return { hash, prefix: `/s/${hash}`, explicit }
}

/** Registers, in a new folder unless the run names one; returns the store. */
async function register(registration: Registration, run: Partial<RegisterRun>): Promise<string> {
  const paddedRoot = run.paddedRoot ?? (await folderWith({}))
  await registerInstalled(registration, { newVersion: 7, now, locks: storeLocks({ paddedRoot }), ...run, paddedRoot })
  return paddedRoot
}

async function storeWith(installs: object): Promise<string> {
  const root = await folderWith({ '.spack-db/index_verifier': 'old' })
  writeFileSync(join(root, '.spack-db/index.json'), JSON.stringify({ database: { version: '7', installs } }))
  return root
}

function indexText(root: string): string {
  return readFileSync(join(root, '.spack-db/index.json'), 'utf8')
}

function installsOf(text: string): Record<string, Record_> {
  const data = JSON.parse(text) as { database: { installs: Record<string, Record_> } }
  return data.database.installs
}

/** Packages by name, which is their hash too, with the types of their edges. */
function graphWith(
  edges: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
  specVersion = 4,
  more: Readonly<Record<string, object>> = {},
): SpecGraph {
  const nodes = Object.entries(edges).map(([name, dependencies]) => {
    const list = Object.entries(dependencies).map(([hash, deptypes]) => ({
      name: hash,
      hash,
      parameters: { deptypes, virtuals: [] },
    }))
    return [name, { name, version: '1', dependencies: list, hash: name, ...more[name] }] as const
  })
  const read: ReadonlyMap<string, SpecNode> = readNodes(nodes, 'test', () => specVersion).nodes
  return { nodes: read, roots: [], specVersion }
}
