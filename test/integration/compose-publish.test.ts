import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActRequestInput } from '../../main/api/acts.ts'
import type { ComposeProgress } from '../../main/api/compose.ts'
import type { ActResult } from '../../main/api/models.ts'
import { planAct, runAct, runPlan } from '../support/acts/run-act.ts'
import { systemTar } from '../support/base-files.ts'
import { oldZlib, putBase, seedTreePackages, treePackages, vim } from '../support/compose/tree-packages.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, readImage, tagsOf } from '../support/push/read.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'

/** Publishing compositions: what is sent, what appears, and what is left when something goes wrong. */

const run = promisify(execFile)
const skip = await missingDockerRegistry()

function imageOf(acted: ActResult | undefined): NonNullable<ActResult['image']> {
  if (!acted?.image) throw new Error(`no image was made: ${JSON.stringify(acted?.failed)}`)
  return acted.image
}

type ComposeAct = Extract<ActRequestInput, { kind: 'compose' }>

/** A machine, a registry in memory and another, with a cache and base images in the first. */
function onRegistries() {
  let folder = ''
  let registry: FaultRegistry
  let other: FaultRegistry
  let machine: Machine
  let count = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-publish-'))
    registry = await startFaultRegistry()
    other = await startFaultRegistry()
    machine = await startMachine(folder)
    await lookInto(`oci+http://${registry.host}/cache`, seedTreePackages)
    await lookInto(`oci+http://${registry.host}/bases`, async (bases) => {
      await putBase(bases, 'plain')
      await putBase(bases, 'docker', { format: 'docker' })
    })
  })
  afterAll(async () => {
    await machine.close()
    await registry.close()
    await other.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    at: (name: string) => `oci+http://${registry.host}/${name}`,
    elsewhere: () => `oci+http://${other.host}/copy-${count++}`,
    folder: () => `oci-layout://${folder}/folder-${count++}`,
    file: (name: string) => join(folder, name),
    registry: () => registry,
    other: () => other,
    machine: () => machine,
  }
}

