import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Job, PushRequestInput } from '../../main/api/models.ts'
import { generateStore } from '../support/generate-store.ts'
import { missingMounts } from '../support/mounts.ts'
import { missingProgram } from '../support/programs.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, readImages } from '../support/push/read.ts'
import { pseudoRandom } from '../support/random.ts'
import { type CuttingProxy, type Incident, startCuttingProxy } from '../support/registry/cutting-proxy.ts'
import {
  type DockerRegistryOptions,
  missingDockerRegistry,
  startDockerRegistry,
} from '../support/registry/docker-registry.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'
import { collect } from '../support/registry/images.ts'
import { startTokenServer } from '../support/registry/token-server.ts'

/**
 * A whole push into a registry that breaks in the middle of it. Every push begins with packed layers and must leave the
 * very tags and digests that an undisturbed one leaves in a folder.
 */

const run = promisify(execFile)
const noRegistry = await missingDockerRegistry()
const noSkopeo = await missingProgram('skopeo')
const noSmallDisk = await missingMounts()
const packages = 24
const login = { username: 'me', password: 'survivor-battery' }

let top: string
let request: Omit<PushRequestInput, 'to'>
/** Tag to the digest that an undisturbed push leaves. */
let expected: Map<string, string>
/** Bytes of all layers. */
let total: number
let count = 0

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'strata-survives-'))
  const { spack, environment } = await generateStore(join(top, 'spack'), { packages, packageBytes: 400_000 })
  request = { spack, environment, tag: 'environment', updateIndex: true }
  const machine = await start()
  const layout = `oci-layout://${join(top, 'layout')}`
  const { job } = await machine.push({ ...request, to: layout })
  expect(job.state).toBe('done')
  total = job.result?.bytesUploaded ?? 0
  expected = await digests(layout)
  expect(expected.size).toBe(packages + 2)
})
afterAll(() => rmSync(top, { recursive: true, force: true }))

const running: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

/** A machine with a journal of its own and the layers that the first one packed. */
async function start(): Promise<Machine> {
  const machine = await startMachine(join(top, String(count++)), { blobs: join(top, 'blobs') })
  running.push(machine)
  return machine
}

async function digests(reference: string): Promise<Map<string, string>> {
  return new Map([...(await readImages(reference))].map(([tag, { digest }]) => [tag, digest]))
}

/** Every tag is there, and every byte of every blob is what its digest says, by our own reading and by skopeo's. */
async function expectWhole(host: string): Promise<void> {
  const reference = `oci+http://${host}/me/cache`
  expect(await digests(reference)).toEqual(expected)
  const images = await readImages(reference)
  const blobs = new Map([...images.values()].flatMap(({ manifest }) => manifest.layers.map((one) => [one.digest, one])))
  await lookInto(reference, async (repository) => {
    for (const layer of blobs.values()) expect(await collect(await repository.readBlob(layer))).toHaveLength(layer.size)
  })
  if (noSkopeo) return
  const folder = mkdtempSync(join(top, 'skopeo-'))
  await run('skopeo', [
    'copy',
    '-q',
    '--src-tls-verify=false',
    `docker://${host}/me/cache:environment`,
    `dir:${folder}`,
  ])
}

/** Pushes through `proxy`; the job must end well, and must say why whenever it waits. */
async function expectPush(proxy: CuttingProxy, watch: (job: Job) => void = () => undefined): Promise<void> {
  const machine = await start()
  const to = `oci+http://${proxy.host}/me/cache`
  const { job } = await machine.push({ ...request, to, credentials: login }, watch)
  // The failures first: they say more than the job's error does.
  expect(job.result?.failed).toEqual([])
  expect(job.error).toBeUndefined()
  expect(job.state).toBe('done')
}

async function registryBehind(
  incidents: readonly Incident[],
  options: DockerRegistryOptions = {},
): Promise<{ host: string; port: number; storage: string; proxy: CuttingProxy; close(): Promise<void> }> {
  const registry = await startDockerRegistry(options)
  const proxy = await startCuttingProxy(registry.port, incidents)
  running.push(registry, proxy)
  return { ...registry, proxy }
}

