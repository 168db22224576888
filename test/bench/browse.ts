import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { type MadePackage, madePackage, putPackages } from '../support/acts/made-packages.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { type Measured, measure, median } from './measure.ts'

/**
 * `strata list` of a cache of 2,000 packages in Debian's registry: without an index and with one, the first time and
 * again; and `strata index` after one new package. Each is a process of its own, start-up included.
 *
 *   npm run build && npx tsx test/bench/browse.ts
 *   npx tsx test/bench/browse.ts --packages 10000 --rounds 5
 */
const { values } = parseArgs({
  options: { packages: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '3' } },
})
const count = Number(values.packages)
const rounds = Number(values.rounds)
const strata = join(import.meta.dirname, '../../dist/strata.js')
/** Packages that need each other: the closure of the last holds all of them, as of an application with its libraries. */
const FAMILY = 20

async function main(): Promise<void> {
  const missing = await missingDockerRegistry()
  if (missing) throw new Error(missing)
  await stat(strata).catch(() => {
    throw new Error('dist/strata.js is not there: npm run build')
  })
  const folder = await mkdtemp(join(tmpdir(), 'strata-bench-'))
  const registry = await startDockerRegistry()
  const cache = `oci+http://${registry.host}/bench/cache`
  const repository = await openRepository(parseReference(cache))
  const run = (home: string, ...words: string[]): Promise<Measured> =>
    measure([process.execPath, strata, ...words], { env: { ...process.env, STRATA_HOME: join(folder, home) } })
  try {
    const made = performance.now()
    await fill(repository)
    console.log(`${count} packages pushed in ${seconds(performance.now() - made)}; medians of ${rounds} rounds`)
    await rounded('list, no index, the first time (reach: under 10 s)', (round) =>
      run(`bare${round}`, 'list', cache, '--json'),
    )
    await rounded('list, no index, again (reach: under 0.5 s)', (round) => run(`bare${round}`, 'list', cache, '--json'))
    await run('index', 'index', cache)
    await rounded('list, with an index, the first time (reach: under 1 s)', (round) =>
      run(`new${round}`, 'list', cache, '--json'),
    )
    await rounded('list, with an index, again (reach: under 0.5 s)', (round) =>
      run(`new${round}`, 'list', cache, '--json'),
    )
    await rounded('index after one new package (reach: under 1 s)', async (round) => {
      await putPackages(repository, [madePackage(`late-${round}`)])
      return await run('index', 'index', cache)
    })
  } finally {
    await repository.close()
    await registry.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function fill(repository: Repository): Promise<void> {
  const packages: MadePackage[] = []
  for (let i = 0; i < count; i += 1) {
    const family = packages.slice(i - (i % FAMILY))
    packages.push(madePackage(`package-${String(i).padStart(5, '0')}`, { needs: family.slice(-3) }))
  }
  await putPackages(repository, packages)
}

async function rounded(what: string, act: (round: number) => Promise<Measured>): Promise<void> {
  const all: Measured[] = []
  for (let round = 0; round < rounds; round += 1) all.push(await act(round))
  const peak = Math.max(...all.map((one) => one.peakBytes))
  const taken = median(all.map((one) => one.seconds))
  console.log(`${what.padEnd(58)} ${taken.toFixed(2).padStart(6)} s   peak ${Math.round(peak / 1024 ** 2)} MiB`)
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

await main()
