import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { locateAssets } from '../../app/assets.ts'
import { composeEngine } from '../../app/compose.ts'
import type { ActPlan } from '../../main/api/acts.ts'
import { makeBaseRoot, packRoot, pushRoot } from '../support/containers.ts'
import { generateStore } from '../support/generate-store.ts'
import { missingProgram } from '../support/programs.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { type Measured, measure, median } from './measure.ts'

/**
 * Composing: an image of 50 packages within one registry, each a process of its own, start-up included; the engine's answer
 * to a change of an image of 300; and a merge of 100 layers beside what inflates and deflates the same bytes.
 *
 *   npm run build && npx tsx test/bench/compose.ts
 *   npx tsx test/bench/compose.ts --rounds 5
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
const rounds = Number(values.rounds)
const MIB = 1024 ** 2
const strata = join(import.meta.dirname, '../../dist/strata.js')

async function main(): Promise<void> {
  const missing = (await missingDockerRegistry()) ?? (await missingProgram('pigz', 'skopeo'))
  if (missing) throw new Error(missing)
  await stat(strata).catch(() => {
    throw new Error('dist/strata.js is not there: npm run build')
  })
  const folder = await mkdtemp(join(tmpdir(), 'strata-bench-'))
  try {
    await benchRegistry(folder)
    await benchChanges(folder)
    await benchMerge(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs strata with a home of that name below the folder. */
function run(folder: string, home: string, ...words: readonly string[]): Promise<Measured> {
  const env = { ...process.env, STRATA_HOME: join(folder, home), NODE_OPTIONS: '' }
  return measure([process.execPath, strata, ...words, '--json'], { env })
}

/** Makes packages up and pushes them from the home `push`; answers with the name of the last, which needs the others. */
async function fill(folder: string, cache: string, packages: number, packageBytes: number): Promise<string> {
  const store = await generateStore(join(folder, `store-${packages}`), { packages, packageBytes })
  await run(folder, 'push', 'push', '--spack', store.spack, '--env', store.environment, '--to', cache, '--update-index')
  return /\/([^/]+)-1\.0-[a-z2-7]+$/.exec(store.prefixes.at(-1) ?? '')?.[1] ?? ''
}

async function benchRegistry(folder: string): Promise<void> {
  const registry = await startDockerRegistry()
  const cache = `oci+http://${registry.host}/bench/cache`
  const times = { unseen: [] as number[], looked: [] as number[], again: [] as number[], pushed: [] as number[] }
  let sent = 0
  let peak = 0
  try {
    const root = await fill(folder, cache, 50, MIB)
    // Without a base there is nothing that could run, and nothing to look into.
    await makeBaseRoot(join(folder, 'base'))
    await packRoot(join(folder, 'base'), join(folder, 'base.tar'))
    await pushRoot(join(folder, 'base.tar'), `${registry.host}/base:1`)
    const base = ['--base-image', `oci+http://${registry.host}/base:1`]
    const compose = async (home: string, tag: string, ...more: readonly string[]): Promise<number> => {
      const done = await run(folder, home, 'compose', '--from', cache, ...base, '--tag', tag, root, ...more)
      const { plan } = JSON.parse(done.stdout) as { readonly plan: ActPlan }
      if (plan.composition?.sums.packages !== 50) throw new Error('these are not 50 packages')
      sent += plan.sums.bytes
      peak = Math.max(peak, done.peakBytes)
      return done.seconds
    }
    for (let round = 0; round < rounds; round++) {
      times.unseen.push(await compose(`new${round}`, `a${round}`, '--no-examine'))
      times.looked.push(await compose(`new${round}`, `b${round}`))
      times.again.push(await compose(`new${round}`, `c${round}`))
      times.pushed.push(await compose('push', `d${round}`))
    }
  } finally {
    await registry.close()
  }
  console.log(`50 packages of 1 MiB within one registry, medians of ${rounds} rounds`)
  row('from a home that knows nothing, --no-examine', median(times.unseen), 'reach: under 1 s')
  row('from that home, looking into every layer', median(times.looked))
  row('from that home, again', median(times.again), 'reach: under 1 s')
  row('where they were pushed from', median(times.pushed), 'reach: under 1 s')
  console.log(`bytes of layers sent: ${sent} (reach: none); peak memory ${Math.round(peak / MIB)} MiB`)
}

