import { chmodSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Job, PushPlan } from '../../main/api/models.ts'
import { benches, prefixOf } from '../support/push/bench.ts'
import type { Machine } from '../support/push/machine.ts'
import { lookInto, readImage, readImages, tagsOf } from '../support/push/read.ts'
import { failure } from '../support/registry/failing.ts'
import { sampleSpack } from '../support/sample.ts'

/** What a push does and does not do, seen at the registry: an in-process one that writes down every request. */

const { onBench, onCopy } = benches()

function actions(plan: PushPlan): Record<string, string> {
  return Object.fromEntries(plan.packages.map((one) => [one.name, one.action]))
}

function tagNames(job: Job): string[] {
  return (job.result?.tags ?? []).map((tag) => tag.tag.replace(/-[0-9.]+-[a-z2-7]{32}\.spack$/, '')).sort()
}

const all = ['cowsay', 'figlet', 'gmake', 'hello', 'less', 'ncurses', 'relockit', 'zlib']

describe('a second push', () => {
  it('finds everything present and writes nothing, the environment image and the index included', () =>
    onBench(async ({ machine, request, writes }) => {
      const asked = request({ tag: 'sample', updateIndex: true })
      const first = await machine.push(asked)
      expect(first.job.state).toBe('done')
      expect(tagNames(first.job)).toEqual([...all, 'index.spack', 'sample'].sort())
      writes()
      const second = await machine.push(asked)
      expect(new Set(Object.values(actions(second.plan)))).toEqual(new Set(['present']))
      expect(second.plan.packages.some((one) => one.writes)).toBe(false)
      expect(second.job).toMatchObject({ state: 'done', result: { tags: [], bytesUploaded: 0 } })
      expect(second.job.result?.usage).toEqual(first.job.result?.usage)
      expect(writes()).toEqual([])
      expect(machine.packed.length).toBe(8)
    }))

  it('sends a layer again that the registry lost, and packs nothing for it', () =>
    onBench(async ({ machine, request, registry, writes }) => {
      const { job } = await machine.push(request())
      const { plan } = { plan: await machine.plan(request()) }
      const zlib = plan.packages.find((one) => one.name === 'zlib')
      registry.blobs.delete(zlib?.digest ?? '')
      writes()
      const again = await machine.push(request())
      expect(actions(again.plan)).toMatchObject({ zlib: 'reuse', hello: 'present' })
      expect(again.plan.packages.find((one) => one.name === 'zlib')?.why).toContain('lost its layer')
      expect(registry.blobs.has(zlib?.digest ?? '')).toBe(true)
      expect(tagNames(again.job)).toEqual(['zlib'])
      expect(machine.packed.length).toBe(tagNames(job).length)
    }))

  it('sends what the registry lost between plan and run when it refuses the manifest', () =>
    onBench(async ({ machine, request, registry }) => {
      await machine.push(request())
      const plan = await machine.plan(request({ tag: 'late' }))
      const zlib = plan.packages.find((one) => one.name === 'zlib')
      registry.blobs.delete(zlib?.digest ?? '')
      const job = await machine.run(plan)
      expect(job.state).toBe('done')
      expect(registry.blobs.has(zlib?.digest ?? '')).toBe(true)
    }))

  it('to another registry packs nothing: the pool is not asked', () =>
    onBench(async ({ machine, request, to }) => {
      await machine.push(request())
      const before = machine.packed.length
      const { plan, job } = await machine.push(request({ to: to.replace('/cache', '/other') }))
      expect(new Set(Object.values(actions(plan)))).toEqual(new Set(['reuse']))
      expect(job.state).toBe('done')
      expect(tagNames(job)).toEqual(all)
      expect(machine.packed.length).toBe(before)
    }))

  it('with --force writes every tag from the blob store', () =>
    onBench(async ({ machine, request, writes }) => {
      await machine.push(request())
      writes()
      const { plan, job } = await machine.push(request({ force: true }))
      expect(new Set(Object.values(actions(plan)))).toEqual(new Set(['reuse']))
      expect(tagNames(job)).toEqual(all)
      // The layers are there: only manifests are written.
      expect(writes().filter((one) => !one.includes('/manifests/'))).toEqual([])
      expect(machine.packed.length).toBe(8)
    }))

  it('goes on after an installation changed: that package alone is packed again', () =>
    onCopy(async ({ machine, request, root, to }) => {
      await machine.push(request())
      const prefix = prefixOf(root, 'hello')
      renameSync(prefix, `${prefix}.old`)
      cpSync(`${prefix}.old`, prefix, { recursive: true, verbatimSymlinks: true })
      const plan = await machine.plan(request({ to: to.replace('/cache', '/other') }))
      expect(Object.entries(actions(plan)).filter(([, action]) => action === 'build')).toEqual([['hello', 'build']])
    }))
})

