import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '../../main/api/models.ts'
import { type SpackOutput, SpackRunRequest, type SpackRunRequestInput } from '../../main/api/spack-runs.ts'
import { createSpackRuns, type SpackRuns } from '../../main/buildcache/spack/runs.ts'
import { type Jobs, openJobs } from '../../main/jobs/jobs.ts'
import { type Journal, openJournal } from '../../main/jobs/journal.ts'
import { isAlive } from '../../main/support/processes.ts'
import { createStubSpack, eventually, type StubSpack } from '../support/stub-spack.ts'

let spack: StubSpack
let journal: Journal
let jobs: Jobs
let runs: SpackRuns
let heard: SpackOutput[]
const env: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', SPACK_ENV: '/another', CACHE_TOKEN: 'the-secret-of-the-cache' }

beforeEach(async () => {
  spack = await createStubSpack()
  journal = openJournal(join(spack.folder, 'jobs'))
  await open()
})
afterEach(async () => {
  await jobs.close()
  await runs.close()
  await spack.remove()
})

async function open(home = spack.folder): Promise<void> {
  heard = []
  jobs = await openJobs({ journal, onChange: () => undefined, now: Date.now })
  const keychain = { kind: 'none' } as never
  runs = createSpackRuns({
    host: () => ({ env, home, remembered: [], registries: [], keychain }),
    jobs,
    outputFile: journal.outputFile,
    onOutput: (output) => heard.push(output),
    now: Date.now,
    patience: { interrupt: 200, terminate: 200 },
  })
}

const plan = (request: SpackRunRequestInput) =>
  runs.plan(SpackRunRequest.parse({ spack: spack.root, environment: spack.environment, ...request }))
async function start(request: SpackRunRequestInput = { action: 'install' }): Promise<string> {
  return runs.run((await plan(request)).id)
}
const run = async (request?: SpackRunRequestInput): Promise<Job> => jobs.ended(await start(request))
async function text(job: string): Promise<string[]> {
  const { lines } = await runs.output({ job, from: 0, count: 5000 })
  return lines.map((line) => line.text)
}

describe('a run of Spack', () => {
  it('is the command that was shown, in the folder that was shown, with the environment of the user', async () => {
    await spack.plays('printf "%s\\n" "$0 $*" "$PWD" "$SPACK_ENV" "$SPACK_COLOR" "$PYTHONUNBUFFERED"')
    const shown = await plan({ action: 'install', add: true, specs: ['zlib@1.3'], jobs: 2 })
    expect(await spack.mark('ran')).toBeUndefined()
    const job = await jobs.ended(await runs.run(shown.id))
    expect(job).toMatchObject({ kind: 'spack', state: 'done', command: shown.command, ran: { exitCode: 0, lines: 5 } })
    const command = `${spack.root}/bin/spack -D ${spack.environment} install --add -j 2 zlib@1.3`
    expect(shown).toMatchObject({ command, cwd: spack.environment, title: 'Install zlib@1.3 in env' })
    expect(await text(job.id)).toEqual([command, spack.environment, '/another', 'always', '1'])
  })

  it('gives both streams in their order, and tells of them while it works', async () => {
    await spack.plays('echo one; echo two >&2; printf "Go on? "; until [ -e $MARKS/go ]; do sleep 0.02; done; echo yes')
    const id = await start()
    await eventually(() => heard.find((one) => one.partial === 'Go on? '))
    await writeFile(join(spack.folder, 'go'), '')
    await jobs.ended(id)
    expect(heard.flatMap((one) => one.lines)).toEqual(['one', 'two', 'Go on? yes'])
    expect(await text(id)).toEqual(['one', 'two', 'Go on? yes'])
  })

  it('that fails ends the job with its status, its error and its build log', async () => {
    const recorded = join(import.meta.dirname, '../fixtures/spack-output/0.22-install.txt')
    await spack.plays(`cat ${recorded}; exit 7`)
    const job = await run()
    expect(job).toMatchObject({ state: 'failed', ran: { exitCode: 7 }, error: { code: 'spack-failed' } })
    expect(job.error?.message).toBe('Spack ended with 7: slow-0.1 could not be built')
    expect(job.error?.hint).toContain('spack-build-out.txt')
    expect(job.progress).toMatchObject({ itemsDone: 2, itemsTotal: 4 })
  })

  it('that ends without a word of error is quoted', async () => {
    await spack.plays('echo "bin/spack: python3: not found"; exit 127')
    expect((await run()).error?.message).toBe('Spack ended with 127: bin/spack: python3: not found')
    await spack.plays('kill -SEGV $$')
    expect((await run()).error?.message).toBe('Spack was ended by SIGSEGV')
  })

  it('has no secret in what is kept and told', async () => {
    await spack.plays('env; echo "see https://me:$CACHE_TOKEN@host/"')
    const { id } = await run()
    const kept = await readFile(journal.outputFile(id), 'utf8')
    expect(kept).toContain('CACHE_TOKEN=***')
    expect(kept + JSON.stringify(heard)).not.toContain('the-secret-of-the-cache')
  })
})

