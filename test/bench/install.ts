import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generateStore } from '../support/generate-store.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { type Measured, measure, median } from './measure.ts'

/**
 * An install from a local registry over TLS into an empty store, with nothing fetched before; beside Spack's own in the same
 * run, as a ratio. Both are processes of their own, start-up included.
 *
 *   npx tsx test/bench/install.ts                                        a store that it generates
 *   npx tsx test/bench/install.ts --spack DIR --env NAME_OR_FOLDER       the packages of a real one
 *   SPACK_ROOT=DIR npx tsx test/bench/install.ts --env FOLDER            and that Spack's `install --cache-only`
 *   npx tsx test/bench/install.ts --large 4                              the memory that one package of 4 GiB takes
 */
const { values } = parseArgs({
  options: {
    spack: { type: 'string' },
    env: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    large: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const MIB = 1024 ** 2
const strata = join(import.meta.dirname, '../../dist/strata.js')

async function main(): Promise<void> {
  const missing = await missingDockerRegistry()
  if (missing) throw new Error(missing)
  await stat(strata).catch(() => {
    throw new Error('dist/strata.js is not there: npm run build')
  })
  const folder = await mkdtemp(join(tmpdir(), 'strata-bench-'))
  try {
    const spack = values.spack ?? process.env.SPACK_ROOT
    const given = spack !== undefined && values.env !== undefined
    const { spack: root, environment } = given
      ? { spack, environment: values.env ?? '' }
      : await generateStore(join(folder, 'spack'), { packages: 15, packageBytes: 6 * MIB })
    console.log(
      `${given ? `environment ${environment}` : 'a generated store of 15 packages'}, ${rounds} rounds, medians`,
    )
    await bench(folder, root, environment)
    if (values.large !== undefined) await benchLarge(folder, Number(values.large))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function bench(folder: string, spack: string, environment: string): Promise<void> {
  const registry = await startDockerRegistry({ tls: true })
  const cache = `oci://${registry.host}/bench/cache`
  const env = { ...process.env, SSL_CERT_FILE: registry.caFile, NODE_OPTIONS: '' }
  const run = (home: string, ...words: string[]): Promise<Measured> =>
    measure([process.execPath, strata, ...words, '--ca-file', registry.caFile ?? ''], {
      env: { ...env, STRATA_HOME: join(folder, home) },
    })
  const ours: number[] = []
  const again: number[] = []
  const theirs: number[] = []
  let peak = 0
  try {
    await run('push', 'push', '--spack', spack, '--env', environment, '--to', cache, '--update-index')
    for (let round = 0; round < rounds; round++) {
      const into = join(folder, `store${round}`)
      const what = ['install', '--env', environment, '--spack', spack, '--from', cache, '--into', into]
      const cold = await run(`home${round}`, ...what)
      ours.push(cold.seconds)
      peak = Math.max(peak, cold.peakBytes)
      again.push((await run(`home${round}`, ...what)).seconds)
      await rm(into, { recursive: true, force: true })
      if (process.env.SPACK_ROOT && values.env !== undefined) {
        theirs.push(await spackInstall(join(folder, `spack${round}`), process.env.SPACK_ROOT, cache, env))
      }
    }
  } finally {
    await registry.close()
  }
  row('strata install, nothing fetched before', median(ours))
  row('strata install, everything installed', median(again))
  if (theirs.length > 0) {
    row(
      'spack install --cache-only',
      median(theirs),
      `strata is ${(median(theirs) / median(ours)).toFixed(1)} times as fast (reach: at least 5)`,
    )
  }
  console.log(`peak memory: ${Math.round(peak / MIB)} MiB (reach: under 400)`)
}

/** Spack into a store of its own, by a configuration scope that has just that and the mirror. */
async function spackInstall(folder: string, root: string, cache: string, env: NodeJS.ProcessEnv): Promise<number> {
  const scope = join(folder, 'scope')
  await mkdir(scope, { recursive: true })
  const store = join(folder, 'store')
  await writeFile(join(scope, 'config.yaml'), `config:\n  install_tree:\n    root: ${store}\n    padded_length: 0\n`)
  await writeFile(join(scope, 'mirrors.yaml'), `mirrors::\n  bench:\n    url: ${cache}\n    signed: false\n`)
  const words = ['-C', scope, '-e', values.env ?? '', 'install', '--cache-only', '--no-check-signature']
  const { seconds } = await measure([join(root, 'bin', 'spack'), ...words], { env })
  await rm(folder, { recursive: true, force: true })
  return seconds
}

/** The memory that one large package takes, by way of a folder. */
async function benchLarge(folder: string, gibibytes: number): Promise<void> {
  const { spack, environment } = await generateStore(join(folder, 'large'), {
    packages: 1,
    packageBytes: gibibytes * 1024 * MIB,
    fileBytes: 256 * MIB,
  })
  const env = { ...process.env, STRATA_HOME: join(folder, 'large-home') }
  const cache = `oci-layout://${join(folder, 'large-cache')}`
  await measure([process.execPath, strata, 'push', '--spack', spack, '--env', environment, '--to', cache], { env })
  const into = join(folder, 'large-store')
  const { seconds, peakBytes } = await measure(
    [process.execPath, strata, 'install', '--all', '--from', cache, '--into', into],
    { env },
  )
  row(`one package of ${gibibytes} GiB`, seconds, `peak memory ${Math.round(peakBytes / MIB)} MiB (reach: under 400)`)
}

function row(what: string, seconds: number, more = ''): void {
  console.log(`${what.padEnd(46)} ${seconds.toFixed(2).padStart(7)} s  ${more}`)
}

await main()