/** The same engine is asked again and again, as a screen asks it; no two questions after one another are the same. */
async function benchChanges(folder: string): Promise<void> {
  const cache = `oci-layout://${join(folder, 'cache-300')}`
  const root = await fill(folder, cache, 300, 8 * 1024)
  const env = { ...process.env, STRATA_HOME: join(folder, 'screen') }
  const engine = await composeEngine({ ...locateAssets(), env })
  const times: number[] = []
  let first = 0
  try {
    for (let change = 0; change <= 30; change++) {
      const began = performance.now()
      const { sums } = await engine.call('compose.preview', {
        repository: cache,
        roots: change % 2 === 0 ? [root] : ['package-00150', root],
        title: `change ${change}`,
        layerLimit: change % 3 === 0 ? 127 : 60,
      })
      if (sums.packages !== 300) throw new Error('these are not 300 packages')
      const took = performance.now() - began
      if (change === 0) first = took
      else times.push(took)
    }
  } finally {
    await engine.close()
  }
  const worst = Math.max(...times)
  console.log('\nan image of 300 packages that is changed')
  row('the first answer', first / 1000)
  row('every further one', median(times) / 1000, `at most ${worst.toFixed(0)} ms (reach: under 50 ms)`)
}

async function benchMerge(folder: string): Promise<void> {
  const layout = join(folder, 'cache-100')
  const cache = `oci-layout://${layout}`
  const root = await fill(folder, cache, 100, 4 * MIB)
  const asked = ['compose', '--from', cache, root, '--no-examine']
  const dry = await run(folder, 'plan', ...asked, '--dry-run')
  const { stack } = (JSON.parse(dry.stdout) as { readonly composition: NonNullable<ActPlan['composition']> })
    .composition
  const layers = stack.flatMap(({ digest = '' }) => join(layout, 'blobs/sha256', digest.slice('sha256:'.length)))
  if (layers.length !== 100) throw new Error(`these are ${layers.length} layers`)
  const times = { floor: [] as number[], ours: [] as number[], again: [] as number[] }
  let peak = 0
  for (let round = 0; round < rounds; round++) {
    // What no merge can beat with zlib: inflate all of it, deflate all of it.
    const floor = ['sh', '-c', 'out=$1; shift; cat "$@" | gzip -dc | pigz -6 > "$out"', 'sh', join(folder, 'floor.gz')]
    times.floor.push((await measure([...floor, ...layers])).seconds)
    const merged = await run(folder, `merge${round}`, ...asked, '--squash', '--tag', `m${round}`)
    times.ours.push(merged.seconds)
    peak = Math.max(peak, merged.peakBytes)
    times.again.push((await run(folder, `merge${round}`, ...asked, '--squash', '--tag', `n${round}`)).seconds)
  }
  const [ours, floor] = [median(times.ours), median(times.floor)]
  const speed = (seconds: number): string => `${((100 * 4) / seconds).toFixed(0)} MiB/s of files`
  console.log('\na merge of 100 layers of 4 MiB')
  row('floor: gzip -dc | pigz -6', floor, speed(floor))
  row('strata compose --squash', ours, `${speed(ours)}, ${(ours / floor).toFixed(2)} of the floor`)
  row('again: the merged layer is kept', median(times.again))
  console.log(`peak memory: ${Math.round(peak / MIB)} MiB`)
}

function row(what: string, seconds: number, more = ''): void {
  console.log(`${what.padEnd(58)} ${seconds.toFixed(3).padStart(7)} s  ${more}`)
}

await main()