describe('cancelling a run of Spack', () => {
  const ignoring = "trap '' INT TERM; echo $BASHPID >> $MARKS/pids; while :; do sleep 0.1; done"

  async function pids(count: number): Promise<number[]> {
    return eventually(async () => {
      const found = (await spack.mark('pids'))?.trim().split('\n').map(Number)
      return found?.length === count ? found : undefined
    })
  }

  it('ends everything that it started: what ignores SIGINT, and what is in a group of its own', async () => {
    await spack.plays(`(${ignoring}) & (${ignoring}) & set -m; (${ignoring}) & ${ignoring}`)
    const id = await start()
    const all = await pids(4)
    jobs.cancel(id)
    expect(await jobs.ended(id)).toMatchObject({ state: 'cancelled' })
    expect(all.filter(running)).toEqual([])
  })

  it('lets Spack tidy up after SIGINT, once', async () => {
    await spack.plays(
      'trap "echo interrupted >> $MARKS/said; sleep 0.05; echo tidy; exit 2" INT; echo $$ > $MARKS/pids; while :; do sleep 0.01; done',
    )
    const id = await start()
    await pids(1)
    jobs.cancel(id)
    expect(await jobs.ended(id)).toMatchObject({ state: 'cancelled' })
    expect(await text(id)).toEqual(['tidy'])
    expect(await spack.mark('said')).toBe('interrupted\n')
  })

  it('is not needed for what Spack itself left behind when it ended', async () => {
    await spack.plays(`(${ignoring}) & while [ ! -s $MARKS/pids ]; do sleep 0.02; done; echo done`)
    const job = await run()
    expect(job).toMatchObject({ state: 'done', ran: { exitCode: 0 } })
    expect((await pids(1)).filter(running)).toEqual([])
  })

  it('goes with the end of the engine', async () => {
    await spack.plays(ignoring)
    await start()
    const all = await pids(1)
    await jobs.close()
    expect(all.filter(running)).toEqual([])
  })
})

/** Whether it runs; one that has ended and that nobody has waited for yet (a container without an init) does not. */
function running(pid: number): boolean {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return true
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat[stat.lastIndexOf(')') + 2] !== 'Z'
  } catch {
    return false
  }
}

