import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActPlan, ActRequestInput } from '../../main/api/acts.ts'
import type { Job } from '../../main/api/models.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import { onEveryPlace } from '../support/acts/cache-places.ts'
import {
  type MadePackage,
  madePackage,
  putEnvironmentImage,
  putImage,
  putPackages,
} from '../support/acts/made-packages.ts'
import { planAct, runAct, runPlan } from '../support/acts/run-act.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, readImage, readIndexBytes, tagsOf } from '../support/push/read.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'

const gmake = madePackage('gmake')
const zlib = madePackage('zlib', { version: '1.3' })
const oldZlib = madePackage('zlib', { version: '1.2' })
const hdf5 = madePackage('hdf5', { needs: [zlib], builtWith: [gmake] })
const oldHdf5 = madePackage('hdf5', { version: '0.9', needs: [oldZlib], archiveTimestamp: '2020-01-01T00:00:00+01:00' })
const less = madePackage('less', { archiveTimestamp: '2026-11-20T00:00:00+00:00' })
const all = [gmake, zlib, oldZlib, hdf5, oldHdf5, less]

const tags = (...packages: MadePackage[]): string[] => packages.map((one) => one.tag).sort()
const deleted = ({ steps }: ActPlan): string[] =>
  steps.flatMap((step) => (step.action === 'delete' ? [step.key] : [])).sort()

async function listedIn(repository: string): Promise<string[]> {
  const document = JSON.parse((await readIndexBytes(repository))?.toString() ?? '{}') as {
    database: { installs: Record<string, { in_buildcache: boolean }> }
  }
  return Object.entries(document.database.installs)
    .flatMap(([hash, one]) => (one.in_buildcache ? [hash] : []))
    .sort()
}

