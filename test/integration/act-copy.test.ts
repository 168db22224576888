import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseIndex } from '../../main/buildcache/index-database.ts'
import { readImageTree } from '../../main/registry/copy.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { planAct, runAct, runPlan } from '../support/acts/run-act.ts'
import { app, hdf5, lone, seedOddImages, seedPackages, zlib } from '../support/acts/seed-cache.ts'
import { missingProgram } from '../support/programs.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, readIndexBytes, tagsOf } from '../support/push/read.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { image, pushImage } from '../support/registry/images.ts'

/** Copies between folders and real registries: what arrives is byte for byte what was there. */

const skip = await missingDockerRegistry()
const noSkopeo = await missingProgram('skopeo')
const run = promisify(execFile)

/** Everything behind tags as it can be read: a manifest's digest and every blob, whose digests are checked. */
async function contentOf(reference: string, tags: readonly string[]): Promise<Record<string, readonly string[]>> {
  return await lookInto(reference, async (repository) => {
    const content: Record<string, readonly string[]> = {}
    for (const tag of tags) {
      const tree = await readImageTree(repository, tag, (name) => repository.getManifest(name))
      for (const one of tree.blobs) await repository.readBlobBytes(one, { limit: 1 << 26 })
      content[tag] = [tree.root, ...tree.children, ...tree.blobs].map(({ digest }) => digest)
    }
    return content
  })
}

function fileOf(folder: string, digest: string): string {
  return join(folder.replace('oci-layout://', ''), 'blobs/sha256', digest.slice('sha256:'.length))
}

async function listedIn(reference: string): Promise<readonly string[]> {
  const bytes = await readIndexBytes(reference)
  if (!bytes) return []
  return Object.values(parseIndex(bytes).installs)
    .flatMap((one) => (one.in_buildcache ? [one.spec.name] : []))
    .sort()
}

