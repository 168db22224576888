import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatBytes } from '../../main/api/format.ts'
import type { FileEdit } from '../../main/api/spack-files.ts'
import { buildCli } from '../support/cli.ts'
import { type GeneratedStore, generateStore } from '../support/generate-store.ts'
import { startMachine } from '../support/push/machine.ts'
import { measure, median } from './measure.ts'

/**
 * Spack's own side of a large environment: it is opened, checked and changed. The goals for 2,000 packages: opened in under
 * 0.5 s, the difference of an edit shown in under 50 ms.
 *
 *   npx tsx test/bench/environments.ts
 *   npx tsx test/bench/environments.ts --packages 10000 --roots 100
 */
const { values } = parseArgs({
  options: { packages: { type: 'string', default: '2000' }, roots: { type: 'string' } },
})
const rounds = 7

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-bench-'))
  const cli = await buildCli()
  const packages = Number(values.packages)
  const roots = Number(values.roots ?? packages)
  try {
    const store = await generateStore(join(folder, 'spack'), { packages, packageBytes: 0 })
    const { lockfile, database, manifest } = await fillOut(store, roots)
    console.log(
      `${packages} packages, ${roots} of them roots; spack.lock ${formatBytes(lockfile)}, database ${formatBytes(database)}, spack.yaml ${formatBytes(manifest)}`,
    )
    const source = ['--spack', store.spack]
    const env = { PATH: '/usr/bin:/bin', HOME: folder, STRATA_HOME: join(folder, 'strata') }
    const strata = async (what: string, ...args: readonly string[]): Promise<void> => {
      const taken: number[] = []
      for (let round = 0; round < rounds; round++) {
        taken.push((await measure([process.execPath, cli.file, ...args], { env })).seconds * 1000)
      }
      report(`a process: ${what}`, taken)
    }
    await strata('start-up alone', '--version')
    await strata('env show', 'env', 'show', store.environment, ...source)
    await strata('env check', 'env', 'check', '--env', store.environment, ...source)
    await inOneEngine(folder, store)
  } finally {
    await cli.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a window asks, in an engine that runs already. */
async function inOneEngine(folder: string, { spack, environment }: GeneratedStore): Promise<void> {
  const machine = await startMachine(folder, { env: { SPACK_ROOT: spack } })
  const { engine } = machine
  const ref = { spack, environment }
  const timed = async (what: string, call: (round: number) => Promise<unknown>): Promise<void> => {
    const [taken, busy]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      const [began, used] = [performance.now(), process.cpuUsage()]
      await call(round)
      taken.push(performance.now() - began)
      const { user, system } = process.cpuUsage(used)
      busy.push((user + system) / 1000)
    }
    report(`an engine: ${what}`, taken)
    // On a machine that has more to do, the processor's time tells more than the clock.
    report('  of it on the processor', busy)
  }
  try {
    await timed('environment.read', () => engine.call('environment.read', ref))
    await timed('environment.text', () => engine.call('environment.text', ref))
    const { text } = await engine.call('environment.text', ref)
    await timed('environment.check', (round) =>
      engine.call('environment.check', { ...ref, text: `${text}# ${round}\n` }),
    )
    const edits: Readonly<Record<string, (round: number) => FileEdit>> = {
      'add-specs': (round) => ({ kind: 'add-specs', specs: [`new-${round}`] }),
      'remove-specs': (round) => ({ kind: 'remove-specs', specs: [`package-0000${round}`] }),
      'change-spec': (round) => ({ kind: 'change-spec', from: `package-0000${round}`, to: `package-0000${round}@2` }),
      'set-view': (round) => ({ kind: 'set-view', view: `./view-${round}` }),
      'set-padding': (round) => ({ kind: 'set-padding', length: 200 + round }),
      text: (round) => ({ kind: 'text', text: text.replace('package-00100', `package-00100@${round}`) }),
    }
    for (const [kind, edit] of Object.entries(edits)) {
      await timed(`the difference of ${kind}`, (round) =>
        engine.call('edit.plan', { ...ref, scope: 'env', edit: edit(round) }),
      )
    }
  } finally {
    await machine.close()
  }
}

function report(what: string, [first = 0, ...others]: readonly number[]): void {
  const rest = `then ${median(others).toFixed(0)} (${Math.max(...others).toFixed(0)} at most)`
  console.log(`${what.padEnd(42)} ${first.toFixed(0).padStart(5)} ms first, ${rest}`)
}

/** Gives each node what real ones carry (some 1.5 KB: variants, flags, a target with its features), and makes so many roots. */
async function fillOut(
  store: GeneratedStore,
  count: number,
): Promise<Record<'lockfile' | 'database' | 'manifest', number>> {
  const place = join(store.spack, 'var/spack/environments', store.environment)
  const files = {
    lockfile: join(place, 'spack.lock'),
    database: join(store.spack, 'opt/spack/.spack-db/index.json'),
    manifest: join(place, 'spack.yaml'),
  }
  const lock = JSON.parse(await readFile(files.lockfile, 'utf8')) as Lock
  const database = JSON.parse(await readFile(files.database, 'utf8')) as Index
  const nodes = Object.values(lock.concrete_specs)
  for (const node of nodes) Object.assign(node, details(node.name))
  for (const { spec } of Object.values(database.database.installs)) Object.assign(spec, details(spec.name))
  const roots = nodes.slice(0, count)
  lock.roots = roots.map(({ hash, name }) => ({ hash, spec: name }))
  const texts = {
    lockfile: JSON.stringify(lock),
    database: JSON.stringify(database),
    manifest: `spack:\n  specs:\n${roots.map(({ name }) => `  - ${name}\n`).join('')}  view: true\n  concretizer:\n    unify: true\n`,
  }
  for (const name of ['lockfile', 'database', 'manifest'] as const) await writeFile(files[name], texts[name])
  return { lockfile: texts.lockfile.length, database: texts.database.length, manifest: texts.manifest.length }
}

interface Node {
  readonly hash: string
  readonly name: string
}
interface Lock {
  roots: readonly { readonly hash: string; readonly spec: string }[]
  readonly concrete_specs: Readonly<Record<string, Node>>
}
interface Index {
  readonly database: { readonly installs: Readonly<Record<string, { readonly spec: Node }>> }
}

function details(name: string): object {
  const variants = Array.from({ length: 14 }, (_, i) => [`variant_${i}`, i % 3 === 0 ? 'some-value' : i % 2 === 0])
  const flags = ['cflags', 'cppflags', 'cxxflags', 'fflags', 'ldflags', 'ldlibs'].map((flag) => [flag, []])
  const features = Array.from({ length: 30 }, (_, i) => `feature_${i}`)
  return {
    arch: {
      platform: 'linux',
      platform_os: 'debian12',
      target: { name: 'zen3', vendor: 'AuthenticAMD', features, generation: 0, parents: ['zen2'] },
    },
    parameters: { ...Object.fromEntries([...variants, ...flags]), build_system: 'cmake', build_type: 'Release' },
    package_hash: `${name}${'x'.repeat(40)}====`,
  }
}

await main()