onEveryPlace((place, setUp) => {
  let machine: Machine
  let folder = ''
  beforeAll(async () => {
    folder = await setUp.start()
    machine = await startMachine(folder, { now: () => Date.parse('2026-11-23') })
  })
  afterAll(async () => {
    await machine.close()
    await setUp.end()
  })

  /** A cache of all packages, an image of two of them, a foreign tag and an index. */
  async function cache(): Promise<string> {
    const repository = place.repository()
    await lookInto(repository, async (opened) => {
      await putPackages(opened, all)
      await putEnvironmentImage(opened, 'tools', [oldZlib, oldHdf5])
      await putImage(opened, 'odd.spack', Buffer.from('oops'), [])
    })
    await runAct(machine, { kind: 'index', repository })
    return repository
  }
  const prune = (repository: string, keep: object, more: object = {}): ActRequestInput => ({
    ...{ kind: 'prune', repository, keep },
    ...more,
  })

  it('deletes what nothing kept needs, and leaves images, the index and what it cannot read', async () => {
    const repository = await cache()
    const { plan, job } = await runAct(machine, prune(repository, { tags: ['hdf5@1.0'] }))
    expect(deleted(plan)).toEqual(tags(gmake, oldZlib, oldHdf5, less))
    // Old layers are the image's, too: only the configs of their packages and what less and gmake alone have are freed.
    const freed = await freedConfigs()
    expect(plan.sums).toMatchObject({ tags: 4, kept: 5, bytes: less.layer.length + gmake.layer.length + freed })
    expect(plan.findings.map((one) => one.message)).toContainEqual(expect.stringContaining('odd.spack is passed over'))
    expect(job).toMatchObject({ state: 'done', acted: { failed: [], bytes: plan.sums.bytes } })
    expect(await tagsOf(repository)).toEqual(['index.spack', 'odd.spack', 'tools', ...tags(zlib, hdf5)].sort())
    expect(await listedIn(repository)).toEqual([zlib.hash, hdf5.hash].sort())
    const { job: check } = await runAct(machine, { kind: 'check', repository, tags: ['tools', zlib.tag, hdf5.tag] })
    expect(check.acted?.findings).toEqual([])
    if (place.folder) {
      const held = new Set(readdirSync(join(repository.slice('oci-layout://'.length), 'blobs/sha256')))
      expect(held.has(digestOf(less.layer).slice(7))).toBe(false)
      expect(held.has(digestOf(oldHdf5.layer).slice(7))).toBe(true)
    }
    expect((await planAct(machine, prune(repository, { tags: ['hdf5@1.0'] }))).empty).toBe(true)

    async function freedConfigs(): Promise<number> {
      const sizes = await lookInto(await cache(), (opened) =>
        Promise.all(
          [gmake, oldZlib, oldHdf5, less].map(async (one) => (await readImage(opened, one.tag)).configBytes.length),
        ),
      )
      return sizes.reduce((sum, one) => sum + one, 0)
    }
  })

  it('keeps build dependencies when told to, versions, ages and what an image is made of', async () => {
    const repository = await cache()
    const plan = async (keep: object, more: object = {}): Promise<string[]> =>
      deleted(await planAct(machine, prune(repository, keep, more)))
    expect(await plan({ tags: ['hdf5@1.0'] }, { buildDependencies: true })).toEqual(tags(oldZlib, oldHdf5, less))
    expect(await plan({ newest: 1 })).toEqual(tags(oldZlib, oldHdf5))
    expect(await plan({ days: 10 })).toEqual(tags(oldHdf5))
    expect(await plan({ tags: ['tools'] })).toEqual(tags(gmake, zlib, hdf5, less))
    expect(await plan({ tags: [less.tag] })).toEqual(tags(gmake, zlib, oldZlib, hdf5, oldHdf5))
    await expect(plan({ tags: ['hdf6'] })).rejects.toMatchObject({ code: 'package-not-found' })
    await expect(plan({})).rejects.toMatchObject({ code: 'usage' })
  })

  it('keeps the roots of environments, with what their lockfiles say they need', async () => {
    const repository = await cache()
    const environment = join(folder, 'environment')
    mkdirSync(environment, { recursive: true })
    writeFileSync(join(environment, 'spack.yaml'), 'spack:\n  specs: [hdf5]\n')
    await expect(planAct(machine, prune(repository, { environments: [{ environment }] }))).rejects.toMatchObject({
      code: 'lockfile-missing',
    })
    const lockfile = {
      _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': 5, 'specfile-version': 4 },
      roots: [{ hash: hdf5.hash, spec: 'hdf5' }],
      concrete_specs: Object.fromEntries([hdf5, zlib, gmake].map((one) => [one.hash, one.node])),
    }
    writeFileSync(join(environment, 'spack.lock'), JSON.stringify(lockfile))
    const plan = await planAct(machine, prune(repository, { environments: [{ environment }] }))
    expect(deleted(plan)).toEqual(tags(gmake, oldZlib, oldHdf5, less))
    expect(plan.steps.find((step) => step.key === hdf5.tag)?.why).toBe('a root of environment')
  })

  it('is refused when a package came meanwhile, which may need what is to go', async () => {
    const repository = await cache()
    const plan = await planAct(machine, prune(repository, { tags: ['less'] }))
    await lookInto(repository, (opened) => putPackages(opened, [madePackage('new', { needs: [zlib] })]))
    await expect(runPlan(machine, plan)).rejects.toMatchObject({ code: 'plan-stale' })
    expect((await tagsOf(repository)).length).toBe(10)
  })

  it('spares a package whose very image is part of an image index, or has another tag', async () => {
    const repository = await cache()
    await lookInto(repository, async (opened) => {
      const { digest, mediaType, manifest } = await readImage(opened, gmake.tag)
      await opened.putManifest('make', Buffer.from((await opened.getManifest(gmake.tag))?.bytes ?? ''), mediaType)
      const part = await readImage(opened, less.tag)
      const size = (await opened.headManifest(less.tag))?.size
      const list = {
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests: [{ mediaType, digest: part.digest, size }],
      }
      await opened.putManifest('platforms', Buffer.from(JSON.stringify(list)), mediaTypes.ociIndex)
      expect([digest, manifest.layers.length]).toBeDefined()
    })
    const { job } = await runAct(machine, prune(repository, { tags: ['hdf5'] }))
    expect(job.acted?.failed).toEqual([])
    expect(await tagsOf(repository)).toEqual(expect.arrayContaining(['make', 'platforms']))
    const { job: check } = await runAct(machine, { kind: 'check', repository, tags: ['make', 'platforms'], deep: true })
    expect(check.acted?.findings).toEqual([])
  })
})

