import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorBody } from '../../main/api/errors.ts'
import type { InstallPlan } from '../../main/api/install.ts'
import type { InstallResult } from '../../main/api/models.ts'
import { type BuiltCli, buildCli } from '../support/cli.ts'
import { makeSmallCache, type SmallCache } from '../support/install/cache.ts'
import { databaseOf, leftoversIn } from '../support/install/installer.ts'
import { walk } from '../support/install/tree.ts'
import { missingMounts, quote, withReadOnly, withSmallDisk } from '../support/mounts.ts'
import { startMachine } from '../support/push/machine.ts'

/** A store on a disk that is full, and one that may not be written: what is there stays whole, and words say what to do. */

const run = promisify(execFile)
const noMounts = await missingMounts()
const [bottom, middle, last] = ['package-00000', 'package-00001', 'package-00002'] as const

/** What `strata install --json` prints. */
interface Document {
  readonly plan: InstallPlan
  readonly state: string
  readonly result?: InstallResult
  readonly error?: ErrorBody
}

let top = ''
let cli: BuiltCli
let cache: SmallCache
let home = ''
let store = ''

beforeAll(async () => {
  if (noMounts) return
  top = mkdtempSync(join(tmpdir(), 'strata-disk-'))
  const machine = await startMachine(join(top, 'packing'))
  cache = await makeSmallCache(machine, top)
  await machine.close()
  cli = await buildCli()
}, 120_000)

afterAll(async () => {
  await cli?.remove()
  rmSync(top, { recursive: true, force: true })
})

beforeEach(async () => {
  home = await cli.folder()
  store = join(home, 'store')
  mkdirSync(store)
})

/** A line of shell that installs, as the whole of its output. */
function installing(what: string): string {
  const words = [process.execPath, cli.file, 'install', what, '--from', cache.from, '--into', store, '--json']
  return words.map(quote).join(' ')
}

/** Runs lines of shell in a world that `within` makes; the documents that its installs printed. */
async function shell(within: (words: readonly string[]) => readonly string[], lines: string[]): Promise<Document[]> {
  const [program = '', ...args] = within(['sh', '-c', lines.join('\n')])
  const env = { PATH: process.env.PATH, HOME: home, STRATA_HOME: join(home, 'strata') }
  const { stdout } = await run(program, args, { env, maxBuffer: 1 << 24 }).catch((error: { stdout: string }) => error)
  return stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Document] : []))
}

const failuresOf = ({ result, error }: Document): (string | undefined)[] =>
  result?.failed.map((one) => one.error.code) ?? [error?.code]

/** A store that a mount has hidden is looked at by what was copied out of it. */
const copy = (): { readonly line: string; readonly folder: string } => {
  const folder = join(home, `copy-${readdirSync(home).length}`)
  mkdirSync(folder)
  return { folder, line: `cp -a ${quote(store)}/. ${quote(folder)}` }
}

const prefixesIn = (folder: string): string[] => walk(folder).filter((path) => /\/package-[^/]*$/.test(path))
const registeredIn = (folder: string): string[] =>
  Object.entries(databaseOf(folder)).flatMap(([name, one]) => (one.installed ? [name] : []))