describe('what Spack prints too much of', () => {
  it('a million lines are all kept and found, and told of in a few events', { timeout: 60_000 }, async () => {
    await spack.plays('seq 1 1000000')
    const before = process.memoryUsage().rss
    const { id, ran } = await run()
    expect(ran).toMatchObject({ exitCode: 0, lines: 1_000_000 })
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 ** 2)
    expect(heard.every((one) => one.lines.length <= 500)).toBe(true)
    expect(await runs.output({ job: id, from: -1, count: 5 })).toEqual({
      lines: [{ number: 999_999, text: '1000000' }],
      total: 1_000_000,
    })
    const found = await runs.output({ job: id, from: 0, count: 5, search: '765432' })
    expect(found.lines).toEqual([{ number: 765_431, text: '765432' }])
  })

  it('bytes that are no text, and megabytes without an end of line', async () => {
    await spack.plays("head -c 3000000 /dev/urandom; head -c 5000000 /dev/zero | tr '\\0' x")
    const { id, ran, state } = await run()
    expect(state).toBe('done')
    const { lines, total } = await runs.output({ job: id, from: -100, count: 100 })
    expect(total).toBe(ran?.lines)
    expect(Math.max(...lines.map((line) => line.text.length))).toBeLessThanOrEqual(16 * 1024)
  })
})

describe('a plan of a run of Spack', () => {
  it('runs nothing, is run once, and not after the environment has changed', async () => {
    await spack.plays('echo ran >> $MARKS/ran')
    const stale = await plan({ action: 'concretize' })
    await writeFile(join(spack.environment, 'spack.yaml'), 'spack:\n  specs: [bzip2]\n')
    await expect(runs.run(stale.id)).rejects.toMatchObject({ code: 'plan-stale' })
    expect(await spack.mark('ran')).toBeUndefined()
    const once = await plan({ action: 'concretize' })
    await jobs.ended(await runs.run(once.id))
    await expect(runs.run(once.id)).rejects.toMatchObject({ code: 'plan-stale' })
    expect(await spack.mark('ran')).toBe('ran\n')
  })

  it('is made for a damaged lockfile as well: concretizing mends it', async () => {
    await spack.plays('exit 0')
    await writeFile(join(spack.environment, 'spack.lock'), '{ cut of')
    expect(await run({ action: 'concretize', force: true })).toMatchObject({ state: 'done' })
  })

  it('says before that no mirror is there to install from', async () => {
    await spack.plays('exit 0')
    const { findings } = await plan({ action: 'install', cacheOnly: true })
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: 'warning', message: expect.stringContaining('No mirror') }),
    )
  })

  it('says before which specs fit nothing of the environment, as far as that is known', async () => {
    await spack.plays('exit 0')
    const lab = new URL('../fixtures/spack/', import.meta.url)
    const manifest = readFileSync(new URL('tools.yaml', lab), 'utf8')
    await writeFile(join(spack.environment, 'spack.yaml'), manifest)
    await writeFile(join(spack.environment, 'spack.lock'), readFileSync(new URL('tools.lock', lab)))
    const said = async (request: Partial<SpackRunRequestInput>) =>
      (await plan({ action: 'install', ...request } as SpackRunRequestInput)).findings.map((one) => one.message)
    // ncurses is no root, and Spack takes it all the same.
    expect(await said({ specs: ['ncurses', 'vim@9:'] })).toEqual([])
    const left = 'hdf5 fits no package of this environment: Spack leaves that out'
    expect(await said({ specs: ['vim', 'hdf5'] })).toEqual([left])
    const refused = 'hdf5 and vim@8 fit no package of this environment: Spack refuses'
    expect(await said({ specs: ['hdf5', 'vim@8'] })).toEqual([refused])
    expect(await said({ specs: ['hdf5'], add: true })).toEqual([])
    await writeFile(join(spack.environment, 'spack.yaml'), manifest.replace('- vim', '- vim\n  - netcdf-c'))
    expect(await said({ specs: ['hdf5'] })).toEqual([])
  })

  it("says before that 1.1's new installer cannot install from caches alone", async () => {
    await spack.plays('exit 0')
    await writeFile(join(spack.environment, 'spack.yaml'), 'spack:\n  config:\n    installer: new\n')
    const { findings } = await plan({ action: 'install', cacheOnly: true })
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: 'problem', hint: expect.stringContaining('old') }),
    )
    expect((await plan({ action: 'install' })).findings.map((one) => one.severity)).toEqual(['note'])
  })

  it('says how to get Spack where there is none, or none that can be run', async () => {
    const hint = expect.stringContaining('git clone')
    // No bin/spack was written.
    await expect(plan({ action: 'find' })).rejects.toMatchObject({ code: 'spack-not-found', hint })
    const nowhere = { spack: undefined, environment: spack.environment }
    await open(join(spack.folder, 'nobody'))
    await expect(plan({ action: 'install', ...nowhere })).rejects.toMatchObject({ code: 'spack-not-found', hint })
    await expect(plan({ action: 'find', ...nowhere, environment: undefined })).rejects.toMatchObject({ hint })
  })
})