describe('a prune that does not get through', () => {
  let folder = ''
  let machine: Machine
  let registry: FaultRegistry
  let repository = ''
  const keep = { tags: ['hdf5@1.0'] }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'strata-prune-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function onCache(act: () => Promise<void>, options: { readonly refuseDeletes?: boolean } = {}): Promise<void> {
    machine = await startMachine(mkdtempSync(join(folder, 'machine-')))
    registry = await startFaultRegistry(options)
    repository = `oci+http://${registry.host}/me/cache`
    try {
      await lookInto(repository, (opened) => putPackages(opened, all))
      await runAct(machine, { kind: 'index', repository })
      await act()
    } finally {
      await machine.close()
      await registry.close()
    }
  }

  /** Everything that the index names has a tag. */
  async function expectHonestIndex(): Promise<void> {
    const held = new Set(await tagsOf(repository))
    const named = new Set(await listedIn(repository))
    for (const one of all) if (named.has(one.hash)) expect(held).toContain(one.tag)
  }

  it('leaves an index that names nothing that is gone when it is killed in the middle, and a second run completes', () =>
    onCache(async () => {
      let count = 0
      registry.faults.push({
        when: ({ method, url }) => method === 'DELETE' && url.includes('/manifests/sha256:') && ++count > 2,
        act: { kind: 'stall' },
      })
      const plan = await planAct(machine, { kind: 'prune', repository, keep })
      expect(deleted(plan)).toHaveLength(4)
      const stalled = async (job: Job): Promise<void> => {
        if (count > 2 && job.endedAt === undefined)
          await machine.engine.call('jobs.cancel', { id: job.id }).catch(() => undefined)
      }
      const job = await runPlan(machine, plan, { watch: (one) => void stalled(one) })
      expect(job.state).toBe('cancelled')
      registry.faults.length = 0
      const left = await tagsOf(repository)
      expect(left.length).toBeGreaterThan(3)
      expect(left.length).toBeLessThan(7)
      await expectHonestIndex()
      expect(await listedIn(repository)).toEqual([zlib.hash, hdf5.hash].sort())

      const again = await runAct(machine, { kind: 'prune', repository, keep })
      expect(again.job.state).toBe('done')
      expect(await tagsOf(repository)).toEqual(['index.spack', ...tags(zlib, hdf5)].sort())
      await expectHonestIndex()
    }))

  it('says of every delete that fails what failed, and lists again what stays', () =>
    onCache(async () => {
      const digest = await lookInto(repository, async (opened) => (await opened.headManifest(less.tag))?.digest ?? '')
      registry.faults.push({
        when: ({ method, url }) => method === 'DELETE' && url.endsWith(digest),
        act: { kind: 'status', status: 403 },
      })
      const { job } = await runAct(machine, { kind: 'prune', repository, keep })
      expect(job.acted?.failed.map((one) => one.name)).toEqual([less.tag])
      expect(await listedIn(repository)).toEqual([zlib.hash, hdf5.hash, less.hash].sort())
    }))

  it('says in the plan already that the registry deletes nothing, and touches nothing', () =>
    onCache(
      async () => {
        const plan = await planAct(machine, { kind: 'prune', repository, keep })
        expect(plan.findings).toContainEqual(expect.objectContaining({ severity: 'problem' }))
        const before = await readIndexBytes(repository)
        await expect(runPlan(machine, plan)).rejects.toMatchObject({ code: 'registry-unsupported' })
        expect((await readIndexBytes(repository))?.equals(before ?? Buffer.alloc(0))).toBe(true)
        expect(await tagsOf(repository)).toHaveLength(7)
      },
      { refuseDeletes: true },
    ))
})
