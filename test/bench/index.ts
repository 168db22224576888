import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatBytes } from '../../main/api/format.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { type MadePackage, madePackage, putPackages } from '../support/acts/made-packages.ts'
import { buildCli } from '../support/cli.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { measure } from './measure.ts'

/**
 * `strata index`, `check` and `prune` on a cache of made-up packages in docker-registry, each a process of its own, start-up
 * included. The goal: an index after one new package in a cache of 2,000 in under a second.
 *
 *   npx tsx test/bench/index.ts
 *   npx tsx test/bench/index.ts --packages 10000
 */
const { values } = parseArgs({ options: { packages: { type: 'string', default: '2000' } } })
/** Packages that need each other; real closures are about so large. */
const FAMILY = 40

async function main(): Promise<void> {
  const missing = await missingDockerRegistry()
  if (missing) throw new Error(missing)
  const folder = await mkdtemp(join(tmpdir(), 'strata-bench-'))
  const registry = await startDockerRegistry({ deletes: true })
  const cli = await buildCli()
  const to = `oci+http://${registry.host}/bench/cache`
  const repository = await openRepository(parseReference(to))
  const env = { PATH: '/usr/bin:/bin', HOME: folder, STRATA_HOME: join(folder, 'strata') }
  const strata = async (what: string, ...args: string[]): Promise<void> => {
    const { seconds, peakBytes, stdout } = await measure([process.execPath, cli.file, ...args, '--json'], { env })
    const { result } = JSON.parse(stdout) as { result?: { seconds: number } }
    const ran = result ? `, the run ${result.seconds.toFixed(2)} s of it` : ''
    console.log(`${what.padEnd(48)} ${seconds.toFixed(2)} s${ran}, ${formatBytes(peakBytes)} at most`)
  }
  try {
    const packages = makePackages(Number(values.packages))
    await putPackages(repository, packages)
    console.log(`${packages.length} packages in docker-registry`)
    await strata('the first index', 'index', to)
    await strata('nothing new', 'index', to)
    await putPackages(repository, [madePackage('new', { needs: packages.slice(0, 3) })])
    await strata('one new package', 'index', to)
    await strata('one new package, in an empty blob store', ...(await another(folder, env, repository, to)))
    await strata('check', 'check', to)
    await strata('check --deep', 'check', to, '--deep')
    await strata('the plan of a prune', 'prune', to, '--keep', 'package-1-39')
    await strata('the prune, all but a few', 'prune', to, '--keep', 'package-1-39', '--yes')
  } finally {
    await repository.close()
    await registry.close()
    await cli.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The words of one more index, on a machine that has seen nothing of the cache. */
async function another(
  folder: string,
  env: Record<string, string>,
  repository: Parameters<typeof putPackages>[0],
  to: string,
): Promise<string[]> {
  env.STRATA_HOME = join(folder, 'another')
  await putPackages(repository, [madePackage('newer')])
  return ['index', to]
}

function makePackages(count: number): MadePackage[] {
  const packages: MadePackage[] = []
  for (let at = 0; at < count; at += 1) {
    const family = packages.slice(at - (at % FAMILY))
    const [needs, builtWith] = [family.slice(-4), family.slice(0, 3)]
    packages.push(madePackage(`package-${Math.floor(at / FAMILY)}-${at % FAMILY}`, { needs, builtWith }))
  }
  return packages
}

await main()
