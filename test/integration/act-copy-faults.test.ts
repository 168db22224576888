import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCopier, readImageTree } from '../../main/registry/copy.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { madePackage, putImage, putPackages } from '../support/acts/made-packages.ts'
import { planAct, runAct } from '../support/acts/run-act.ts'
import { app, hdf5, lone, seedPackages, zlib } from '../support/acts/seed-cache.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, tagsOf } from '../support/push/read.ts'
import { startCuttingProxy } from '../support/registry/cutting-proxy.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { failure } from '../support/registry/failing.ts'
import {
  type FaultRegistry,
  type FaultRegistryOptions,
  startFaultRegistry,
} from '../support/registry/fault-registry.ts'
import { blob } from '../support/registry/images.ts'

/** Copies that something comes in between, and copies between registries that want different logins. */

const noRegistry = await missingDockerRegistry()
const running: { close(): Promise<void> }[] = []
let folder = ''
let source = ''
let machine: Machine
let count = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-copy-faults-'))
  source = `oci-layout://${folder}/source`
  await lookInto(source, seedPackages)
  machine = await startMachine(folder)
})
afterAll(async () => {
  await machine.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

async function faulty(options?: FaultRegistryOptions): Promise<FaultRegistry & { readonly cache: string }> {
  const registry = await startFaultRegistry(options)
  running.push(registry)
  return { ...registry, cache: `oci+http://${registry.host}/me/cache` }
}

/** How often a blob was sent, whole or in part. */
function timesSent({ log }: FaultRegistry, bytes: Buffer): number {
  return log.filter(({ method, url }) => method === 'PUT' && url.includes(encodeURIComponent(digestOf(bytes)))).length
}

describe('a copy that something comes in between', () => {
  it('sends what many images share once', async () => {
    const registry = await faulty()
    const { job } = await runAct(machine, { kind: 'copy', repository: source, to: registry.cache })
    expect(job.state).toBe('done')
    // The layer of zlib is in four images.
    for (const one of [zlib, hdf5, app, lone]) expect(timesSent(registry, one.layer)).toBe(1)
  })

  it('sends only what is missing when it is run again after a failure', async () => {
    const registry = await faulty()
    const isLayer = (url: string) => url.includes(encodeURIComponent(digestOf(hdf5.layer)))
    registry.faults.push({
      when: ({ method, url }) => method === 'PUT' && isLayer(url),
      act: { kind: 'status', status: 403 },
    })
    const { job } = await runAct(machine, { kind: 'copy', repository: source, to: registry.cache })
    expect(job.acted?.failed.map(({ name }) => name).sort()).toEqual([app.tag, hdf5.tag, 'tools'])
    expect(await tagsOf(registry.cache)).toEqual(['index.spack', lone.tag, zlib.tag])
    registry.faults.length = 0
    const again = await runAct(machine, { kind: 'copy', repository: source, to: registry.cache })
    expect(again.plan.sums).toEqual({ tags: 3, kept: 2, bytes: hdf5.layer.length })
    expect(again.job).toMatchObject({ state: 'done', acted: { bytes: hdf5.layer.length } })
    for (const one of [zlib, app, lone]) expect(timesSent(registry, one.layer)).toBe(1)
  })

  it('ends at once when the registry takes nothing any more, and says how much was left', async () => {
    const registry = await faulty()
    registry.faults.push({
      when: ({ method, url }) => method === 'POST' && url.includes('/uploads/'),
      act: { kind: 'status', status: 413 },
    })
    const { job } = await runAct(machine, { kind: 'copy', repository: source, to: registry.cache })
    expect(job.acted?.done).toEqual([])
    expect(job.acted?.failed).toHaveLength(2)
    expect(job.acted?.failed[1]).toMatchObject({ name: '5 others', error: { code: 'registry-out-of-space' } })
    expect(job.progress.items.filter((item) => item.phase === 'skipped')).toHaveLength(5)
  })

  it('is cancelled while a registry does not answer, and goes on from there', async () => {
    const registry = await faulty()
    registry.faults.push({
      when: ({ method, url }) => method === 'PUT' && url.includes(encodeURIComponent(digestOf(hdf5.layer))),
      act: { kind: 'stall' },
    })
    const { job } = await runAct(
      machine,
      { kind: 'copy', repository: source, to: registry.cache },
      {
        watch: ({ id, state, progress }) => {
          const written = progress.items.filter((item) => item.phase === 'done')
          // All that does not wait for the stalled layer.
          if (state === 'running' && written.length === 2) void machine.engine.call('jobs.cancel', { id })
        },
      },
    )
    expect(job.state).toBe('cancelled')
    expect(await tagsOf(registry.cache)).toEqual([lone.tag, zlib.tag])
    registry.faults.length = 0
    const again = await runAct(machine, { kind: 'copy', repository: source, to: registry.cache })
    expect(again.job.state).toBe('done')
    expect(timesSent(registry, zlib.layer)).toBe(1)
  })

  it('sends what a registry would not mount, and counts it', async () => {
    const registry = await faulty({ refuseMounts: true })
    await lookInto(registry.cache, seedPackages)
    const to = `oci+http://${registry.host}/other/cache`
    const { plan, job } = await runAct(machine, { kind: 'copy', repository: registry.cache, to, updateIndex: false })
    expect(plan.sums.bytes).toBe(0)
    expect(plan.steps.every((step) => step.action === 'mount')).toBe(true)
    const bytes = plan.steps.reduce((sum, step) => sum + (step.bytes ?? 0), 0)
    expect(job).toMatchObject({ state: 'done', acted: { bytes }, progress: { bytesDone: bytes, bytesTotal: bytes } })
  })

  it('begins nothing while it is paused, and the largest blobs first', async () => {
    const registry = await faulty()
    const sizes = Array.from({ length: 12 }, (_, index) => 1000 * (index + 1))
    const from = `oci-layout://${folder}/sizes`
    const layers = sizes.map((size) => blob(size).bytes)
    await lookInto(from, (repository) => putImage(repository, 'sizes', Buffer.from('{}'), layers))
    let resume = (): void => undefined
    const paused = new Promise<void>((resolve) => {
      resume = resolve
    })
    await lookInto(from, async (here) =>
      lookInto(registry.cache, async (there) => {
        const tree = await readImageTree(here, 'sizes', (name) => here.getManifest(name))
        const copied = createCopier(here, there, { gate: () => paused }).image(tree, 'sizes')
        // A question to the registry takes longer than whatever would have begun.
        expect(await there.tags()).toEqual([])
        expect(registry.log.filter(({ method }) => method === 'HEAD')).toEqual([])
        resume()
        await copied
      }),
    )
    const asked = registry.log.flatMap(({ method, url }) => (method === 'HEAD' ? [url.split('/').at(-1)] : []))
    const largest = layers.slice(-8).map((bytes) => digestOf(bytes))
    expect(new Set(asked.slice(0, 8))).toEqual(new Set(largest))
  })

  it.skipIf(noRegistry)('goes on after its connections were cut', async () => {
    const registry = await startDockerRegistry()
    running.push(registry)
    const from = `oci-layout://${folder}/large`
    const layers = Array.from({ length: 3 }, () => blob(4_000_000).bytes)
    await lookInto(from, (repository) => putImage(repository, 'large', Buffer.from('{}'), layers))
    const proxy = await startCuttingProxy(
      registry.port,
      [1_000_000, 5_000_000, 9_000_000].map((at) => ({ at, act: 'cut' })),
    )
    running.push(proxy)
    const to = `oci+http://${proxy.host}/me/cache`
    const { job } = await runAct(machine, { kind: 'copy', repository: from, to })
    expect(job).toMatchObject({ state: 'done', acted: { failed: [] } })
    expect(proxy.left()).toBe(0)
    await lookInto(`oci+http://${registry.host}/me/cache`, async (repository) => {
      for (const bytes of layers) {
        const read = await repository.readBlobBytes({ digest: digestOf(bytes), size: bytes.length }, { limit: 1 << 23 })
        expect(read.equals(bytes)).toBe(true)
      }
    })
  })
})

describe('a copy between registries that want different logins', () => {
  const here = { username: 'reader', password: 'secret-of-here' }
  const there = { username: 'writer', password: 'secret-of-there' }
  const basic = ({ username, password }: typeof here) =>
    `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

  it('shows each registry its own login and no other', async () => {
    const one = await faulty({ auth: { kind: 'basic', ...here } })
    const other = await faulty({ auth: { kind: 'basic', ...there } })
    const own = await startMachine(join(folder, `machine-${count++}`), {
      env: { STRATA_USERNAME: here.username, STRATA_PASSWORD: here.password },
    })
    running.push(own)
    const seeded = await runAct(own, {
      kind: 'copy',
      repository: source,
      to: one.cache,
      toCredentials: here,
    })
    expect(seeded.job.state).toBe('done')
    const request = { kind: 'copy', repository: one.cache, to: other.cache } as const
    // What stands in the environment is for the source.
    expect((await failure(planAct(own, request))).code).toBe('registry-auth')
    expect(other.log.map((request) => request.authorization)).not.toContain(basic(here))
    const { job } = await runAct(own, { ...request, credentials: here, toCredentials: there })
    expect(job).toMatchObject({ state: 'done', acted: { failed: [] } })
    expect(new Set(one.log.flatMap((request) => request.authorization ?? []))).toEqual(new Set([basic(here)]))
    expect(new Set(other.log.flatMap((request) => request.authorization ?? []))).toEqual(new Set([basic(there)]))
  })

  it.skipIf(noRegistry)('copies from one htpasswd registry to another', async () => {
    const one = await startDockerRegistry({ login: here })
    const other = await startDockerRegistry({ login: there })
    running.push(one, other)
    const repository = `oci+http://${one.host}/me/cache`
    const to = `oci+http://${other.host}/me/cache`
    await runAct(machine, { kind: 'copy', repository: source, to: repository, toCredentials: here })
    const { job } = await runAct(machine, { kind: 'copy', repository, to, credentials: here, toCredentials: there })
    expect(job).toMatchObject({ state: 'done', acted: { failed: [] } })
    const { plan } = await runAct(machine, {
      kind: 'copy',
      repository: to,
      credentials: there,
      to: `oci-layout://${folder}/back`,
      tags: ['app'],
    })
    expect(plan.sums.tags).toBe(3)
    // Nobody's secret is in what is shown, and the command names the second login.
    expect(plan.command).toContain('--username writer --password-stdin')
    const words = JSON.stringify([plan, await machine.engine.call('jobs.list', {})])
    expect(words).not.toContain('secret-of')
  })
})

it('plans with one question for each blob, and for all tags of a new target', async () => {
  const many = `oci-layout://${folder}/many`
  const base = madePackage('base')
  const packages = Array.from({ length: 60 }, (_, index) => madePackage(`leaf-${index}`, { needs: [base] }))
  await lookInto(many, (repository) => putPackages(repository, [base, ...packages]))
  const registry = await faulty()
  const plan = await planAct(machine, { kind: 'copy', repository: many, to: registry.cache })
  expect(plan.sums.tags).toBe(61)
  // A layer and a config each.
  expect(registry.log.filter(({ method }) => method === 'HEAD')).toHaveLength(122)
})
