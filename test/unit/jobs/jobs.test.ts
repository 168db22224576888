import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Job, PushRequest, type PushResult } from '../../../main/api/models.ts'
import { type JobContext, type JobOrder, type Jobs, openJobs } from '../../../main/jobs/jobs.ts'
import { openJournal } from '../../../main/jobs/journal.ts'
import { StrataError } from '../../../main/support/errors.ts'
import { protect } from '../../../main/support/redact.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-jobs-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const result: PushResult = { tags: [], failed: [], bytesUploaded: 0, seconds: 0, usage: [] }
const open = (changes: Job[] = [], now = Date.now): Promise<Jobs> =>
  openJobs({ journal: openJournal(join(folder, 'jobs')), onChange: (job) => changes.push(job), now })

function order(run: (context: JobContext) => Promise<PushResult>, request = {}): JobOrder {
  const asked = PushRequest.parse({ to: 'oci://host/me', ...request })
  return { kind: 'push', title: 'Push', command: 'strata push', stack: [], items: [], request: asked, run }
}

describe('a job', () => {
  it('runs, logs, ends and is remembered, without its credentials', async () => {
    const jobs = await open()
    const credentials = { username: 'me', password: 'hush-hush' }
    const work = order(
      async ({ log }) => {
        log('half way')
        return result
      },
      { credentials, force: true },
    )
    const job = await jobs.ended(jobs.start(work))
    expect(job).toMatchObject({ state: 'done', log: [{ message: 'half way' }], result })
    expect(jobs.requestOf(job.id).request).toMatchObject({ credentials })
    const again = await open()
    expect(again.list()).toEqual([JSON.parse(JSON.stringify(job))])
    expect(again.requestOf(job.id).request).toMatchObject({ to: 'oci://host/me', force: true })
    expect(again.requestOf(job.id).request).not.toHaveProperty('credentials')
    expect(readFileSync(join(folder, 'jobs', `${job.id}.json`), 'utf8')).not.toContain('hush')
  })

  it('that fails says why; one that failed in part has its result', async () => {
    const jobs = await open()
    const failed = await jobs.ended(jobs.start(order(async () => Promise.reject(new StrataError('io', 'no disk')))))
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'io', message: 'no disk' } })
    const one = { hash: 'a', name: 'zlib', error: { code: 'io' as const, message: 'gone' } }
    const partly = await jobs.ended(jobs.start(order(async () => ({ ...result, failed: [one] }))))
    expect(partly).toMatchObject({ state: 'failed', error: { code: 'push-incomplete' }, result: { failed: [one] } })
    expect(partly.error?.message).toContain('zlib')
  })

  it('is cancelled while it works and while it is paused', async () => {
    const jobs = await open()
    const waits = order(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    const first = jobs.start(waits)
    await Promise.resolve()
    setTimeout(() => jobs.cancel(first), 10)
    expect((await jobs.ended(first)).state).toBe('cancelled')
    let passed = 0
    const second = jobs.start(
      order(async ({ gate }) => {
        await new Promise((resolve) => setTimeout(resolve, 30))
        await gate()
        passed++
        return result
      }),
    )
    jobs.pause(second)
    expect(jobs.list().find((job) => job.id === second)?.state).toBe('paused')
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(passed).toBe(0)
    jobs.cancel(second)
    expect((await jobs.ended(second)).state).toBe('cancelled')
    expect(passed).toBe(0)
  })

  it('goes on after a pause', async () => {
    const jobs = await open()
    const id = jobs.start(order(async ({ gate }) => gate().then(() => result)))
    jobs.pause(id)
    setTimeout(() => jobs.resume(id), 20)
    expect((await jobs.ended(id)).state).toBe('done')
  })

  it('is heard of at most ten times a second', async () => {
    const changes: Job[] = []
    const jobs = await open(changes)
    const id = jobs.start(order(() => new Promise((resolve) => setTimeout(() => resolve(result), 450))))
    await jobs.ended(id)
    expect(changes.length).toBeLessThanOrEqual(7)
    expect(changes.at(-1)?.state).toBe('done')
  })
})

describe('the journal', () => {
  const entry = (id: string, pid: number, state: Job['state']) => ({
    pid,
    kind: 'push',
    request: { to: 'oci://host/me' },
    job: {
      ...{
        id,
        kind: 'push',
        title: 'Push',
        state,
        startedAt: Number.parseInt(id, 10),
        command: '',
        log: [],
        stack: [],
      },
      progress: { itemsDone: 0, itemsTotal: 0, bytesDone: 0, bytesTotal: 0, rate: 0, items: [] },
    },
  })
  const put = async (id: string, pid: number, state: Job['state']): Promise<void> => {
    mkdirSync(join(folder, 'jobs'), { recursive: true })
    writeEntry(folder, id, entry(id, pid, state))
  }

  it('shows a job whose process has died as interrupted, ready to be retried', async () => {
    await put('1', 2 ** 22 + 1, 'running')
    await put('2', process.pid, 'paused')
    await put('3', 1, 'running')
    const jobs = await open()
    expect(jobs.list().map(({ id, state }) => [id, state])).toEqual([
      ['3', 'running'],
      ['2', 'interrupted'],
      ['1', 'interrupted'],
    ])
    expect(jobs.requestOf('1').request).toMatchObject({ to: 'oci://host/me' })
  })

  it('keeps the last hundred, and is not upset by what it cannot read', async () => {
    for (let i = 100; i < 205; i++) await put(String(i), 1, 'done')
    writeFileSync(join(folder, 'jobs', '300.json'), '{"job":')
    const jobs = await open()
    expect(jobs.list()).toHaveLength(99)
    expect(jobs.list()[0]?.id).toBe('204')
    expect(readdirSync(join(folder, 'jobs'))).toHaveLength(100)
  })

  it('forgets the jobs that have ended', async () => {
    await put('1', 1, 'done')
    const jobs = await open()
    await jobs.clear()
    expect(jobs.list()).toEqual([])
    expect(existsSync(join(folder, 'jobs', '1.json'))).toBe(false)
  })

  it('stays readable when a secret looks like a part of it', async () => {
    protect('true')
    protect('"pid"')
    const jobs = await open()
    const job = await jobs.ended(jobs.start(order(async () => result, { force: true })))
    expect((await open()).list()[0]?.id).toBe(job.id)
  })
})

function writeEntry(top: string, id: string, content: unknown): void {
  writeFileSync(join(top, 'jobs', `${id}.json`), JSON.stringify(content))
}
