import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { makeSmallCache, type SmallCache } from '../support/install/cache.ts'
import { databaseOf, leftoversIn } from '../support/install/installer.ts'
import { killedAt, type Moment } from '../support/install/kill-hook.ts'
import { differences, listTree, type TreeRow, withPath } from '../support/install/tree.ts'
import { startMachine } from '../support/push/machine.ts'

/**
 * Strata is killed in the middle of an install, at a step of its own that the test names; then it is run again, and all is
 * as if nothing had happened. And two of it at once do what one would.
 */

let top = ''
let cli: BuiltCli
let cache: SmallCache
let undisturbed: Found

/** What a store holds, under a name that every store here could have. */
interface Found {
  readonly tree: ReadonlyMap<string, TreeRow>
  readonly database: string
}

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'strata-install-killed-'))
  const machine = await startMachine(join(top, 'packing'))
  cache = await makeSmallCache(machine, top)
  await machine.close()
  cli = await buildCli()
  const { home, store } = await places()
  expect(await cli.run(words(store), { home })).toMatchObject({ code: 0 })
  undisturbed = look(store)
}, 120_000)

afterAll(async () => {
  await cli.remove()
  rmSync(top, { recursive: true, force: true })
})

let count = 100
async function places(): Promise<{ readonly home: string; readonly store: string }> {
  // All of one length, so that the same bytes come of them.
  return { home: await cli.folder(), store: join(top, `store-${count++}`) }
}

const words = (store: string, ...more: string[]): string[] => [
  ...['install', '--all', '--from', cache.from, '--into', store, '--json', ...more],
]

function look(store: string): Found {
  const common = join(top, 'store-xxx')
  const tree = listTree(store, (bytes) => withPath(bytes, store, common))
  for (const path of [...tree.keys()]) if (path.startsWith('.spack-db/')) tree.delete(path)
  return { tree, database: JSON.stringify(databaseOf(store)).replaceAll(store, common) }
}

function expectUndisturbed(store: string): void {
  const found = look(store)
  expect(leftoversIn(store)).toEqual([])
  expect(differences(undisturbed.tree, found.tree)).toEqual([])
  expect(found.database).toBe(undisturbed.database)
}

async function kill(home: string, moment: Moment, args: readonly string[]): Promise<CliResult> {
  return cli.run(args, { home, env: killedAt(home, moment) })
}

describe('an install that is killed', () => {
  it.each<[string, Moment]>([
    ['while a layer comes', { call: 'rename', path: /sha256/, when: 'before' }],
    ['when the first file is unpacked', { call: 'openSync', path: /\.partial\//, when: 'after' }],
    ['in the middle of unpacking', { call: 'openSync', path: /\.partial\/lib\/file-000002/, nth: 2, when: 'after' }],
    ['while it relocates links', { call: 'rmSync', path: /\.partial\/bin\/absolute/, when: 'after' }],
    ['before a package is put in place', { call: 'writeFile', path: /\.unfinished$/, when: 'before' }],
    ['before sbang is in place', { call: 'rename', path: /\/bin\/sbang$/, when: 'before' }],
    ['when a package is in place and not registered', { call: 'rename', path: /\.partial$/, nth: 2, when: 'after' }],
    ['while the new database is written', { call: 'open', path: /index\.json\..*temp/, nth: 2, when: 'after' }],
    ['when the new database has taken effect', { call: 'rename', path: /index\.json\./, nth: 2, when: 'after' }],
    ['before Spack is told of the new database', { call: 'rename', path: /index_verifier/, nth: 2, when: 'before' }],
    ['when the last package is registered', { call: 'rename', path: /index_verifier/, nth: 3, when: 'after' }],
  ])('%s is finished by the next run', async (_, moment) => {
    const { home, store } = await places()
    expect((await kill(home, moment, words(store))).code).toBe('SIGKILL')
    const again = await cli.run(words(store), { home })
    expect(again, again.stderr).toMatchObject({ code: 0 })
    expectUndisturbed(store)
  })

  it.each<[string, Moment]>([
    ['when the old one is out of the way', { call: 'rename', path: /\.replaced$/, when: 'after' }],
    ['when the new one is in place', { call: 'rename', path: /\.partial$/, when: 'after' }],
    ['when the new one is registered', { call: 'rename', path: /index_verifier/, when: 'after' }],
    ['before the old one is gone', { call: 'rm', path: /\.replaced$/, when: 'before' }],
  ])('while it replaces a package, %s, leaves a whole one: again with --overwrite or without', async (_, moment) => {
    const { home, store } = await places()
    await cli.run(words(store), { home })
    for (const more of [[], ['--overwrite']]) {
      expect((await kill(home, moment, words(store, '--overwrite'))).code).toBe('SIGKILL')
      const again = await cli.run(words(store, ...more), { home })
      expect(again, again.stderr).toMatchObject({ code: 0 })
      expectUndisturbed(store)
    }
  })
})

describe('Ctrl-C', () => {
  it('ends a relocate-check with a word, and leaves nothing of what it was unpacking', async () => {
    const { home, store } = await places()
    const args = ['relocate-check', '--all', '--from', cache.from, '--into', store]
    const moment: Moment = { call: 'rename', path: /sha256/, when: 'before', signal: 'SIGINT' }
    const { code, stdout, stderr } = await kill(home, moment, args)
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(stderr).toMatch(/^Stopping\. Ctrl-C once more ends it at once\.\nerror: cancelled\n/)
    expect(existsSync(store)).toBe(false)
    expect(readdirSync(join(home, 'strata/cache/blobs/spool'))).toEqual([])
    expect(await cli.run(args, { home })).toMatchObject({ code: 0, stdout: expect.stringContaining('checked') })
  })
})

describe('two installs at once', () => {
  it('into one store do what one would, and install each package once', async () => {
    const { home, store } = await places()
    const homes = [home, await cli.folder()]
    const both = await Promise.all(homes.map((each) => cli.run(words(store), { home: each })))
    for (const run of both) expect(run, run.stderr).toMatchObject({ code: 0 })
    const installed = both.flatMap(({ stdout }) => {
      const document = JSON.parse(stdout) as { result: { installed: { name: string }[] } }
      return document.result.installed.map(({ name }) => name)
    })
    expect(installed.sort()).toEqual(cache.packages.map(({ name }) => name))
    expectUndisturbed(store)
  })
})
