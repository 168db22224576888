import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ExplainProgress, Explanation } from '../../main/api/explain.ts'
import { updateIndex } from '../../main/buildcache/cache-index.ts'
import { openBlobStore } from '../../main/store/blob-store.ts'
import { type MadePackage, madePackage, putPackages } from '../support/acts/made-packages.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto } from '../support/push/read.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'

/** What a long explanation tells while it lasts, what it asks for, and how it ends. */

const COUNT = 40
const chain: MadePackage[] = []
for (let i = 0; i < COUNT; i += 1) chain.push(madePackage(`package-${i}`, { needs: chain.slice(-1) }))

let folder = ''
let registry: FaultRegistry
let repository = ''
let machine: Machine
let heard: ExplainProgress[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-explain-'))
  registry = await startFaultRegistry()
  repository = `oci+http://${registry.host}/me/cache`
  // Every moment is a tenth of a second after the last, so that all that could be told is.
  let now = Date.now()
  machine = await startMachine(folder, { now: () => (now += 100) })
  heard = []
  machine.engine.on('explain.progress', ({ progress }) => heard.push(progress))
  const lock = {
    _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': 5, 'specfile-version': 4 },
    roots: [{ hash: chain.at(-1)?.hash, spec: chain.at(-1)?.name }],
    concrete_specs: Object.fromEntries(chain.map((one) => [one.hash, one.node])),
  }
  await writeFile(join(folder, 'spack.yaml'), 'spack:\n  specs: []\n')
  await writeFile(join(folder, 'spack.lock'), JSON.stringify(lock))
  await lookInto(repository, (to) => putPackages(to, chain))
})
afterEach(async () => {
  await machine.close()
  await registry.close()
  await rm(folder, { recursive: true, force: true })
})

async function index(): Promise<void> {
  const store = await openBlobStore({ root: join(folder, 'writer') })
  await lookInto(repository, (to) => updateIndex(to, store, {}))
}

function explain(run?: string): Promise<Explanation> {
  registry.log.splice(0)
  heard.splice(0)
  return machine.engine.call('cache.explain', { environment: folder, repository, all: true, run })
}

/** How often each kind of request was made. */
function asked(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { method, url } of registry.log) {
    const what = `${method} ${/manifests|blobs/.exec(url)?.[0] ?? ''}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  return counts
}

const upTo = (what: ExplainProgress['what']): ExplainProgress[] =>
  Array.from({ length: COUNT + 1 }, (_, done) => ({ what, done, total: COUNT }))

describe('a long explanation', () => {
  it('says how many tags it has read that the index lacks, then how many packages it has looked at', async () => {
    expect((await explain('bare')).sums.usable).toBe(COUNT)
    expect(heard).toEqual([...upTo('tags'), ...upTo('packages')])
    await index()
    expect((await explain('indexed')).sums.usable).toBe(COUNT)
    expect(heard).toEqual(upTo('packages'))
  })

  it('says nothing to who gave it no name', async () => {
    await explain()
    expect(heard).toEqual([])
  })

  it('fetches each manifest and each config once ever', async () => {
    await index()
    await explain()
    // The index is one of each.
    expect(asked()).toMatchObject({ 'GET manifests': COUNT + 1, 'GET blobs': COUNT + 1 })
    await explain()
    expect(asked()).toMatchObject({ 'GET manifests': 1, 'GET blobs': 1, 'HEAD blobs': COUNT })
  })

  it('ends at once when it is cancelled, and sends no further request', async () => {
    await index()
    let blobs = 0
    const isThird = ({ url }: { url: string }) => url.includes('/blobs/') && ++blobs === 3
    registry.faults.push({ when: isThird, act: { kind: 'stall' } })
    const stop = machine.engine.on('explain.progress', ({ run, progress }) => {
      if (progress.done === 5) void machine.engine.call('run.cancel', { run })
    })
    await expect(explain('cancelled')).rejects.toMatchObject({ code: 'cancelled' })
    stop()
    expect(heard.at(-1)?.done).toBeLessThan(COUNT)
    // While others ask and are answered, what was on its way arrives, and what was not called off would be asked.
    await lookInto(repository, (to) => to.tags())
    const { 'HEAD manifests': heads = 0, 'GET blobs': configs } = asked()
    await lookInto(repository, (to) => to.tags())
    expect(asked()).toMatchObject({ 'HEAD manifests': heads, 'GET blobs': configs })
    expect(heads).toBeLessThan(COUNT)
  })
})