describe('publishing a composition', () => {
  const { at, elsewhere, folder, file, registry, other, machine } = onRegistries()
  const request = (more: Partial<ComposeAct> = {}): ComposeAct => ({
    kind: 'compose',
    repository: at('cache'),
    roots: ['lua', 'vim'],
    tag: 'tools',
    ...more,
  })
  const layersOf = (reference: string, tag: string) =>
    lookInto(reference, async (repository) =>
      (await readImage(repository, tag)).manifest.layers.map((one) => one.digest),
    )

  it('sends no layer within the cache’s repository, and is the same image the next time', async () => {
    const before = registry().received()
    const { plan, job } = await runAct(machine(), request())
    expect(plan.sums.bytes).toBe(0)
    expect(job.acted?.bytes).toBe(0)
    expect(job.acted?.done).toEqual([expect.stringMatching(/^tools sha256:\w{12} · 0 B of layers sent, 4 present$/)])
    const { digest } = imageOf(job.acted)
    const [config, manifest] = await lookInto(at('cache'), async (repository) => {
      const image = await readImage(repository, 'tools')
      return [image.configBytes, Buffer.from(JSON.stringify(image.manifest))]
    })
    expect(registry().received() - before).toBe((config?.length ?? 0) + (manifest?.length ?? 0))
    const again = await planAct(machine(), request())
    expect(again.empty).toBe(true)
    expect(again.composition?.digest).toBe(digest)
  })

  it('mounts a base of the same registry, and says what runs it', async () => {
    const { plan, job } = await runAct(machine(), request({ base: `${at('bases')}:plain`, tag: 'based' }))
    expect(plan.steps.filter((step) => step.action === 'mount')).toHaveLength(2)
    expect(job.acted?.done[0]).toMatch(/0 B of layers sent, 2 mounted, 4 present/)
    expect(imageOf(job.acted).usage.map(({ tool }) => tool)).toEqual(['docker', 'podman', 'apptainer'])
    expect((await layersOf(at('cache'), 'based')).slice(2)).toEqual(await layersOf(at('cache'), 'tools'))
  })

  it('copies across registries what is not there, each layer once', async () => {
    const to = elsewhere()
    const first = await runAct(machine(), request({ to, base: `${at('bases')}:plain` }))
    expect(first.job.acted?.bytes).toBe(first.plan.sums.bytes)
    expect(first.plan.sums.bytes).toBe(first.plan.composition?.sums.bytes)
    expect(await layersOf(to, 'tools')).toHaveLength(6)
    const second = await runAct(
      machine(),
      request({ to, tag: 'second', base: `${at('bases')}:plain`, title: 'Second' }),
    )
    expect(second.plan.sums.bytes).toBe(0)
    expect(second.job.acted?.done[0]).toMatch(/0 B of layers sent, 6 present/)
  })

  it('speaks OCI in a folder, whatever form its base has', async () => {
    const to = folder()
    const { job } = await runAct(machine(), request({ to, base: `${at('bases')}:docker` }))
    const image = imageOf(job.acted)
    await lookInto(to, async (repository) => {
      const found = await readImage(repository, 'tools')
      expect(found.digest).toBe(image.digest)
      expect(found.mediaType).toBe('application/vnd.oci.image.manifest.v1+json')
      expect(found.manifest.layers.every(({ mediaType }) => mediaType.startsWith('application/vnd.oci.'))).toBe(true)
      for (const layer of found.manifest.layers) await repository.readBlobBytes(layer, { limit: 1 << 20 })
    })
  })

  it('writes an archive that says how to load it, whole or not at all', async () => {
    const to = `docker-archive:${file('tools.tar')}`
    const { plan, job } = await runAct(machine(), request({ to, base: `${at('bases')}:plain` }))
    expect(job.acted?.failed).toEqual([])
    expect(plan.sums.bytes).toBe(plan.composition?.sums.bytes)
    expect(imageOf(job.acted).usage[0]?.command).toMatch(
      /^docker load --input .*tools.tar && docker run --rm -it 127.0.0.1:\d+\/cache:tools$/,
    )
    const { stdout } = await run('tar', ['-tf', file('tools.tar')])
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['manifest.json', 'index.json', 'oci-layout']))
    registry().faults.push({
      when: ({ method, url }) => method === 'GET' && url.includes('/bases/blobs/'),
      times: 40,
      act: { kind: 'status', status: 404 },
    })
    const broken = await runAct(
      machine(),
      request({ to: `docker-archive:${file('broken.tar')}`, base: `${at('bases')}:plain` }),
    )
    registry().faults.length = 0
    expect(broken.job.state).toBe('failed')
    await expect(readFile(file('broken.tar'))).rejects.toThrow('ENOENT')
  })

  it('attaches a bill of materials to the image', async () => {
    const { job } = await runAct(machine(), request({ tag: 'listed', title: 'Listed', attachSbom: true }))
    expect(job.acted?.failed).toEqual([])
    const { digest } = imageOf(job.acted)
    const listed = await lookInto(at('cache'), (repository) => repository.referrers(digest as `sha256:${string}`))
    expect(listed.map(({ artifactType }) => artifactType)).toEqual(['application/vnd.cyclonedx+json'])
  })

  it('makes a merged layer once, and remembers it', async () => {
    const merged = request({ squash: true, tag: 'squashed' })
    const { plan, job } = await runAct(machine(), merged)
    expect(plan.steps[0]).toMatchObject({ action: 'write', object: 'blob', name: '4 packages in one layer' })
    expect(plan.composition?.merge?.made).toBe(false)
    expect(job.state).toBe('done')
    expect(await layersOf(at('cache'), 'squashed')).toHaveLength(1)
    const again = await planAct(machine(), request({ squash: true, tag: 'squashed-again', title: 'Again' }))
    expect(again.composition?.merge?.made).toBe(true)
    expect(again.sums.bytes).toBe(0)
    const digest = again.composition?.stack.find(({ kind }) => kind === 'merged')?.digest
    expect(await layersOf(at('cache'), 'squashed')).toEqual([digest])
  })

  it('fetches a layer again whose copy has rotted before it is merged', async () => {
    const roots = ['vim', 'zlib@1.2']
    await runAct(machine(), request({ roots, squash: true, tag: 'first' }))
    const [layer] = (await layersOf(at('cache'), oldZlib.tag)).slice(-1)
    const hex = (layer ?? '').slice('sha256:'.length)
    const copy = join(machine().blobs, 'sha256', hex.slice(0, 2), hex)
    await writeFile(copy, Buffer.alloc((await readFile(copy)).length))
    const { job } = await runAct(machine(), request({ roots: [...roots, 'git'], squash: true, tag: 'second' }))
    expect(job.acted?.failed).toEqual([])
    expect(job.state).toBe('done')
  })

  it('writes a bill of materials with every package to a file', async () => {
    const sbomFile = file('tools.cdx.json')
    const { job } = await runAct(machine(), request({ sbomFile }))
    expect(job.acted?.failed).toEqual([])
    const document = JSON.parse(await readFile(sbomFile, 'utf8'))
    expect(document.components.map((one: { name: string }) => one.name).sort()).toEqual([
      'lua',
      'ncurses',
      'readline',
      'vim',
    ])
  })

  it('calls the layers of a base from a file by the file, and its plan tells of the import', async () => {
    const tar = file('debian12.tar')
    await writeFile(tar, systemTar())
    const told: ComposeProgress[] = []
    const stop = machine().engine.on('compose.progress', (progress) => told.push(progress))
    const act = request({ base: tar, tag: 'from-file', examine: 'all' })
    const plan = await machine().engine.call('act.plan', { act, run: 'mine' })
    stop()
    expect(plan.steps.find(({ action }) => action === 'copy')).toMatchObject({ name: 'layer 1 of debian12.tar' })
    expect(told.every(({ run }) => run === 'mine')).toBe(true)
    const { size } = await stat(tar)
    expect(told).toContainEqual({ run: 'mine', what: 'import', done: size, total: size, name: 'debian12.tar' })
    expect(told.at(-1)).toMatchObject({ what: 'examine', done: told.at(-1)?.total })
  })

  it.each([
    [{ roots: ['zlib'] }, 'usage', /zlib fits 2 packages/],
    [{ roots: ['nothing'] }, 'package-not-found', /There is no package nothing/],
    [{ roots: ['orphan'] }, 'package-not-found', /absent.* is not in the cache/],
    [{ roots: [] }, 'act-refused', /No package is chosen/],
    [{ tag: 'tools.spack' }, 'tag-invalid', /ends in .spack/],
    [{ to: 'docker-archive:relative.tar' }, 'reference-invalid', /the file is not absolute/],
    [{ to: 'docker-archive:/tmp/x.tar', attachSbom: true }, 'usage', /nothing can be attached/],
  ])('refuses %j', async (more, code, message) => {
    const error = await planAct(machine(), request(more)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('goes without what the cache lacks where that is allowed', async () => {
    const { job } = await runAct(machine(), request({ roots: ['orphan'], allowMissing: true, tag: 'partial' }))
    expect(job.state).toBe('done')
    expect(await layersOf(at('cache'), 'partial')).toHaveLength(1)
  })

  it('says which package’s layer the registry has lost', async () => {
    await lookInto(at('lossy'), seedTreePackages)
    const { digest } = await lookInto(at('lossy'), async (repository) => {
      const [layer] = (await readImage(repository, vim.tag)).manifest.layers.slice(-1)
      if (!layer) throw new Error('no layer')
      return layer
    })
    registry().faults.push({
      when: ({ method, url }) => method === 'HEAD' && url.includes(`/lossy/blobs/${digest}`),
      act: { kind: 'status', status: 404 },
    })
    const planned = planAct(machine(), { ...request(), repository: at('lossy') })
    await expect(planned).rejects.toMatchObject({
      code: 'package-not-found',
      message: expect.stringMatching(/^vim@9.0 in the cache is of no use: the registry has lost its layer/),
    })
  })

  it('is not published under the tag when the target may not be written', async () => {
    const to = elsewhere()
    other().faults.push({
      when: ({ method, url }) => method !== 'GET' && method !== 'HEAD' && url.includes(to.split('/').at(-1) ?? ''),
      act: { kind: 'status', status: 403, body: '{"errors":[{"code":"DENIED"}]}' },
    })
    const { job } = await runAct(machine(), request({ to }))
    expect(job.state).toBe('failed')
    expect(job.acted?.failed[0]?.error.code).toBe('registry-denied')
    expect(job.acted?.image).toBeUndefined()
    expect(await tagsOf(to)).toEqual([])
  })

  it('leaves no tag when it is cancelled', async () => {
    const to = elsewhere()
    other().faults.push({
      when: ({ method, url }) =>
        (method === 'PUT' || method === 'PATCH') && url.includes(`${to.split('/').at(-1)}/blobs`),
      act: { kind: 'stall' },
    })
    const plan = await planAct(machine(), request({ to }))
    let isCancelled = false
    const job = await runPlan(machine(), plan, {
      watch: ({ id, progress }) => {
        if (isCancelled || !progress.items.some(({ phase }) => phase === 'upload')) return
        isCancelled = true
        void machine().engine.call('jobs.cancel', { id })
      },
    })
    expect(job.state).toBe('cancelled')
    expect(await tagsOf(to)).toEqual([])
  })

  it('is planned anew when the tag was moved meanwhile', async () => {
    const plan = await planAct(machine(), request({ roots: ['vim'], tag: 'moving' }))
    await runAct(machine(), request({ roots: ['lua'], tag: 'moving' }))
    await expect(runPlan(machine(), plan)).rejects.toMatchObject({ code: 'plan-stale' })
  })
})

describe.skipIf(skip)(`publishing to Debian’s registry${skip ? ` (skipped: ${skip})` : ''}`, () => {
  let folder = ''
  let real: DockerRegistry
  let machine: Machine
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-publish-'))
    real = await startDockerRegistry()
    machine = await startMachine(folder)
  })
  afterAll(async () => {
    await machine.close()
    await real.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('sends config and manifest alone; into another repository the layers are mounted', async () => {
    const repository = `oci+http://${real.host}/cache`
    await lookInto(repository, seedTreePackages)
    await lookInto(`oci+http://${real.host}/bases`, (bases) => putBase(bases, 'plain'))
    const base = `oci+http://${real.host}/bases:plain`
    const roots = treePackages.flatMap(({ name, version }) => (name === 'orphan' ? [] : [`${name}@${version}`]))
    const here = await runAct(machine, { kind: 'compose', repository, roots, base, tag: 'all' })
    expect(here.job.acted?.failed).toEqual([])
    expect(here.job.acted?.bytes).toBe(0)
    const to = `oci+http://${real.host}/images`
    const there = await runAct(machine, { kind: 'compose', repository, roots, base, tag: 'all', to })
    expect(there.job.acted?.done[0]).toMatch(/0 B of layers sent, 9 mounted/)
    expect(imageOf(there.job.acted).digest).toBe(imageOf(here.job.acted).digest)
    expect(await tagsOf(to)).toEqual(['all'])
  })
})