describe.skipIf(noRegistry)(`a push survives${noRegistry ? ` (skipped: ${noRegistry})` : ''}`, () => {
  it('the registry killed in the middle, and started again a while later', async () => {
    const storage = join(top, 'storage')
    running.push({ close: () => rm(storage, { recursive: true, force: true }) })
    let restarted: Promise<void> | undefined
    const restart = async (): Promise<void> => {
      // Somebody has found it gone before it comes back.
      await proxy.refused(2)
      running.unshift(await startDockerRegistry({ storage, port }))
    }
    const kill = async (): Promise<void> => {
      await close()
      restarted = restart()
    }
    const { host, port, close, proxy } = await registryBehind([{ at: total / 2, act: kill }], { storage })
    await expectPush(proxy)
    await restarted
    expect(proxy.left()).toBe(0)
    // What it had taken by then is not sent again: at most the other half, and what it was just taking.
    expect(proxy.sent()).toBeLessThan(total * 1.6)
    await expectWhole(host)
  })

  it.each([
    ['as its server said', undefined],
    ['earlier than its server said', 300],
  ])('a token that ends in the middle, %s', async (_, expiresIn) => {
    const tokens = await startTokenServer({
      ...login,
      life: 2,
      expiresIn,
      allows: (who, _repository, action) => who !== undefined || action === 'pull',
    })
    running.push(tokens)
    const untilEnded = async (): Promise<void> => {
      const ends = tokens.log.at(-1)?.ends ?? 0
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, ends - Date.now()) + 1000))
    }
    const { host, proxy } = await registryBehind([{ at: total / 2, act: untilEnded }], { token: tokens.auth })
    await expectPush(proxy)
    expect(proxy.left()).toBe(0)
    expect(tokens.log.length).toBeGreaterThan(1)
    expect(tokens.log.length).toBeLessThan(12)
    // The eight uploads that were under way are refused after their bytes, and sent again.
    expect(proxy.sent()).toBeLessThan(total * 1.6)
    await expectWhole(host)
  })

  it('ten cuts at random bytes', async () => {
    const seed = Number(process.env.STRATA_TEST_SEED ?? Date.now() % 1_000_000)
    const random = pseudoRandom(seed)
    const cuts = Array.from({ length: 10 }, () => ({ at: Math.floor(random() * total), act: 'cut' }) as const)
    const { host, proxy } = await registryBehind(cuts)
    try {
      await expectPush(proxy)
      expect(proxy.left()).toBe(0)
      // A cut costs one layer at most.
      expect(proxy.sent()).toBeLessThan(total * (1.2 + 10 / packages))
      await expectWhole(host)
    } catch (thrown) {
      throw new Error(`with STRATA_TEST_SEED=${seed}`, { cause: thrown })
    }
  })

  it.skipIf(noSmallDisk)(`a full disk that is emptied${noSmallDisk ? ` (skipped: ${noSmallDisk})` : ''}`, async () => {
    const diskBytes = 2 * total + (16 << 20)
    const { host, storage, proxy } = await registryBehind([], { diskBytes })
    const ballast = join(storage, 'ballast')
    writeFileSync(ballast, Buffer.alloc(diskBytes - total / 2))
    let waited = ''
    await expectPush(proxy, ({ progress }) => {
      if (waited !== '' || !progress.waiting?.includes('no space left')) return
      waited = progress.waiting
      rmSync(ballast)
    })
    expect(waited).toContain(proxy.host)
    // Every layer may have been refused once before the one who empties the disk hears of it.
    expect(proxy.sent()).toBeLessThan(total * 2.5)
    await expectWhole(host)
  })
})

it('a push survives a registry that says for a while that it has no space left', async () => {
  const registry = await startFaultRegistry()
  const proxy = await startCuttingProxy(registry.port, [])
  running.push(registry, proxy)
  let full = true
  registry.faults.push({
    when: ({ method }) => full && (method === 'PUT' || method === 'PATCH'),
    act: { kind: 'status', status: 500, body: 'write /var/lib/registry/data: no space left on device' },
  })
  await expectPush(proxy, ({ progress }) => {
    if (progress.waiting?.includes('no space left')) full = false
  })
  expect(full).toBe(false)
  expect(proxy.sent()).toBeLessThan(total * 2.5)
  await expectWhole(registry.host)
})
