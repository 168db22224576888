import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databaseOf, type Installed, install, leftoversIn } from '../support/install/installer.ts'
import { type MadePackage, makeStore } from '../support/install/made-store.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'

/**
 * A cache that Spack 0.22, 1.1 and 1.3 have pushed to holds specs of versions 4, 5 and 6. Each goes into a store whose Spack
 * can read it, in that Spack's form, and into no other.
 */

let top = ''
let machine: Machine
/** With an index, which is of version 9 then, and without, where each package's config speaks for itself. */
const caches = { indexed: '', tagged: '' }

const note = (prefix: string): void => {
  mkdirSync(join(prefix, 'share'))
  writeFileSync(join(prefix, 'share/note'), prefix)
}
const link = { types: ['link'] }
const build = { types: ['build'] }
const virtuals = { node: { provided_virtuals: ['zlib-api'] } }

/** What each Spack has pushed. `app-N` needs the library of its own Spack, `tool-5` was built by a compiler of Spack 1.3. */
const pushed: readonly (readonly [version: 4 | 5 | 6, packages: readonly MadePackage[]])[] = [
  [
    4,
    [
      { label: 'lib-4', fill: note },
      { label: 'app-4', needs: { 'lib-4': link }, fill: note },
    ],
  ],
  [
    5,
    [
      { label: 'lib-5', fill: note },
      { label: 'app-5', needs: { 'lib-5': link }, fill: note },
    ],
  ],
  [
    6,
    [
      { label: 'lib-6', ...virtuals, fill: note },
      { label: 'app-6', needs: { 'lib-6': link }, fill: note },
      // Of Spack 1.1, pushed by 1.3: its spec is of version 5 in its prefix, whatever form it has here.
      {
        label: 'old',
        node: { provided_virtuals: ['zlib-api'], annotations: { original_specfile_version: 5 } },
        fill: note,
      },
      {
        label: 'built',
        node: { annotations: { original_specfile_version: 5 } },
        needs: { 'lib-6': build },
        fill: note,
      },
    ],
  ],
]

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'strata-mixed-'))
  machine = await startMachine(top)
  for (const name of ['indexed', 'tagged'] as const) {
    caches[name] = `oci-layout://${join(top, name)}`
    for (const [version, packages] of pushed) {
      const { spack, environment } = makeStore(join(top, `made-${name}-${version}`), version, packages)
      const { job } = await machine.push({ spack, environment, to: caches[name], updateIndex: name === 'indexed' })
      expect(job.error).toBeUndefined()
    }
  }
})

afterAll(async () => {
  await machine.close()
  rmSync(top, { recursive: true, force: true })
})

let count = 0
let store = ''
beforeEach(() => {
  store = join(top, `store-${count++}`)
})

/** A store whose Spack writes databases of this version. */
function storeOf(databaseVersion: 7 | 8 | 9): void {
  mkdirSync(join(store, '.spack-db'), { recursive: true })
  const database = { version: String(databaseVersion), installs: {} }
  writeFileSync(join(store, '.spack-db/index.json'), JSON.stringify({ database }))
}

const failures = ({ result }: Installed): Record<string, string> =>
  Object.fromEntries(result.failed.map(({ name, error }) => [name, error.code]))

interface Stored {
  readonly version: string
  readonly installs: Record<string, { readonly spec: { readonly name: string; readonly annotations?: object } }>
}

function stored(): { readonly version: string; spec(name: string): Record<string, unknown> | undefined } {
  const { database } = JSON.parse(readFileSync(join(store, '.spack-db/index.json'), 'utf8')) as { database: Stored }
  const specs = Object.values(database.installs).map(({ spec }) => spec)
  return { version: database.version, spec: (name) => specs.find((one) => one.name === name) as never }
}

describe.each(['indexed', 'tagged'] as const)('a cache of three Spacks, %s,', (name) => {
  const all = (): Promise<Installed> => install(machine.engine, { from: caches[name], into: store, all: true })

  it('gives a Spack 1.3 everything, older specs as that Spack writes them', async () => {
    storeOf(9)
    const done = await all()
    expect(failures(done)).toEqual({})
    expect(Object.keys(databaseOf(store))).toEqual([
      'app-4',
      'app-5',
      'app-6',
      'built',
      'lib-4',
      'lib-5',
      'lib-6',
      'old',
    ])
    const { spec, version } = stored()
    expect(version).toBe('9')
    expect(spec('lib-4')).not.toHaveProperty('compiler')
    expect(spec('lib-4')?.annotations).toEqual({ original_specfile_version: 4, compiler: 'gcc@=12.2.0' })
    expect(spec('lib-5')?.annotations).toEqual({ original_specfile_version: 5 })
    expect(spec('lib-6')).toMatchObject({ provided_virtuals: ['zlib-api'] })
    expect(spec('old')).toMatchObject({ provided_virtuals: ['zlib-api'] })
  })

  it('gives a Spack 1.1 what it can read, and refuses the rest in words before it is fetched', async () => {
    storeOf(8)
    const done = await all()
    expect(failures(done)).toEqual({ 'lib-6': 'spec-too-new', 'app-6': 'spec-too-new', built: 'spec-too-new' })
    expect(Object.keys(databaseOf(store))).toEqual(['app-4', 'app-5', 'lib-4', 'lib-5', 'old'])
    expect(stored().spec('old')).not.toHaveProperty('provided_virtuals')
    const problems = done.plan.packages.flatMap((one) => (one.problem ? [[one.name, one.problem.message]] : []))
    // What was built by it needs its record.
    expect(Object.fromEntries(problems).built).toMatch(/^lib-6\/\w{7} is a spec of version 6; .* holds version 5$/)
    expect(done.plan.packages.find((one) => one.name === 'lib-6')?.problem?.hint).toMatch(/newer Spack/)
    expect(leftoversIn(store)).toEqual([])
  })

  it('gives a plain folder the database that what is asked for needs, not what else the cache has', async () => {
    const { job } = await install(machine.engine, { from: caches[name], into: store, specs: ['app-5'] })
    expect(job.error).toBeUndefined()
    expect(stored().version).toBe('8')
  })
})

describe('a cache of three Spacks, tagged,', () => {
  it('gives a Spack 0.22 its own packages alone', async () => {
    storeOf(7)
    const done = await install(machine.engine, { from: caches.tagged, into: store, all: true })
    expect(Object.keys(databaseOf(store))).toEqual(['app-4', 'lib-4'])
    expect(new Set(Object.values(failures(done)))).toEqual(new Set(['spec-too-new']))
    expect(stored().spec('lib-4')).toHaveProperty('compiler')
  })
})