describe('what is pushed', () => {
  it('--only package: just the package named, no dependency', () =>
    onBench(async ({ machine, request, to }) => {
      const { plan, job } = await machine.push(request({ packages: ['less'], only: 'package' }))
      expect(actions(plan)).toEqual({ less: 'build' })
      expect(plan.findings.map((finding) => finding.message).join()).toContain('ncurses is in none of the images')
      expect(job.state).toBe('done')
      expect(tagNames(job)).toEqual(['less'])
      expect(await tagsOf(to)).toHaveLength(1)
    }))

  it('leaves out what was added and is not concretized yet, and says so before', () =>
    onCopy(async ({ machine, request, root }) => {
      const { environment } = request()
      const file = join(root, sampleSpack, 'var/spack/environments', environment ?? '', 'spack.yaml')
      writeFileSync(file, readFileSync(file, 'utf8').replace(/( *)specs:\n/, '$1specs:\n$1- hdf5@1.14 +mpi\n'))
      const plan = await machine.plan(request())
      expect(Object.keys(actions(plan)).sort()).toEqual(all)
      expect(plan.findings).toContainEqual({
        severity: 'warning',
        message: 'hdf5@1.14 +mpi is in spack.yaml, and not concretized yet',
        hint: `Run: spack -e ${environment} concretize`,
      })
    }))

  it('--without-build-dependencies: without what is needed to build only', () =>
    onBench(async ({ machine, request }) => {
      const plan = await machine.plan(request({ buildDependencies: false }))
      expect(Object.keys(actions(plan)).sort()).toEqual(all.filter((name) => name !== 'gmake'))
    }))

  it('a package that is not installed: an error, or left out with --allow-missing', () =>
    onCopy(async ({ machine, request, root, to }) => {
      forgetInstalled(root, 'ncurses')
      const plan = await machine.plan(request())
      expect(actions(plan)).toMatchObject({ ncurses: 'missing', less: 'build' })
      expect(plan.findings).toContainEqual(expect.objectContaining({ severity: 'problem' }))
      const job = await machine.run(plan)
      expect(job).toMatchObject({ state: 'failed', error: { code: 'push-incomplete' } })
      const failed = new Map(job.result?.failed.map((one) => [one.name, one.error.code]))
      expect(Object.fromEntries(failed)).toMatchObject({ ncurses: 'not-installed', less: 'push-incomplete' })
      const written = await tagsOf(to)
      expect(written.some((tag) => tag.startsWith('less-') || tag.startsWith('ncurses-'))).toBe(false)
      expect(written.some((tag) => tag.startsWith('hello-'))).toBe(true)

      const allowed = await machine.push(request({ allowMissing: true }))
      expect(allowed.job.state).toBe('done')
      expect((await tagsOf(to)).some((tag) => tag.startsWith('less-'))).toBe(true)
    }))

  it('nothing installed at all is an error before anything is asked', () =>
    onCopy(async ({ machine, request, root, registry }) => {
      for (const name of all) forgetInstalled(root, name)
      expect((await failure(machine.plan(request()))).code).toBe('not-installed')
      expect(registry.manifests.size).toBe(0)
    }))
})

describe('a package that fails', () => {
  const cases = [
    {
      what: 'an unreadable file',
      code: 'file-unreadable',
      skip: process.getuid?.() === 0 ? 'root reads everything' : undefined,
      damage: makeUnreadable,
    },
    {
      what: 'a prefix that is gone',
      code: 'prefix-missing',
      skip: undefined,
      damage: (prefix: string) => rmSync(prefix, { recursive: true }),
    },
  ]
  for (const { what, code, skip, damage } of cases) {
    const title = `with ${what} leaves its tag and its dependents' unwritten, and everything else written`
    it.skipIf(skip)(`${title}${skip ? ` (skipped: ${skip})` : ''}`, () =>
      onCopy(async ({ machine, request, root, to }) => {
        damage(prefixOf(root, 'ncurses'))
        const { job } = await machine.push(request({ tag: 'sample', updateIndex: true }))
        expect(job).toMatchObject({ state: 'failed', error: { code: 'push-incomplete' } })
        const failed = new Map(job.result?.failed.map((one) => [one.name, one.error]))
        expect(failed.get('ncurses')?.code).toBe(code)
        expect(failed.get('less')).toMatchObject({
          code: 'push-incomplete',
          message: expect.stringContaining('ncurses'),
        })
        expect(failed.has('sample')).toBe(true)
        expect([...failed.keys()].sort()).toEqual(['less', 'ncurses', 'sample'])
        const written = (await tagsOf(to)).map((tag) => tag.split('-')[0])
        expect(written).toEqual(['cowsay', 'figlet', 'gmake', 'hello', 'index.spack', 'relockit', 'zlib'])
        expect(spooled(machine)).toEqual([])
      }),
    )
  }

  it('with --fail-fast stops the others', () =>
    onCopy(async ({ machine, request, root }) => {
      rmSync(prefixOf(root, 'cowsay'), { recursive: true })
      const { job } = await machine.push(request({ failFast: true, jobs: 1 }))
      expect(job.state).toBe('failed')
      expect(job.result?.failed.map((one) => one.name)).toEqual(['cowsay'])
      expect(job.result?.tags.length).toBeLessThan(7)
    }))
})

