import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '../../main/api/models.ts'
import { prefixRange } from '../../main/spack/locks/store-locks.ts'
import { makeSmallCache, type SmallCache } from '../support/install/cache.ts'
import { databaseOf, install, leftoversIn, runInstall } from '../support/install/installer.ts'
import { missingProgram } from '../support/programs.ts'
import { type Machine, sampleRequest, startMachine } from '../support/push/machine.ts'
import { unpackSample } from '../support/sample.ts'

/** A store that others use too: Spack's locks are kept, what build tools it lacks is recorded, its owner is respected. */

let top = ''
let machine: Machine
let cache: SmallCache

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'strata-shared-'))
  machine = await startMachine(top)
  cache = await makeSmallCache(machine, top)
})

afterAll(async () => {
  await machine.close()
  rmSync(top, { recursive: true, force: true })
})

const noPython = await missingProgram('python3')

/** Locks bytes of a file as Spack does, says so, and lets go when its input ends. */
const locker = `
import fcntl, sys
file = open(sys.argv[1], 'a+')
fcntl.lockf(file, fcntl.LOCK_EX, int(sys.argv[3]), int(sys.argv[2]))
print('held', flush=True)
sys.stdin.read()
`

async function hold(
  file: string,
  range: { readonly start: bigint; readonly length: bigint },
): Promise<{ readonly pid: number; release(): void }> {
  const child = spawn('python3', ['-c', locker, file, String(range.start), String(range.length)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  for await (const _ of createInterface({ input: child.stdout })) break
  return { pid: child.pid ?? 0, release: () => child.stdin.end() }
}

describe.skipIf(noPython)(
  `while another program holds Spack’s lock${noPython ? ` (skipped: ${noPython})` : ''}`,
  () => {
    it.each([
      ['of a package', 'prefix_lock', () => prefixRange(cache.packages[1]?.hash ?? ''), /package-00001: waiting for/],
      ['of the database', 'lock', () => ({ start: 0n, length: 0n }), /database: waiting for/],
    ] as const)('%s, the install waits, says for whom, and goes on', async (name, file, range, words) => {
      const store = join(top, name.replaceAll(' ', '-'))
      mkdirSync(join(store, '.spack-db'), { recursive: true })
      const holder = await hold(join(store, '.spack-db', file), range())
      let waited = ''
      const letGo = (job: Job): void => {
        const line = job.log.find(({ message }) => words.test(message))?.message
        if (line === undefined || waited !== '') return
        waited = line
        expect(databaseOf(store)['package-00001']?.installed ?? false).toBe(false)
        holder.release()
      }
      const { result, job } = await install(machine.engine, { from: cache.from, into: store, all: true }, letGo)
      expect(waited).toContain(`the process ${holder.pid} (`)
      expect(waited).toContain('python')
      expect(job.error).toBeUndefined()
      expect(result.installed.length).toBe(3)
      expect(leftoversIn(store)).toEqual([])
    })
  },
)

describe('a plan', () => {
  const pathOf = (store: string): string => join(store, '.spack-db/index.json')
  const planFor = (store: string) =>
    machine.engine.call('install.plan', { from: cache.from, into: store, specs: ['package-00001'] })

  it('holds though others install into the store meanwhile', async () => {
    const store = join(top, 'meanwhile')
    await install(machine.engine, { from: cache.from, into: store, specs: ['package-00000'] })
    const plan = await planFor(store)
    await install(machine.engine, { from: cache.from, into: store, all: true })
    const { job, result } = await runInstall(machine.engine, plan)
    expect(job.error).toBeUndefined()
    expect(result.installed).toEqual([])
    expect(databaseOf(store)['package-00001']).toMatchObject({ installed: true, explicit: true })
  })

  it('does not hold when something that it builds on has been uninstalled', async () => {
    const store = join(top, 'uninstalled')
    await install(machine.engine, { from: cache.from, into: store, specs: ['package-00000'] })
    const plan = await planFor(store)
    const index = readFileSync(pathOf(store), 'utf8')
    writeFileSync(pathOf(store), index.replace('"installed":true', '"installed":false'))
    await expect(machine.engine.call('install.run', { plan: plan.id })).rejects.toMatchObject({
      code: 'plan-stale',
      message: expect.stringContaining('package-00000 is not installed any more'),
    })
  })
})

describe('build dependencies', () => {
  it('that are not asked for are recorded as not installed; on request they are installed', async () => {
    await unpackSample(join(top, 'root'))
    const from = `oci-layout://${join(top, 'sample')}`
    const { job } = await machine.push(sampleRequest(join(top, 'root'), from, { updateIndex: true }))
    expect(job.error).toBeUndefined()
    const [without, withThem] = [join(top, 'without'), join(top, 'with')]
    await install(machine.engine, { from, into: without, specs: ['zlib'] })
    const records = databaseOf(without)
    expect(Object.keys(records)).toEqual(['gmake', 'zlib'])
    expect(records.zlib).toMatchObject({ installed: true, explicit: true })
    expect(records.gmake).toMatchObject({ installed: false, explicit: false, ref_count: 1 })
    expect(existsSync(records.gmake?.path ?? '')).toBe(false)
    await install(machine.engine, { from, into: withThem, specs: ['zlib'], buildDependencies: true })
    expect(databaseOf(withThem).gmake).toMatchObject({ installed: true, explicit: false, ref_count: 1 })
    // What was only recorded can be installed later, and what was pulled in can be asked for.
    await install(machine.engine, { from, into: without, specs: ['gmake'] })
    expect(databaseOf(without).gmake).toMatchObject({ installed: true, explicit: true, ref_count: 1 })
    await install(machine.engine, { from, into: withThem, specs: ['gmake'] })
    expect(databaseOf(withThem).gmake).toMatchObject({ installed: true, explicit: true, ref_count: 1 })
  })
})

const root = process.getuid?.() === 0 ? 'root may write everywhere' : undefined

describe.skipIf(root)(`a store that one may not write${root ? ` (skipped: ${root})` : ''}`, () => {
  it('is left as it is: the plan says so before, and the run before it fetches anything', async () => {
    const store = join(top, 'theirs')
    mkdirSync(store)
    chmodSync(store, 0o555)
    const { plan, job } = await install(machine.engine, { from: cache.from, into: store, all: true })
    expect(plan.findings.map(({ message }) => message)).toContain(`you may not write to ${store}`)
    expect(job).toMatchObject({ state: 'failed', error: { code: 'permission-denied' }, installed: undefined })
    expect(databaseOf(store)).toEqual({})
  })
})
