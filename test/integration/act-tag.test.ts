import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { digestOf } from '../../main/registry/digest.ts'
import { onEveryPlace } from '../support/acts/cache-places.ts'
import { planAct, runAct, runPlan } from '../support/acts/run-act.ts'
import { app, hdf5, seedOddImages, seedPackages } from '../support/acts/seed-cache.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, tagsOf } from '../support/push/read.ts'
import { image, pushImage } from '../support/registry/images.ts'

let top = ''
let machine: Machine
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'strata-tag-'))
  machine = await startMachine(top)
})
afterAll(async () => {
  await machine.close()
  await rm(top, { recursive: true, force: true })
})

const digestIn = (reference: string, tag: string) =>
  lookInto(reference, async (repository) => (await repository.headManifest(tag))?.digest)

onEveryPlace((place, { start, end }) => {
  beforeAll(async () => void (await start()))
  afterAll(end)

  it('gives an image further tags, and moves those that are there', async () => {
    const repository = place.repository()
    await lookInto(repository, (one) => pushImage(one, image('oci', 'old'), 'latest'))
    await lookInto(repository, (one) => pushImage(one, image('oci', 'new'), 'v2'))
    const [old, newer] = [digestOf(image('oci', 'old').manifest), digestOf(image('oci', 'new').manifest)]
    const request = { kind: 'tag', repository, from: 'v2', to: ['latest', 'stable', 'v2', 'stable'] } as const
    const { plan, job } = await runAct(machine, { ...request, to: [...request.to] })
    expect(plan.steps).toMatchObject([
      { name: 'latest', action: 'write', why: expect.stringContaining(old.slice(7, 19)) },
      { name: 'stable', action: 'write', why: 'a new tag' },
      { name: 'v2', action: 'present' },
    ])
    expect(plan.findings).toMatchObject([{ severity: 'warning', message: expect.stringContaining('latest') }])
    expect(job).toMatchObject({
      state: 'done',
      acted: { done: expect.arrayContaining([expect.stringMatching(/^stable /)]) },
    })
    for (const tag of ['latest', 'stable', 'v2']) expect(await digestIn(repository, tag)).toBe(newer)
    expect(await planAct(machine, { ...request, to: ['stable'] })).toMatchObject({ empty: true, sums: { kept: 1 } })
    // By digest, what has lost its tag comes back.
    await runAct(machine, { kind: 'tag', repository, from: old, to: ['back'] })
    expect(await digestIn(repository, 'back')).toBe(old)
  })

  it('tags an image index', async () => {
    const repository = place.repository()
    await lookInto(repository, seedOddImages)
    await runAct(machine, { kind: 'tag', repository, from: 'multi', to: ['both'] })
    expect(await digestIn(repository, 'both')).toBe(await digestIn(repository, 'multi'))
  })

  it('gives no image a tag that Spack takes for a package, but for the package that it is', async () => {
    const repository = place.repository()
    await lookInto(repository, seedPackages)
    const refused = (from: string, ...to: string[]) =>
      expect(planAct(machine, { kind: 'tag', repository, from, to })).rejects.toMatchObject({ code: 'tag-invalid' })
    await refused('tools', app.tag)
    await refused('tools', 'tools.spack')
    await refused(hdf5.tag, app.tag)
    await refused(hdf5.tag, 'fine', 'index.spack')
    await refused('tools', '-dash')
    await refused('tools', 'a b')
    await expect(planAct(machine, { kind: 'tag', repository, from: 'none', to: ['x'] })).rejects.toMatchObject({
      code: 'registry-not-found',
    })
    // A package whose tag was lost is given it back.
    const digest = (await digestIn(repository, hdf5.tag)) ?? ''
    await runAct(machine, { kind: 'tag', repository, from: hdf5.tag, to: ['kept'] })
    if (place.folder) await lookInto(repository, (one) => one.deleteTag(hdf5.tag))
    await runAct(machine, { kind: 'tag', repository, from: digest, to: [hdf5.tag] })
    expect(await tagsOf(repository)).toContain(hdf5.tag)
  })

  it('refuses to run when a tag has moved since', async () => {
    const repository = place.repository()
    await lookInto(repository, (one) => pushImage(one, image('oci', 'first'), 'first'))
    const plan = await planAct(machine, { kind: 'tag', repository, from: 'first', to: ['other'] })
    await lookInto(repository, (one) => pushImage(one, image('oci', 'second'), 'other'))
    await expect(runPlan(machine, plan)).rejects.toMatchObject({ code: 'plan-stale' })
    const again = await planAct(machine, { kind: 'tag', repository, from: 'first', to: ['third'] })
    await lookInto(repository, (one) => pushImage(one, image('oci', 'second'), 'first'))
    await expect(runPlan(machine, again)).rejects.toMatchObject({ code: 'plan-stale' })
  })
})
