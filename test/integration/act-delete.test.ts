import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseIndex } from '../../main/buildcache/index-database.ts'
import { readImageTree } from '../../main/registry/copy.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import { onEveryPlace } from '../support/acts/cache-places.ts'
import { putImage } from '../support/acts/made-packages.ts'
import { planAct, runAct, runPlan } from '../support/acts/run-act.ts'
import { app, hdf5, lone, seedOddImages, seedPackages, zlib } from '../support/acts/seed-cache.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, readImage, readIndexBytes, tagsOf } from '../support/push/read.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'
import { image, pushImage } from '../support/registry/images.ts'

const noRegistry = await missingDockerRegistry()
let top = ''
let machine: Machine
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'strata-delete-'))
  machine = await startMachine(top)
})
afterAll(async () => {
  await machine.close()
  await rm(top, { recursive: true, force: true })
})

/** Reads everything behind a tag; fails when anything of it is gone. */
async function readWhole(reference: string, tag: string): Promise<void> {
  await lookInto(reference, async (repository) => {
    const tree = await readImageTree(repository, tag, (name) => repository.getManifest(name))
    for (const blob of tree.blobs) await repository.readBlobBytes(blob, { limit: 1 << 26 })
  })
}

async function listedIn(reference: string): Promise<readonly string[]> {
  const installs = parseIndex((await readIndexBytes(reference)) ?? Buffer.from('')).installs
  return Object.values(installs)
    .flatMap((one) => (one.in_buildcache ? [one.spec.name] : []))
    .sort()
}

onEveryPlace((place, { start, end }) => {
  beforeAll(async () => void (await start()))
  afterAll(end)

  it('deletes packages, and takes them out of the index; what shares their layers stays whole', async () => {
    const repository = place.repository()
    await lookInto(repository, seedPackages)
    await runAct(machine, { kind: 'index', repository })
    // Their layers are in `tools`: only their configs are freed.
    const configs = await lookInto(repository, async (one) => {
      const images = await Promise.all([app, lone].map(({ tag }) => readImage(one, tag)))
      return images.reduce((sum, { manifest }) => sum + manifest.config.size, 0)
    })
    const { plan, job } = await runAct(machine, { kind: 'delete', repository, tags: [app.tag, lone.tag] })
    expect(job).toMatchObject({ state: 'done', acted: { failed: [] } })
    expect(await tagsOf(repository)).toEqual([hdf5.tag, 'index.spack', 'tools', zlib.tag])
    expect(await listedIn(repository)).toEqual(['hdf5', 'zlib'])
    for (const tag of [hdf5.tag, zlib.tag, 'tools']) await readWhole(repository, tag)
    expect(plan.sums.bytes).toBe(configs)
    expect(plan.findings.filter(({ severity }) => severity !== 'note')).toEqual([])
    expect(plan.findings[0]?.message).toContain('shares layers with 3 other tags')
  })

  it('says which packages could not be installed any more', async () => {
    const repository = place.repository()
    await lookInto(repository, seedPackages)
    const plan = await planAct(machine, { kind: 'delete', repository, tags: [zlib.tag] })
    expect(plan.findings[0]).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('app@1.0, hdf5@1.14 need what is deleted'),
    })
    const both = await planAct(machine, { kind: 'delete', repository, tags: [zlib.tag, hdf5.tag, app.tag] })
    expect(both.findings.filter(({ severity }) => severity === 'warning')).toEqual([])
  })

  it('frees what nothing else needs, and begins no index where there is none', async () => {
    const repository = place.repository()
    const [own, shared] = [Buffer.from('own'.repeat(9999)), Buffer.from('shared'.repeat(9999))]
    const configs = ['{"n":1}', '{"n":2}'].map((text) => Buffer.from(text))
    await lookInto(repository, (one) => putImage(one, 'old', configs[0] ?? own, [shared, own]))
    await lookInto(repository, (one) => putImage(one, 'new', configs[1] ?? own, [shared]))
    const { plan, job } = await runAct(machine, { kind: 'delete', repository, tags: ['old'] })
    expect(plan.sums).toEqual({ tags: 1, kept: 0, bytes: own.length + 7 })
    expect(job.acted).toMatchObject({ done: ['old deleted'], bytes: own.length + 7 })
    expect(await tagsOf(repository)).toEqual(['new'])
    await readWhole(repository, 'new')
    const left = await lookInto(repository, (one) => one.hasBlob(digestOf(own)))
    // A registry keeps it until it collects its garbage.
    expect(left === undefined).toBe(place.folder)
    expect(plan.findings.some(({ message }) => message.includes('garbage'))).toBe(!place.folder)
  })

  it('takes a tag away alone where it can be done, and else says which tags go with it', async () => {
    const repository = place.repository()
    await lookInto(repository, (one) => pushImage(one, image(), 'one'))
    await runAct(machine, { kind: 'tag', repository, from: 'one', to: ['two', 'three'] })
    const plan = await planAct(machine, { kind: 'delete', repository, tags: ['one', 'two'] })
    const warnings = plan.findings.filter(({ severity }) => severity === 'warning')
    await runPlan(machine, plan)
    if (place.folder) {
      expect(warnings).toEqual([])
      expect(plan.sums).toEqual({ tags: 2, kept: 0, bytes: 0 })
      expect(await tagsOf(repository)).toEqual(['three'])
      await readWhole(repository, 'three')
    } else {
      expect(warnings).toMatchObject([{ message: expect.stringContaining('three goes as well') }])
      expect(plan.steps.map(({ name }) => name)).toEqual(['one', 'two', 'three'])
      expect(await tagsOf(repository)).toEqual([])
    }
  })

  it('deletes an image index with the images that only it names', async () => {
    const repository = place.repository()
    const { children } = await lookInto(repository, seedOddImages)
    const [first, second] = children
    await runAct(machine, { kind: 'tag', repository, from: first ?? '', to: ['kept'] })
    const { plan, job } = await runAct(machine, { kind: 'delete', repository, tags: ['multi', 'chart', 'bare'] })
    expect(job).toMatchObject({ state: 'done', acted: { failed: [] } })
    expect(plan.steps.filter((step) => step.object === 'manifest').map((step) => step.digest)).toEqual([second])
    expect(await tagsOf(repository)).toEqual(['kept'])
    await readWhole(repository, 'kept')
    expect(await lookInto(repository, (one) => one.headManifest(second ?? ''))).toBeUndefined()
  })

  it('says what is not there any more, and fails when none is', async () => {
    const repository = place.repository()
    await lookInto(repository, seedOddImages)
    const { plan } = await runAct(machine, { kind: 'delete', repository, tags: ['chart', 'nothing'] })
    expect(plan.findings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('Not there (any more): nothing'),
    )
    const again = planAct(machine, { kind: 'delete', repository, tags: ['chart', 'nothing'] })
    await expect(again).rejects.toMatchObject({ code: 'registry-not-found' })
  })

  it('refuses to run when a tag has moved, or has come to an image that would take it along', async () => {
    const repository = place.repository()
    await lookInto(repository, (one) => pushImage(one, image('oci', 'first'), 'moves'))
    const plan = await planAct(machine, { kind: 'delete', repository, tags: ['moves'] })
    await lookInto(repository, (one) => pushImage(one, image('oci', 'first'), 'comes'))
    await expect(runPlan(machine, plan)).rejects.toMatchObject({ code: 'plan-stale' })
    await lookInto(repository, (one) => pushImage(one, image('oci', 'second'), 'moves'))
    await expect(runPlan(machine, plan)).rejects.toMatchObject({ code: 'plan-stale' })
    expect(await tagsOf(repository)).toEqual(['comes', 'moves'])
  })
})

