import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Job, PushRequestInput } from '../../main/api/models.ts'
import { benches } from '../support/push/bench.ts'
import { tagsOf } from '../support/push/read.ts'
import { everyWord, failure } from '../support/registry/failing.ts'
import type { LoggedRequest } from '../support/registry/faults.ts'

/** A registry that misbehaves in the middle of a whole push: what the job becomes, and what lies there afterwards. */

const { onBench } = benches()
const two: Partial<PushRequestInput> = { packages: ['zlib', 'figlet'], only: 'package' }
const upload = ({ method, url }: LoggedRequest): boolean => method === 'PUT' && url.includes('/blobs/uploads/')
/** An upload's bytes, in one request or in chunks. */
const sending = (request: LoggedRequest): boolean => upload(request) || request.method === 'PATCH'
const anything = (): boolean => true

describe('the push goes through when the registry', () => {
  it('cuts an upload in the middle', () =>
    onBench(async ({ machine, registry, request, to }) => {
      registry.faults.push({ when: upload, times: 2, act: { kind: 'cut-request', after: 10_000 } })
      const { job } = await machine.push(request(two))
      expect(job.state).toBe('done')
      expect(await tagsOf(to)).toHaveLength(2)
    }))

  it('answers 503 for a while', () =>
    onBench(async ({ machine, registry, request, to }) => {
      registry.faults.push({ when: upload, times: 2, act: { kind: 'status', status: 503 } })
      const { job } = await machine.push(request(two))
      expect(job.state).toBe('done')
      expect(await tagsOf(to)).toHaveLength(2)
    }))

  it('answers 429 with Retry-After: the job says what it waits for, until it does not', () =>
    onBench(async ({ machine, registry, request }) => {
      const headers = { 'retry-after': '1' }
      registry.faults.push({ when: upload, times: 1, act: { kind: 'status', status: 429, headers } })
      const waits = new Set<string | undefined>()
      const { job } = await machine.push(request(two), ({ progress }) => waits.add(progress.waiting))
      expect(job.state).toBe('done')
      const [wait] = [...waits].filter((one) => one !== undefined)
      expect(wait).toContain(registry.host)
      expect(wait).toContain('1 s')
      expect(job.progress.waiting).toBeUndefined()
    }))

  it('is out of space for a while: the job says so while it waits', () =>
    onBench(async ({ machine, registry, request, to }) => {
      registry.faults.push({ when: sending, times: 1, act: { kind: 'status', status: 507 } })
      const waits = new Set<string | undefined>()
      const { job } = await machine.push(request(two), ({ progress }) => waits.add(progress.waiting))
      expect(job.state).toBe('done')
      expect([...waits].join()).toContain('no space left')
      expect(await tagsOf(to)).toHaveLength(2)
    }))

  it('loses its answer to an upload that it took', () =>
    onBench(async ({ machine, registry, request, to }) => {
      registry.faults.push({ when: upload, times: 1, act: { kind: 'lose-answer' } })
      expect((await machine.push(request(two))).job.state).toBe('done')
      expect(await tagsOf(to)).toHaveLength(2)
    }))
})