describe.skipIf(noMounts)(`a disk that runs full${noMounts ? ` (skipped: ${noMounts})` : ''}`, () => {
  it.each([
    ['while packages are unpacked', 130_000],
    ['from the start', 8_192],
  ])('%s: what is registered is whole, nothing else is left', async (_, bytes) => {
    const end = copy()
    const [document] = await shell((words) => withSmallDisk(store, bytes, words), [installing('--all'), end.line])
    if (!document) throw new Error('nothing was said')
    expect(document.state).toBe('failed')
    const codes = failuresOf(document)
    expect(codes).toContain('disk-full')
    expect(codes.filter((code) => code !== 'disk-full' && code !== 'dependency-failed')).toEqual([])
    expect(leftoversIn(end.folder)).toEqual([])
    const installed = (document.result?.installed ?? []).map(({ name }) => name).sort()
    expect(registeredIn(end.folder)).toEqual(installed)
    expect(prefixesIn(end.folder).length).toBe(installed.length)
  })

  // The database has a disk of its own. Its first version and what tells Spack of it take two pages.
  it.each([
    ['the new database', 2 * 4096],
    ['the mark that tells Spack of the new database', 3 * 4096],
  ])(
    'when %s is to be written: the old one stays, nothing is registered half, and the next run ends well',
    async (_, bytes) => {
      const database = join(store, '.spack-db')
      mkdirSync(database)
      const [before, full, after] = [copy(), copy(), copy()]
      const [first, failed, again] = await shell(
        (words) => withSmallDisk(database, bytes, words),
        [
          ...[installing(bottom), before.line, installing('--all'), full.line],
          ...[`mount -o remount,size=1m ${quote(database)}`, installing('--all'), after.line],
        ],
      )
      expect(first?.state).toBe('done')
      if (!failed) throw new Error('nothing was said')
      expect(failed.result?.failed.map(({ name, error }) => [name, error.code])).toEqual([
        [middle, 'disk-full'],
        [last, 'dependency-failed'],
      ])
      const error = failed.result?.failed[0]?.error
      expect(error?.message).toMatch(/^writing .*\/\.spack-db\/index\.json: ENOSPC/)
      expect(error?.hint).toContain(`The disk of ${store} is full`)
      expect(walk(full.folder)).toEqual(walk(before.folder))
      for (const file of ['index.json', 'index_verifier']) {
        const [was = '', is] = [before, full].map(({ folder }) => readFileSync(join(folder, '.spack-db', file), 'utf8'))
        expect(was.length).toBeGreaterThan(30)
        expect(is).toBe(was)
      }
      expect(again?.state).toBe('done')
      expect(registeredIn(after.folder)).toEqual([bottom, middle, last])
      expect(prefixesIn(after.folder).length).toBe(3)
      expect(leftoversIn(after.folder)).toEqual([])
    },
  )
})

describe.skipIf(noMounts)(`a store that may not be written${noMounts ? ` (skipped: ${noMounts})` : ''}`, () => {
  const whole = (): string => store
  const file = (name: string) => (): string => {
    mkdirSync(join(store, '.spack-db'), { recursive: true })
    if (name !== '') writeFileSync(join(store, '.spack-db', name), '')
    return join(store, '.spack-db', name)
  }
  const folder = (name: string) => (): string => {
    mkdirSync(join(store, name), { recursive: true })
    return join(store, name)
  }
  it.each<[string, () => string]>([
    ['at all', whole],
    ['in its database', file('')],
    ['in the file that locks its database', file('lock')],
    ['in the file that locks its packages', file('prefix_lock')],
    ['where its sbang has to be put', folder('bin')],
    ['where its packages lie', folder('linux-debian12-x86_64')],
  ])('%s: the plan says where, and the run refuses before it fetches anything', async (_, prepare) => {
    const place = prepare()
    const before = walk(store)
    const [document] = await shell((words) => withReadOnly(place, words), [installing('--all')])
    expect(document?.plan.findings).toContainEqual({
      severity: 'problem',
      message: `${place} is on a read-only file system`,
      hint: expect.stringMatching(/may write/),
    })
    expect(document?.state).toBe('failed')
    expect(document?.error).toMatchObject({ code: 'permission-denied', message: expect.stringContaining(place) })
    expect(document?.result).toBeUndefined()
    expect(walk(store)).toEqual(before)
    expect(walk(join(home, 'strata/cache/blobs')).filter((path) => /^sha256\/.*[0-9a-f]{64}$/.test(path))).toEqual([])
  })

  it('is no hindrance when everything is installed there', async () => {
    const { code } = await cli.run(['install', '--all', '--from', cache.from, '--into', store], { home })
    expect(code).toBe(0)
    const [document] = await shell((words) => withReadOnly(store, words), [installing('--all')])
    expect(document).toMatchObject({ state: 'done', plan: { findings: [] } })
  })
})