describe('a cancelled push', () => {
  it('leaves nothing half done, and the next one goes on', () =>
    onBench(async ({ machine, request, registry, to }) => {
      const plan = await machine.plan(request({ tag: 'sample', updateIndex: true }))
      const job = await machine.run(plan, (now) => {
        if (now.state === 'running' && registry.manifests.size > 0) {
          machine.engine.call('jobs.cancel', { id: now.id }).catch(() => undefined)
        }
      })
      // On a fast machine it may be through before the first update.
      if (job.state === 'done') return
      expect(job.state).toBe('cancelled')
      expect(spooled(machine)).toEqual([])
      await allBlobsThere(to)
      const kept = machine.packed.length
      const again = await machine.push(request({ tag: 'sample', updateIndex: true }))
      expect(again.job.state).toBe('done')
      expect(await tagsOf(to)).toHaveLength(10)
      expect(machine.packed.length - kept).toBeLessThan(8)
    }))

  it('ends while the registry does not answer', () =>
    onBench(async ({ machine, request, registry }) => {
      const plan = await machine.plan(request())
      registry.faults.push({ when: ({ method }) => method === 'PUT', act: { kind: 'stall' } })
      const started = Date.now()
      const job = await machine.run(plan, (now) => {
        if (now.state === 'running' && registry.log.some(({ method }) => method === 'PUT')) {
          machine.engine.call('jobs.cancel', { id: now.id }).catch(() => undefined)
        }
      })
      expect(job.state).toBe('cancelled')
      expect(Date.now() - started).toBeLessThan(10_000)
      expect(spooled(machine)).toEqual([])
      expect(registry.manifests.size).toBe(0)
    }))
})

describe('a plan', () => {
  it('is refused when the database has changed since', () =>
    onCopy(async ({ machine, request, root, registry }) => {
      const plan = await machine.plan(request())
      forgetInstalled(root, 'hello')
      expect((await failure(machine.engine.call('push.run', { plan: plan.id }))).code).toBe('plan-stale')
      expect(registry.manifests.size).toBe(0)
    }))

  it('is refused a second time', () =>
    onBench(async ({ machine, request }) => {
      const { plan } = await machine.push(request({ packages: ['zlib'], only: 'package' }))
      expect((await failure(machine.engine.call('push.run', { plan: plan.id }))).code).toBe('plan-stale')
    }))

  it.each([
    ['x.spack', 'tag-invalid'],
    ['-dash', 'tag-invalid'],
    ['a:b', 'tag-invalid'],
    ['x'.repeat(129), 'tag-invalid'],
  ])('refuses the tag %s', (tag, code) =>
    onBench(async ({ machine, request, registry }) => {
      expect((await failure(machine.plan(request({ tag })))).code).toBe(code)
      expect(registry.log).toEqual([])
    }),
  )
})

function forgetInstalled(root: string, name: string): void {
  const folder = join(prefixOf(root, name), '../../..')
  const file = join(folder, '.spack-db/index.json')
  const index = JSON.parse(readFileSync(file, 'utf8')) as {
    database: { installs: Record<string, { installed: boolean; spec: { name: string } }> }
  }
  for (const record of Object.values(index.database.installs)) if (record.spec.name === name) record.installed = false
  writeFileSync(file, JSON.stringify(index))
}

function makeUnreadable(prefix: string): void {
  const file = join(prefix, 'bin', readdirSync(join(prefix, 'bin')).sort()[0] ?? '')
  chmodSync(file, 0)
}

function spooled(machine: Machine): string[] {
  return readdirSync(join(machine.blobs, 'spool')).filter((name) =>
    statSync(join(machine.blobs, 'spool', name)).isFile(),
  )
}

/** No tag whose manifest names a blob that is missing. */
async function allBlobsThere(to: string): Promise<void> {
  const images = await readImages(to)
  await lookInto(to, async (repository) => {
    for (const tag of images.keys()) {
      const { manifest } = await readImage(repository, tag)
      for (const blob of [manifest.config, ...manifest.layers])
        expect(await repository.hasBlob(blob.digest)).toBeDefined()
    }
  })
}
