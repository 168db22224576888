import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { benches } from '../support/push/bench.ts'
import { bigEnvironment, bigSpack, makeBigStore } from '../support/push/big-store.ts'
import { startMachine } from '../support/push/machine.ts'
import { tagsOf } from '../support/push/read.ts'
import { sampleSpack } from '../support/sample.ts'

const { onBench } = benches()
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-limits-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A file system of one megabyte; undefined where nothing may be mounted. */
function mountSmall(): string | undefined {
  const mounted = join(folder, 'small')
  mkdirSync(mounted)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mounted], { stdio: 'ignore' })
    return mounted
  } catch {
    return undefined
  }
}

it('a full disk under the blob store fails the packages that do not fit, and leaves nothing behind', ({ skip }) => {
  const small = mountSmall()
  if (!small) skip('nothing may be mounted here')
  const blobs = join(small ?? '', 'blobs')
  return onBench(
    async ({ machine, request, to }) => {
      try {
        const { job } = await machine.push(request())
        expect(job).toMatchObject({ state: 'failed', error: { code: 'push-incomplete' } })
        const codes = new Set(job.result?.failed.map((one) => one.error.code))
        expect(codes.has('disk-full')).toBe(true)
        expect(job.result?.failed.find((one) => one.error.code === 'disk-full')?.error.hint).toBeTruthy()
        expect(readdirSync(join(blobs, 'spool'))).toEqual([])
        // What fitted is there, and only that.
        expect((await tagsOf(to)).length).toBe(job.result?.tags.length)
      } finally {
        await machine.close()
        execFileSync('umount', ['--lazy', small ?? ''])
      }
    },
    { machine: { blobs } },
  )
})

describe('an environment of 2,000 packages', { timeout: 120_000 }, () => {
  it('is planned in a few seconds of processor time', async () => {
    const root = join(folder, 'big')
    makeBigStore(root, 2000)
    const machine = await startMachine(join(folder, 'machine'))
    try {
      const request = { spack: bigSpack, sysroot: root, environment: bigEnvironment, to: `oci-layout://${folder}/none` }
      const before = process.cpuUsage()
      const plan = await machine.plan(request)
      const { user, system } = process.cpuUsage(before)
      expect(plan.sums).toMatchObject({ build: 2000 })
      // It takes about one second; a step that is quadratic in the packages took thirty.
      expect((user + system) / 1e6).toBeLessThan(8)
    } finally {
      await machine.close()
    }
  })
})

describe('a mirror', () => {
  it('is where to push by its name, with its own login, which is never shown', () =>
    onBench(
      async ({ machine, request, registry, root, to }) => {
        const access = { id: 'me', secret_variable: 'MIRROR_PASSWORD' }
        const mirrors = {
          lab: { fetch: 'https://elsewhere.example/cache', push: { url: to, access_pair: access } },
          files: { url: 'file:///somewhere' },
        }
        writeFileSync(join(root, sampleSpack, 'etc/spack/mirrors.yaml'), JSON.stringify({ mirrors }))
        const { plan, job } = await machine.push(request({ packages: ['zlib'], only: 'package', to: 'lab' }))
        expect(plan.target).toBe(to)
        expect(job.state).toBe('done')
        expect(registry.manifests.size).toBe(2)
        expect(JSON.stringify([plan, job])).not.toContain('right-horse')
        const examined = await machine.engine.call('registry.doctor', request({ to: 'lab' }))
        expect(examined).toMatchObject({ state: 'ok', reference: to, login: expect.stringMatching(/^me, from .*lab/) })
        expect(JSON.stringify(examined)).not.toContain('right-horse')
        await expect(machine.plan(request({ to: 'files' }))).rejects.toMatchObject({ code: 'usage' })
      },
      {
        copy: true,
        registry: { auth: { kind: 'basic', username: 'me', password: 'right-horse' } },
        machine: { env: { MIRROR_PASSWORD: 'right-horse' } },
      },
    ))
})
