import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { digestOf } from '../../main/registry/digest.ts'
import { generateStore } from '../support/generate-store.ts'
import { missingProgram } from '../support/programs.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { type Measured, measure, median } from './measure.ts'

/**
 * `npm run bench`: a push, side by side with what it cannot be faster than and with Spack, in one run, as ratios.
 *
 *   npm run bench                                          on a store that it generates
 *   npm run bench -- --spack DIR --env NAME_OR_FOLDER      on a real one
 *   SPACK_ROOT=DIR npm run bench -- --env NAME             and against that Spack's own push
 *   npm run bench -- --large 4                             and the memory that one package of 4 GiB takes
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

interface Subject {
  readonly spack: string
  readonly environment: string
}

interface Plan {
  readonly packages: readonly { readonly hash: string }[]
}

async function main(): Promise<void> {
  const missing = (await missingDockerRegistry()) ?? (await missingProgram('pigz'))
  if (missing) throw new Error(missing)
  await stat(strata).catch(() => {
    throw new Error('dist/strata.js is not there: npm run build')
  })
  const folder = await mkdtemp(join(tmpdir(), 'strata-bench-'))
  try {
    const spack = values.spack ?? process.env.SPACK_ROOT
    const given = spack !== undefined && values.env !== undefined
    const subject: Subject = given
      ? { spack, environment: values.env ?? '' }
      : await generateStore(join(folder, 'spack'), { packages: 15, packageBytes: 6 * MIB })
    console.log(
      `${given ? `environment ${subject.environment} of ${subject.spack}` : 'a generated store of 15 packages'}, ${rounds} rounds, medians`,
    )
    await benchPush(folder, subject)
    if (values.large !== undefined) await benchLarge(folder, Number(values.large))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function benchPush(folder: string, subject: Subject): Promise<void> {
  const registry = await startDockerRegistry({ tls: true })
  const env = { ...process.env, SSL_CERT_FILE: registry.caFile, NODE_OPTIONS: '' }
  const push = (repository: string, home: string, ...more: string[]): Promise<Measured> =>
    measure(
      [
        process.execPath,
        strata,
        'push',
        '--json',
        '--spack',
        subject.spack,
        '--env',
        subject.environment,
        '--to',
        `oci://${registry.host}/${repository}`,
        '--ca-file',
        registry.caFile ?? '',
        ...more,
      ],
      { env: { ...env, STRATA_HOME: join(folder, home) } },
    )
  const times = {
    floor: [] as number[],
    cold: [] as number[],
    warm: [] as number[],
    nothing: [] as number[],
    spack: [] as number[],
  }
  const bytes = { floor: 0, ours: 0 }
  let peak = 0
  try {
    const dry = await push('bench/plan', 'plan', '--dry-run')
    const prefixes = await prefixesOf(subject, JSON.parse(dry.stdout).plan)
    for (let round = 0; round < rounds; round++) {
      const packed = await floor(folder, prefixes, registry)
      times.floor.push(packed.seconds)
      bytes.floor = packed.bytes
      const cold = await push(`bench/cold${round}`, `home${round}`, '--force')
      times.cold.push(cold.seconds)
      bytes.ours = JSON.parse(cold.stdout).result.bytesUploaded
      peak = Math.max(peak, cold.peakBytes)
      times.nothing.push((await push(`bench/cold${round}`, `home${round}`)).seconds)
      times.warm.push((await push(`bench/warm${round}`, `home${round}`)).seconds)
      if (process.env.SPACK_ROOT && values.env !== undefined) {
        const spack = join(process.env.SPACK_ROOT, 'bin', 'spack')
        const target = `oci://${registry.host}/bench/spack${round}`
        times.spack.push(
          (await measure([spack, '-e', values.env, 'buildcache', 'push', '--force', '--unsigned', target], { env }))
            .seconds,
        )
      }
    }
  } finally {
    await registry.close()
  }
  const cold = median(times.cold)
  row('floor: tar | pigz -6, then one upload of as many bytes', median(times.floor))
  row(
    'strata push --force, nothing packed before',
    cold,
    `${(cold / median(times.floor)).toFixed(2)} of the floor (reach: at most 1.3)`,
  )
  row(
    'strata push to a second registry, packed before',
    median(times.warm),
    `${(cold / median(times.warm)).toFixed(1)} times as fast`,
  )
  row('strata push, nothing new', median(times.nothing), 'reach: under 0.5 s')
  if (times.spack.length > 0)
    row(
      'spack buildcache push --force',
      median(times.spack),
      `strata is ${(median(times.spack) / cold).toFixed(1)} times as fast`,
    )
  console.log(`layers are ${((bytes.ours / bytes.floor - 1) * 100).toFixed(1)} % larger than what pigz -6 makes`)
  console.log(`peak memory of the cold push: ${Math.round(peak / MIB)} MiB (reach: under 400)`)
}

/** What no push can beat with zlib: the same files through tar and pigz into a file, and that file to the same registry. */
async function floor(
  folder: string,
  prefixes: readonly string[],
  registry: { host: string; caFile: string | undefined },
): Promise<{ seconds: number; bytes: number }> {
  const file = join(folder, 'floor.tar.gz')
  const packed = await measure([
    'sh',
    '-c',
    'out=$1; shift; tar -cf - "$@" 2>/dev/null | pigz -6 > "$out"',
    'sh',
    file,
    ...prefixes,
  ])
  const digest = digestOf(await readFile(file))
  const ca = registry.caFile && (await readFile(registry.caFile))
  const startedAt = performance.now()
  const start = await send(`https://${registry.host}/v2/bench/floor/blobs/uploads/`, 'POST', { ca })
  const separator = start.includes('?') ? '&' : '?'
  await send(`${start}${separator}digest=${digest}`, 'PUT', { ca, file })
  const { size } = await stat(file)
  return { seconds: packed.seconds + (performance.now() - startedAt) / 1000, bytes: size }
}