describe.skipIf(skip)(`copying tags${skip ? ` (skipped: ${skip})` : ''}`, () => {
  let folder = ''
  let one: DockerRegistry
  let other: DockerRegistry
  let machine: Machine
  let count = 0
  const places = {
    folder: () => `oci-layout://${folder}/cache-${count++}`,
    registry: () => `oci+http://${one.host}/cache-${count++}`,
    'another registry': () => `oci+http://${other.host}/cache-${count++}`,
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-copy-'))
    one = await startDockerRegistry()
    other = await startDockerRegistry()
    machine = await startMachine(folder)
  })
  afterAll(async () => {
    await machine.close()
    await one.close()
    await other.close()
    await rm(folder, { recursive: true, force: true })
  })
  const seeded = async (reference: string): Promise<string> => {
    await lookInto(reference, seedPackages)
    await lookInto(reference, seedOddImages)
    return reference
  }

  it.each([
    ['folder', 'folder'],
    ['folder', 'registry'],
    ['registry', 'folder'],
    ['registry', 'another registry'],
    ['registry', 'registry'],
  ] as const)('copies everything from a %s to a %s, and nothing the second time', async (from, to) => {
    const repository = await seeded(places[from]())
    const target = places[to]()
    const { plan, job } = await runAct(machine, { kind: 'copy', repository, to: target })
    expect(job).toMatchObject({ state: 'done', acted: { failed: [] } })
    const tags = await tagsOf(repository)
    expect(await tagsOf(target)).toEqual([...tags, 'index.spack'].sort())
    expect(await contentOf(target, tags)).toEqual(await contentOf(repository, tags))
    expect(await listedIn(target)).toEqual(['app', 'hdf5', 'lone', 'zlib'])
    expect(plan.sums).toMatchObject({ tags: tags.length, kept: 0 })
    // Within one registry everything is mounted; else what was planned is what went over.
    expect(job.acted?.bytes).toBe(plan.sums.bytes)
    expect(plan.sums.bytes === 0).toBe(from === 'registry' && to === 'registry')
    expect(job.progress).toMatchObject({ itemsDone: plan.steps.length, bytesDone: plan.sums.bytes })
    const again = await planAct(machine, { kind: 'copy', repository, to: target })
    expect(again).toMatchObject({ empty: true, sums: { tags: 0, kept: tags.length, bytes: 0 } })
    expect(again.steps.every((step) => step.action === 'present')).toBe(true)
  })

  it('copies a package with what it needs at run time, and without it when asked so', async () => {
    const repository = await seeded(places.folder())
    const whole = places.folder()
    const { plan } = await runAct(machine, { kind: 'copy', repository, to: whole, tags: ['hdf5'] })
    expect(await tagsOf(whole)).toEqual([hdf5.tag, 'index.spack', zlib.tag])
    expect(plan.steps).toMatchObject([
      { name: hdf5.tag, action: 'copy', why: 'asked for' },
      { name: zlib.tag, action: 'copy', why: 'hdf5 needs it' },
      { name: 'index.spack', action: 'write' },
    ])
    const alone = places.folder()
    await runAct(machine, { kind: 'copy', repository, to: alone, tags: [`/${hdf5.hash}`], dependencies: false })
    expect(await tagsOf(alone)).toEqual([hdf5.tag, 'index.spack'])
    expect(await contentOf(alone, [hdf5.tag])).toEqual(await contentOf(repository, [hdf5.tag]))
    // The layer of zlib is in its image, and no tag leads to it.
    expect(await listedIn(alone)).toEqual(['hdf5'])
  })

  it('chooses by tag and by spec, and says what it does not know', async () => {
    const repository = await seeded(places.folder())
    const to = places.folder()
    const planned = async (...tags: string[]) => {
      const plan = await planAct(machine, { kind: 'copy', repository, to, tags, dependencies: false })
      return plan.steps.flatMap((step) => (step.object === 'tag' ? [step.name] : []))
    }
    expect(await planned('tools', 'zlib@1.3')).toEqual(['tools', zlib.tag])
    expect((await planned('%gcc@12')).sort()).toEqual([app.tag, hdf5.tag, lone.tag, zlib.tag])
    expect(await planned('target=x86_64', '~shared').catch((error: unknown) => error)).toMatchObject({
      code: 'package-not-found',
    })
    await expect(planned('zlip')).rejects.toMatchObject({ code: 'package-not-found' })
    expect(await planned('zlib@1:2')).toEqual([zlib.tag])
    await expect(planned('zlib target=x86_64:')).rejects.toMatchObject({ code: 'usage' })
    await expect(planAct(machine, { kind: 'copy', repository, to: repository })).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('says which tags of the target are replaced, and what the source lacks', async () => {
    const repository = places.registry()
    await lookInto(repository, seedPackages)
    const to = places.folder()
    await lookInto(to, (target) => pushImage(target, image('oci', 'another'), 'tools'))
    const before = (await lookInto(to, (target) => target.headManifest('tools')))?.digest
    const plan = await planAct(machine, { kind: 'copy', repository, to, tags: ['tools'] })
    expect(plan.findings).toMatchObject([{ severity: 'warning', message: expect.stringContaining('tools') }])
    expect(plan.steps[0]?.why).toContain(before?.slice(0, 15))
    await runPlan(machine, plan)
    expect(await contentOf(to, ['tools'])).toEqual(await contentOf(repository, ['tools']))

    const partly = places.folder()
    await runAct(machine, { kind: 'copy', repository, to: partly, tags: ['app'], dependencies: false })
    const further = await planAct(machine, { kind: 'copy', repository: partly, to: places.folder(), tags: ['app'] })
    expect(further.findings).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('hdf5@1.14, zlib@1.3') },
    ])
  })

  it('brings the index of a target up to date that has all tags already', async () => {
    const repository = await seeded(places.folder())
    const to = places.folder()
    await runAct(machine, { kind: 'copy', repository, to, updateIndex: false })
    expect(await listedIn(to)).toEqual([])
    const { plan, job } = await runAct(machine, { kind: 'copy', repository, to })
    expect(plan).toMatchObject({ empty: false, sums: { tags: 0, bytes: 0 } })
    expect(job.acted?.done).toEqual(['index.spack lists 4 packages'])
    expect(await listedIn(to)).toEqual(['app', 'hdf5', 'lone', 'zlib'])
  })

  it('refuses to run when the target has changed since, a minute after it was planned', async () => {
    let clock = Date.now()
    const late = await startMachine(join(folder, 'late'), { now: () => clock })
    const repository = await seeded(places.folder())
    const to = places.folder()
    const plan = await planAct(late, { kind: 'copy', repository, to, tags: ['tools'] })
    await lookInto(to, (target) => pushImage(target, image(), 'tools'))
    clock += 61_000
    await expect(runPlan(late, plan)).rejects.toMatchObject({ code: 'plan-stale' })
    await late.close()
  })

  it('copies what it can read, and says what it cannot', async () => {
    // A machine that has not seen these manifests before.
    const fresh = await startMachine(join(folder, 'new'))
    const repository = places.folder()
    await lookInto(repository, seedPackages)
    const { children } = await lookInto(repository, seedOddImages)
    const [child = ''] = children
    await rm(fileOf(repository, child))
    const to = places.folder()
    const { plan, job } = await runAct(fresh, { kind: 'copy', repository, to, tags: ['multi', 'tools'] })
    expect(plan.findings).toMatchObject([{ severity: 'problem', message: expect.stringContaining('multi') }])
    expect(job).toMatchObject({ state: 'failed', acted: { failed: [{ name: 'multi' }] } })
    expect(await tagsOf(to)).toEqual(['tools'])
    await expect(planAct(fresh, { kind: 'copy', repository, to, tags: ['multi'] })).rejects.toMatchObject({
      code: 'registry-not-found',
    })
    await fresh.close()
  })

  it('a layer that the source has lost takes along the images that need it, and no other', async () => {
    const repository = places.folder()
    await lookInto(repository, seedPackages)
    await rm(fileOf(repository, digestOf(hdf5.layer)))
    const to = places.registry()
    const { job } = await runAct(machine, { kind: 'copy', repository, to })
    expect(job.acted?.failed.map(({ name, error }) => [name, error.code]).sort()).toEqual(
      [app.tag, hdf5.tag, 'tools'].map((tag) => [tag, 'registry-not-found']),
    )
    expect(await tagsOf(to)).toEqual(['index.spack', lone.tag, zlib.tag])
    expect(await listedIn(to)).toEqual(['lone', 'zlib'])
  })

  it.skipIf(noSkopeo)(`skopeo reads what was copied${noSkopeo ? ` (skipped: ${noSkopeo})` : ''}`, async () => {
    const repository = await seeded(places.folder())
    const to = places.registry()
    const back = places.folder()
    await runAct(machine, { kind: 'copy', repository, to })
    await runAct(machine, { kind: 'copy', repository: to, to: back })
    for (const tag of ['tools', app.tag]) {
      for (const [place, from] of [
        ['there', `docker://${to.replace('oci+http://', '')}:${tag}`],
        ['back', `oci:${back.replace('oci-layout://', '')}:${tag}`],
      ] as const) {
        // It reads and verifies every blob.
        const into = join(folder, `skopeo-${place}-${tag}`)
        await run('skopeo', ['copy', '--src-tls-verify=false', from, `dir:${into}`])
      }
    }
  })
})