describe('what a registry allows', () => {
  const running: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close()
  })

  it.skipIf(noRegistry)('is said in the plan, and nothing is tried where deletes are off', async () => {
    const registry = await startDockerRegistry()
    running.push(registry)
    const repository = `oci+http://${registry.host}/cache`
    await lookInto(repository, seedPackages)
    const plan = await planAct(machine, { kind: 'delete', repository, tags: ['tools'] })
    expect(plan.findings[0]).toMatchObject({
      severity: 'problem',
      message: expect.stringContaining('Nothing can be deleted here'),
      hint: expect.stringContaining('storage.delete.enabled'),
    })
    await expect(runPlan(machine, plan)).rejects.toMatchObject({ code: 'registry-unsupported' })
    expect(await tagsOf(repository)).toHaveLength(5)
  })

  it('warns of an image index that would lose an image, where only images can be deleted', async () => {
    const registry = await startFaultRegistry()
    running.push(registry)
    registry.faults.push({
      when: ({ method, url }) => method === 'DELETE' && !url.includes('/manifests/sha256:'),
      act: { kind: 'status', status: 405 },
    })
    const repository = `oci+http://${registry.host}/cache`
    const { children } = await lookInto(repository, seedOddImages)
    await runAct(machine, { kind: 'tag', repository, from: children[0] ?? '', to: ['part'] })
    const plan = await planAct(machine, { kind: 'delete', repository, tags: ['part'] })
    expect(plan.findings[0]).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('the image index multi'),
    })
    registry.faults.length = 0
    const alone = await runAct(machine, { kind: 'delete', repository, tags: ['part'] })
    expect(alone.plan.steps[0]?.why).toContain('the tag alone')
    await readWhole(repository, 'multi')
  })

  it('says that signatures stay behind', async () => {
    const registry = await startFaultRegistry({ referrers: true })
    running.push(registry)
    const repository = `oci+http://${registry.host}/cache`
    const signed = image()
    const digest = digestOf(signed.manifest)
    await lookInto(repository, async (one) => {
      await pushImage(one, signed, 'signed')
      const { config } = JSON.parse(signed.manifest.toString()) as { config: object }
      const subject = { mediaType: mediaTypes.ociManifest, digest, size: signed.manifest.length }
      const signature = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [], subject }
      const bytes = Buffer.from(JSON.stringify(signature))
      await one.putManifest(digestOf(bytes), bytes, mediaTypes.ociManifest)
    })
    const plan = await planAct(machine, { kind: 'delete', repository, tags: ['signed'] })
    expect(plan.findings.map(({ message }) => message)).toContainEqual(expect.stringContaining('1 referrer'))
  })
})

it('leaves nothing behind in a folder', async () => {
  const repository = `oci-layout://${top}/emptied`
  await lookInto(repository, seedPackages)
  await lookInto(repository, seedOddImages)
  await runAct(machine, { kind: 'delete', repository, tags: await tagsOf(repository) })
  const blobs = await readdir(join(top, 'emptied/blobs/sha256'))
  // The children were written by their digests before the index that lists them: nobody else knows them.
  expect(blobs).toEqual([])
  expect(await tagsOf(repository)).toEqual([])
})
