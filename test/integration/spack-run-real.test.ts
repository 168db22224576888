import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SpackRunRequest, type SpackRunRequestInput } from '../../main/api/spack-runs.ts'
import { createSpackRuns, type SpackRuns } from '../../main/buildcache/spack/runs.ts'
import { type Jobs, openJobs } from '../../main/jobs/jobs.ts'
import { openJournal } from '../../main/jobs/journal.ts'

const root = process.env.SPACK_ROOT ?? ''

describe.skipIf(root === '')('a real Spack (SPACK_ROOT; skipped where it is not set)', () => {
  let folder: string
  let jobs: Jobs
  let runs: SpackRuns
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-real-'))
    await writeFile(join(folder, 'spack.yaml'), 'spack:\n  specs: []\n  view: false\n')
    const journal = openJournal(join(folder, 'jobs'))
    jobs = await openJobs({ journal, onChange: () => undefined, now: Date.now })
    // A fresh one is filled from every recipe first.
    const cache = process.env.SPACK_USER_CACHE_PATH ?? join(folder, 'cache')
    const env = { ...process.env, SPACK_ENV: '/nonexistent', SPACK_USER_CACHE_PATH: cache }
    runs = createSpackRuns({
      host: () => ({ env, home: homedir(), remembered: [], registries: [], keychain: { kind: 'none' } as never }),
      jobs,
      outputFile: journal.outputFile,
      onOutput: () => undefined,
      now: Date.now,
    })
  })
  afterAll(async () => {
    await jobs.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function run(request: SpackRunRequestInput, environment = folder) {
    const { id } = await runs.plan(SpackRunRequest.parse({ spack: root, environment, ...request }))
    const job = await jobs.ended(await runs.run(id))
    const { lines } = await runs.output({ job: job.id, from: 0, count: 5000 })
    return { job, text: lines.map((line) => line.text).join('\n') }
  }

  it('finds in the environment that was named, whatever is active, in colours', { timeout: 300_000 }, async () => {
    const { job, text } = await run({ action: 'find' })
    expect(job).toMatchObject({ state: 'done', ran: { exitCode: 0 } })
    expect(text).toContain(`In environment ${folder}`)
    expect(text).toContain('\u001b[')
    expect((await run({ action: 'find', colours: false })).text).not.toContain('\u001b[')
  })

  it('takes the arguments of every action', { timeout: 300_000 }, async () => {
    const other = join(folder, 'other')
    await cp(join(folder, 'spack.yaml'), join(other, 'spack.yaml'))
    expect((await run({ action: 'concretize', force: true, solve: 'reuse', jobs: 2 }, other)).job.state).toBe('done')
    const unknown = 'no-such-package-anywhere'
    for (const request of [
      { action: 'install', add: true, cacheOnly: true, solve: 'fresh', jobs: 1, specs: [unknown] },
      { action: 'install', noCache: true, specs: [unknown] },
      { action: 'uninstall', dependents: true, force: true, remove: true, specs: [unknown] },
    ] as const) {
      const { job, text } = await run({ ...request, specs: [...request.specs] }, other)
      expect(job, text).toMatchObject({ state: 'failed', error: { code: 'spack-failed' } })
      // It is the package that Spack does not know, none of the options.
      expect(text).toContain(unknown)
      expect(text).not.toMatch(/unrecognized arguments|usage:/)
    }
  })
})