describe('the push ends with an error that says so when the registry', () => {
  it('takes no upload of this size (413)', () =>
    onBench(async ({ machine, registry, request }) => {
      registry.faults.push({ when: sending, act: { kind: 'status', status: 413 } })
      const { job } = await machine.push(request(two))
      expect(job).toMatchObject({ state: 'failed', error: { code: 'push-incomplete' } })
      expect(new Set(job.result?.failed.map((one) => one.error.code))).toEqual(new Set(['registry-out-of-space']))
      expect(job.result?.failed[0]?.error.hint).toBeTruthy()
      expect(registry.manifests.size).toBe(0)
    }))

  it('answers with a web page', () =>
    onBench(async ({ machine, registry, request }) => {
      registry.faults.push({ when: anything, act: { kind: 'html', status: 200 } })
      const error = await failure(machine.plan(request(two)))
      expect(error.code).toBe('registry-not-a-registry')
      expect(error.hint).toBeTruthy()
    }))

  it('says another digest than the one that was sent', () =>
    onBench(async ({ machine, registry, request }) => {
      const body = JSON.stringify({ errors: [{ code: 'DIGEST_INVALID', message: 'no' }] })
      registry.faults.push({ when: upload, act: { kind: 'status', status: 400, body } })
      const { job } = await machine.push(request(two))
      expect(job.state).toBe('failed')
      expect(job.result?.failed.map((one) => one.error.code)).toEqual(['digest-mismatch', 'digest-mismatch'])
      expect(registry.manifests.size).toBe(0)
    }))

  it('is not there', () =>
    onBench(async ({ machine, registry, request }) => {
      await registry.close()
      const error = await failure(machine.plan(request(two)))
      expect(error.code).toBe('registry-unreachable')
      expect(error.message).toContain(registry.host)
    }))

  it('goes away between plan and run: nothing is lost, and the next push goes on', () =>
    onBench(async ({ machine, registry, request }) => {
      const plan = await machine.plan(request(two))
      registry.faults.push({ when: upload, times: 20, act: { kind: 'status', status: 400 } })
      const job = await machine.run(plan)
      expect(job.state).toBe('failed')
      registry.faults.length = 0
      const again = await machine.push(request(two))
      expect(again.plan.sums).toMatchObject({ reuse: 2, build: 0 })
      expect(again.job.state).toBe('done')
    }))
})

describe('a login', () => {
  const auth = { kind: 'basic', username: 'me', password: 'right-horse' } as const

  it('that is wrong is one error, not a storm, and its password is nowhere', () =>
    onBench(
      async ({ machine, registry, request }) => {
        const credentials = { username: 'me', password: 'wrong-battery-7' }
        const error = await failure(machine.plan(request({ ...two, credentials })))
        expect(error.code).toBe('registry-auth')
        expect(registry.log.length).toBeLessThan(8)
        expect(everyWord(error)).not.toContain('wrong-battery-7')
        expectNowhere(machine.home, 'wrong-battery-7')
      },
      { registry: { auth } },
    ))

  it('that is right pushes, can be used to retry, and is never written down', () =>
    onBench(
      async ({ machine, registry, request }) => {
        const seen: Job[] = []
        const credentials = { username: 'me', password: 'right-horse' }
        const { job, plan } = await machine.push(request({ ...two, credentials }), (one) => seen.push(one))
        expect(job.state).toBe('done')
        const again = await machine.engine.call('jobs.retry', { id: job.id })
        expect(again.job).not.toBe(job.id)
        const shown = JSON.stringify([plan, job, seen, await machine.engine.call('jobs.list', {})])
        expect(shown).not.toContain('right-horse')
        await machine.close()
        expectNowhere(machine.home, 'right-horse')
        expect(registry.log.some(({ authorization }) => authorization?.startsWith('Basic '))).toBe(true)
      },
      { registry: { auth } },
    ))

  it('of STRATA_ variables is for the target alone: the base image has another registry', () =>
    onBench(
      async ({ registry, request, machine }) =>
        onBench(async (other) => {
          const baseImage = `oci+http://${other.registry.host}/base:1`
          const error = await failure(machine.plan(request({ ...two, baseImage })))
          expect(error.code).toBe('registry-not-found')
          expect(other.registry.log.length).toBeGreaterThan(0)
          expect(other.registry.log.filter(({ authorization }) => authorization !== undefined)).toEqual([])
          expect(registry.log.length).toBeGreaterThanOrEqual(0)
        }),
      { registry: { auth }, machine: { env: { STRATA_USERNAME: 'me', STRATA_PASSWORD: 'right-horse' } } },
    ))
})

/** No file below the folder holds the text. */
function expectNowhere(folder: string, text: string): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, entry)
    if (statSync(file).isFile()) expect(readFileSync(file).includes(text), file).toBe(false)
  }
}
