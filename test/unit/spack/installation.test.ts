import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../../main/spack/config/configuration.ts'
import { storeOf } from '../../../main/spack/config/store.ts'
import { databaseFingerprint, readDatabase } from '../../../main/spack/database/database.ts'
import { findInstances, openInstance, type SpackInstance } from '../../../main/spack/instances.ts'
import { fixtureText, folderWith, instanceWith, refusal } from './fixtures.ts'

const index = 'spack/opt/spack/.spack-db/index.json'

async function databaseOf(instance: SpackInstance) {
  return readDatabase(instance, await storeOf(await readConfiguration(instance), instance))
}

async function databaseWith(text: string) {
  return databaseOf(await instanceWith({ [index]: text }))
}

describe('finding Spack', () => {
  it('finds it by SPACK_ROOT, on PATH through links, in the home folder and remembered, each once', async () => {
    const folder = await folderWith({
      'one/bin/spack': '',
      'one/lib/spack/spack/__init__.py': '__version__ = "0.22.5"\n',
      'two/bin/spack': '',
      'two/lib/spack/spack/__init__.py': 'spack_version_info = (1, 1, 0)\n__version__ = make(spack_version_info)\n',
      'home/spack/etc/spack/config.yaml': '',
      'home/kept/opt/spack/.spack-db/index.json': '',
    })
    await mkdir(join(folder, 'bin'))
    await symlink(join(folder, 'two/bin/spack'), join(folder, 'bin/spack'))
    // Nobody can look into this one, be it the superuser.
    await symlink('loop', join(folder, 'loop'))
    const found = await findInstances({
      env: { SPACK_ROOT: join(folder, 'one'), PATH: `/nonexistent:${join(folder, 'loop')}:${join(folder, 'bin')}` },
      home: join(folder, 'home'),
      remembered: [join(folder, 'one'), join(folder, 'home/kept'), join(folder, 'gone')],
    })
    const seen = found.map(({ root, version, foundBy, executable }) => [
      root.slice(folder.length),
      version,
      foundBy,
      executable !== undefined,
    ])
    expect(seen).toEqual([
      ['/one', '0.22.5', 'SPACK_ROOT', true],
      ['/two', '1.1.0', 'PATH', true],
      ['/home/spack', undefined, 'home folder', false],
      ['/home/kept', undefined, 'remembered', false],
    ])
  })

  it('says so when a folder is none', async () => {
    const folder = await folderWith({ 'readme.txt': '' })
    expect(await refusal(openInstance(folder, { env: {} }))).toMatchObject({ code: 'spack-not-found' })
  })
})

describe('the database', () => {
  it('of the lab has its fifteen packages', async () => {
    const database = await databaseWith(fixtureText('index.json'))
    expect(database).toMatchObject({ version: 7, path: '/spack/opt/spack/.spack-db/index.json' })
    expect(database.graph.nodes.size).toBe(15)
    expect(database.graph.specVersion).toBe(4)
    const explicit = [...database.records.values()].filter((record) => record.explicit)
    expect(explicit).toHaveLength(11)
    const ncurses = [...database.records.values()].find((record) => record.path?.includes('/ncurses-6.4-'))
    expect(ncurses).toMatchObject({
      installed: true,
      explicit: false,
      refCount: 5,
      hash: 'javfv4npq27ua4kua36pyc62su5kbq3s',
    })
  })

  it.each([
    [6, 3],
    [7, 4],
    [8, 5],
    [9, 6],
  ])('of version %i holds specs of version %i', async (version, specVersion) => {
    const database = await databaseWith(JSON.stringify({ database: { version: String(version), installs: {} } }))
    expect(database).toMatchObject({ version, graph: { specVersion } })
  })

  it('adds what its upstreams hold, marked and behind its own', async () => {
    const record = (name: string, hash: string, installed: boolean) => ({
      spec: { name, version: '1', hash },
      path: `/x/${name}`,
      installed,
      ref_count: 0,
    })
    const own = { a: record('a', 'a', true), b: record('b', 'b', false) }
    const shared = { a: record('a', 'a', true), b: record('b', 'b', true), c: record('c', 'c', true) }
    const database = await databaseOf(
      await instanceWith({
        [index]: JSON.stringify({ database: { version: '7', installs: own } }),
        'shared/.spack-db/index.json': JSON.stringify({ database: { version: '6', installs: shared } }),
        'spack/etc/spack/upstreams.yaml': 'upstreams:\n  site: {install_tree: /shared}\n',
      }),
    )
    const upstreams = [...database.records.values()].map(({ hash, installed, upstream }) => [hash, installed, upstream])
    expect(upstreams).toEqual([
      ['a', true, undefined],
      ['b', true, '/shared'],
      ['c', true, '/shared'],
    ])
    expect([...database.graph.nodes.keys()]).toEqual(['a', 'b', 'c'])
  })

  it('has a fingerprint that changes when Spack writes', async () => {
    const instance = await instanceWith({ [index]: fixtureText('index.json') })
    const store = await storeOf(await readConfiguration(instance), instance)
    const { fingerprint } = await readDatabase(instance, store)
    expect(await databaseFingerprint(instance, store)).toBe(fingerprint)
    await writeFile(join(instance.sysroot ?? '', 'spack/opt/spack/.spack-db/index_verifier'), 'another')
    expect(await databaseFingerprint(instance, store)).not.toBe(fingerprint)
  })

  it.each([
    ['is not there', undefined, 'database-missing'],
    ['is cut off', '{"database": {', 'database-invalid'],
    ['is something else', '[]', 'database-invalid'],
    ['is too old', '{"database":{"version":"5","installs":{}}}', 'database-invalid'],
    ['is too new', '{"database":{"version":"10","installs":{}}}', 'database-too-new'],
    [
      'has an edited hash',
      '{"database":{"version":"7","installs":{"a":{"spec":{"name":"a","version":"1","hash":"b"}}}}}',
      'database-invalid',
    ],
  ])('that %s is a clear error', async (_what, text, code) => {
    const error = await refusal(databaseOf(await instanceWith(text === undefined ? {} : { [index]: text })))
    expect(error).toMatchObject({ code, message: expect.stringContaining('/spack/opt/spack/.spack-db/index.json') })
  })

  it('that may not be read is a clear error', async (context) => {
    if (process.getuid?.() === 0) return context.skip('root may read everything')
    const instance = await instanceWith({ [index]: '{}' })
    await chmod(join(instance.sysroot ?? '', index), 0)
    expect(await refusal(databaseOf(instance))).toMatchObject({ code: 'permission-denied' })
  })

  it('of 50,000 packages is read in linear time', async () => {
    const millisecondsFor = async (count: number) => {
      const installs = Object.fromEntries(
        Array.from({ length: count }, (_, i) => {
          const dependencies = [1, 2, 3].flatMap((back) =>
            i >= back
              ? [{ name: `p${i - back}`, hash: `h${i - back}`, parameters: { deptypes: ['link'], virtuals: [] } }]
              : [],
          )
          return [`h${i}`, { spec: { name: `p${i}`, version: '1', hash: `h${i}`, dependencies }, installed: true }]
        }),
      )
      const instance = await instanceWith({ [index]: JSON.stringify({ database: { version: '8', installs } }) })
      const start = performance.now()
      expect((await databaseOf(instance)).records.size).toBe(count)
      return performance.now() - start
    }
    await millisecondsFor(1_000) // warm
    const small = await millisecondsFor(5_000)
    // Ten times as many: a quadratic reader would take a hundred times as long.
    expect(await millisecondsFor(50_000)).toBeLessThan(40 * Math.max(small, 20))
  })
})