/** Sends a request, with a file as its body; answers with the `Location`. */
async function send(url: string, method: string, options: { ca?: string | Buffer; file?: string }): Promise<string> {
  const size = options.file === undefined ? 0 : (await stat(options.file)).size
  const make = url.startsWith('https:') ? secureRequest : request
  const outgoing = make(url, { method, ca: options.ca, headers: { 'content-length': size } })
  const answered = new Promise<string>((resolve, reject) => {
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      response.resume()
      const status = response.statusCode ?? 0
      if (status >= 300) reject(new Error(`${method} ${url}: ${status}`))
      else resolve(new URL(response.headers.location ?? '', url).href)
    })
  })
  if (options.file === undefined) outgoing.end()
  else await pipeline(createReadStream(options.file, { highWaterMark: 1024 * 1024 }), outgoing)
  return answered
}

async function prefixesOf(subject: Subject, plan: Plan): Promise<string[]> {
  const shown = await measure([
    process.execPath,
    strata,
    'env',
    'show',
    subject.environment,
    '--spack',
    subject.spack,
    '--json',
  ])
  const packages: { hash: string; prefix?: string }[] = JSON.parse(shown.stdout).packages
  const planned = new Set(plan.packages.map((one) => one.hash))
  return packages.flatMap((one) => (one.prefix !== undefined && planned.has(one.hash) ? [one.prefix] : []))
}

/** The memory that one large package takes. */
async function benchLarge(folder: string, gibibytes: number): Promise<void> {
  const subject = await generateStore(join(folder, 'large'), {
    packages: 1,
    packageBytes: gibibytes * 1024 * MIB,
    fileBytes: 256 * MIB,
  })
  const env = { ...process.env, STRATA_HOME: join(folder, 'large-home') }
  const target = `oci-layout://${join(folder, 'large-registry')}`
  const { seconds, peakBytes } = await measure(
    [
      process.execPath,
      strata,
      'push',
      '--json',
      '--spack',
      subject.spack,
      '--env',
      subject.environment,
      '--to',
      target,
    ],
    { env },
  )
  row(
    `strata push of one package of ${gibibytes} GiB`,
    seconds,
    `peak memory ${Math.round(peakBytes / MIB)} MiB (reach: under 400)`,
  )
}

function row(what: string, seconds: number, more = ''): void {
  console.log(`${what.padEnd(58)} ${seconds.toFixed(2).padStart(7)} s  ${more}`)
}

await main()