describe('running the same again', () => {
  it('is another job with the same command, also after Strata was started anew', async () => {
    await spack.plays('echo "$*" >> $MARKS/ran; exit 1')
    const first = await run({ action: 'install', specs: ['zlib@1.3'], cacheOnly: true })
    const second = await jobs.ended(await runs.again(first.id))
    expect(second).toMatchObject({ state: 'failed', command: first.command, title: first.title })
    await open()
    const third = await jobs.ended(await runs.again(first.id))
    expect(new Set([first.id, second.id, third.id]).size).toBe(3)
    const line = `-D ${spack.environment} install --cache-only zlib@1.3\n`
    expect(await spack.mark('ran')).toBe(line.repeat(3))
  })

  it('runs nothing when the same request has become another command', async () => {
    await spack.plays('echo ran >> $MARKS/ran')
    const { id } = await run({ action: 'find' })
    const entry = join(spack.folder, 'jobs', `${id}.json`)
    const kept = JSON.parse(await readFile(entry, 'utf8'))
    await writeFile(entry, JSON.stringify({ ...kept, job: { ...kept.job, command: '/old/bin/spack find' } }))
    await open()
    await expect(runs.again(id)).rejects.toMatchObject({ code: 'plan-stale' })
    expect(await spack.mark('ran')).toBe('ran\n')
  })
})

describe('what a run of Spack printed', () => {
  it('has the line that has not ended for whoever comes later, and says that it is being stopped', async () => {
    await spack.plays('trap "" INT; printf "Proceed? [y/N] "; echo > $MARKS/asked; while :; do sleep 0.05; done')
    const id = await start()
    await eventually(() => heard.find((one) => one.partial !== undefined))
    expect(await runs.output({ job: id, from: 0, count: 1 })).toEqual({
      lines: [],
      total: 0,
      partial: 'Proceed? [y/N] ',
    })
    jobs.cancel(id)
    expect(jobs.list()).toMatchObject([{ state: 'running', ending: true }])
    const job = await jobs.ended(id)
    expect([job.state, job.ending]).toEqual(['cancelled', undefined])
    expect((await runs.output({ job: id, from: 0, count: 1 })).partial).toBeUndefined()
  })

  it('is there after Strata has died in the middle of it, and goes when its job is forgotten', async () => {
    await spack.plays('echo kept')
    const { id } = await run()
    const file = join(spack.folder, 'jobs', `${id}.json`)
    const entry = JSON.parse(await readFile(file, 'utf8'))
    // As a dead process leaves it: 2^22 is above the largest process id of Linux.
    await writeFile(file, JSON.stringify({ ...entry, pid: 4_194_304, job: { ...entry.job, state: 'running' } }))
    await open()
    expect(jobs.list()).toMatchObject([{ id, state: 'interrupted' }])
    expect(await text(id)).toEqual(['kept'])
    await jobs.clear()
    await expect(readFile(journal.outputFile(id))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is asked for by the name of a job, not by that of a file', async () => {
    await mkdir(join(spack.folder, 'jobs'), { recursive: true })
    await writeFile(join(spack.folder, 'other.log'), 'secret\n')
    await expect(runs.output({ job: '../other', from: 0, count: 1 })).rejects.toMatchObject({ code: 'usage' })
  })

  it('cannot be paused', async () => {
    await spack.plays('sleep 5')
    const id = await start()
    expect(() => jobs.pause(id)).toThrow('cannot be paused')
    jobs.cancel(id)
  })
})
