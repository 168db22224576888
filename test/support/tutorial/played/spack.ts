import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { bootstrap, sentinel } from '../../../../main/spack/ask-script.ts'
import { readMirrors } from '../../../../main/spack/config/mirrors.ts'
import type { SpackEnvironment } from '../../../../main/spack/environment/environments.ts'
import { buildPackage, makeView, register, removePackage } from './build.ts'
import { bold, fail, green, grey, mark, say, written } from './words.ts'
import {
  closureOf,
  concreteHash,
  needsOf,
  nodeOf,
  openSession,
  recordsOf,
  rootsOf,
  type Session,
  type StoredNode,
  writeJson,
} from './world.ts'

/**
 * What the `bin/spack` of a played Spack 0.22 runs: `spack.ts ROOT SOURCES PACE …arguments`. It concretizes to the packages
 * that a real Spack built for the sample, which lie below SOURCES, and builds by putting their prefixes into its own store.
 * Lockfile, database, prefixes and what is printed are Spack's. PACE: milliseconds that a phase of a build takes.
 */
async function main(root: string, sources: string, pace: number, words: readonly string[]): Promise<void> {
  const { folder, command, rest } = readWords(words)
  const session = await openSession(root, sources, folder)
  const plain = rest.filter((word) => !word.startsWith('-'))
  switch (command) {
    case 'concretize':
      return concretize(session, theEnvironment(session), rest.includes('--force'))
    case 'install':
      return install(session, theEnvironment(session), pace)
    case 'uninstall':
      return uninstall(session, plain)
    case 'find':
      return find(session, plain)
    case 'mirror':
      for (const { name, fetch } of readMirrors(session.configuration)) console.log(`${name}  [ub] ${fetch?.url ?? ''}`)
      return
    case 'python':
      return answer(session, plain[0])
    default:
      fail(`Unknown command: ${command}`)
  }
}

function readWords(words: readonly string[]): { folder?: string; command: string; rest: readonly string[] } {
  let folder: string | undefined
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '-D' || word === '-e') folder = words[++at]
    else if (!word.startsWith('-')) return { folder, command: word, rest: words.slice(at + 1) }
  }
  return { folder, command: '', rest: [] }
}

function theEnvironment({ environment }: Session): SpackEnvironment {
  return environment ?? fail('this command requires an active environment')
}

function concretize({ world, store }: Session, { folder, specs }: SpackEnvironment, force: boolean): void {
  const before = force ? [] : rootsOf(folder)
  const roots = specs.map((spec) => ({ hash: concreteHash(world, spec), spec }))
  const installed = recordsOf(store.paddedRoot)
  const seen = new Set<string>()
  const show = (node: StoredNode, depth: number): void => {
    if (seen.has(node.hash)) return
    seen.add(node.hash)
    const place = `${'    '.repeat(depth)}${depth > 0 ? '^' : ''}`
    console.log(`${mark(node.hash in installed)}  ${grey(node.hash.slice(0, 7))}  ${place}${written(node)}`)
    for (const hash of needsOf(node)) show(nodeOf(world, hash), depth + 1)
  }
  for (const { spec, hash } of roots) {
    if (before.some((one) => one.spec === spec)) continue
    seen.clear()
    say(`Concretized ${spec}`)
    show(nodeOf(world, hash), 0)
    console.log()
  }
  const nodes = closureOf(
    world,
    roots.map(({ hash }) => hash),
  )
  writeJson(join(folder, 'spack.lock'), {
    _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': 5, 'specfile-version': 4 },
    spack: { version: '0.22.5', type: 'release' },
    roots,
    concrete_specs: Object.fromEntries(nodes.map((node) => [node.hash, node])),
  })
  mkdirSync(join(folder, '.spack-env'), { recursive: true })
}

const phases: Readonly<Record<string, readonly string[]>> = {
  autotools: ['autoreconf', 'configure', 'build', 'install'],
  makefile: ['edit', 'build', 'install'],
}

async function install(session: Session, environment: SpackEnvironment, pace: number): Promise<void> {
  const { world, store } = session
  concretize(session, environment, false)
  const roots = rootsOf(environment.folder).map(({ hash }) => hash)
  const before = recordsOf(store.paddedRoot)
  const wanted = closureOf(world, roots)
  for (const [i, node] of wanted.entries()) {
    const there = before[node.hash]
    if (there) {
      console.log(`${green('[+]')} ${there.path}`)
      continue
    }
    const id = `${node.name}-${node.version}-${node.hash}`
    say(`${bold('Installing')} ${green(id)} ${bold(`[${i + 1}/${wanted.length}]`)}`)
    say(`No binary for ${id} found: installing from source`)
    say(`No patches needed for ${node.name}`)
    const began = Date.now()
    for (const phase of phases[node.parameters.build_system] ?? ['install']) {
      say(`${node.name}: Executing phase: '${phase}'`)
      await wait(pace)
    }
    const prefix = buildPackage(session, node)
    register(session, node, prefix, roots.includes(node.hash))
    say(`${node.name}: Successfully installed ${id}`)
    const seconds = ((Date.now() - began) / 1000).toFixed(2)
    console.log(`  Stage: 0.00s.  Install: ${seconds}s.  Post-install: 0.00s.  Total: ${seconds}s`)
    console.log(`${green('[+]')} ${prefix}`)
  }
  const { view, folder } = environment
  if (view === false) return
  const place = typeof view === 'string' ? join(folder, view) : join(folder, '.spack-env/view')
  say(`Updating view at ${place}`)
  const records = recordsOf(store.paddedRoot)
  makeView(
    place,
    closureOf(world, roots, ['link', 'run']).flatMap(({ hash }) => records[hash]?.path ?? []),
  )
}

function uninstall(session: Session, specs: readonly string[]): void {
  for (const spec of specs) {
    const hash = concreteHash(session.world, spec)
    if (!removePackage(session, hash)) fail(`${spec} does not match any installed packages.`)
    say(`Successfully uninstalled ${written(nodeOf(session.world, hash))}/${hash.slice(0, 7)}`)
  }
}

function find({ world, store, environment }: Session, names: readonly string[]): void {
  const records = recordsOf(store.paddedRoot)
  const roots = environment ? rootsOf(environment.folder) : []
  const inside = closureOf(
    world,
    roots.map(({ hash }) => hash),
  )
  const among = environment ? inside : Object.values(records).map(({ spec }) => spec)
  const found = among.filter(({ hash, name }) => hash in records && (names.length === 0 || names.includes(name)))
  if (environment) {
    say(`In environment ${environment.folder}`)
    say(`${environment.specs.length} root specs`)
    for (const { spec, hash } of roots) console.log(`${mark(hash in records)} ${spec}`)
    console.log()
    say('Installed packages')
  }
  if (found.length > 0) console.log('-- linux-debian12-x86_64 / gcc@12.2.0 ---------------------------')
  // One a line, and no count of them, where no terminal listens.
  for (const one of found.map(({ name, version }) => `${name}@${version}`).sort()) console.log(one)
}

const inspections = [
  ['bin', 'PATH'],
  ['share/man', 'MANPATH'],
  ['lib/pkgconfig', 'PKG_CONFIG_PATH'],
  ['', 'CMAKE_PREFIX_PATH'],
] as const

/** What recipes that say nothing themselves do to an environment: Spack's own prefix inspections. */
function answer({ world, store }: Session, code: string | undefined): void {
  if (code !== bootstrap) fail('this Spack answers nothing but what Strata asks')
  const { lists } = JSON.parse(readFileSync(0, 'utf8')) as { readonly lists: readonly (readonly string[])[] }
  const records = recordsOf(store.paddedRoot)
  const modifications = lists.map((hashes) =>
    closureOf(world, hashes, ['link', 'run']).flatMap(({ hash }) => {
      const places = inspections.map(([below, name]) => [name, join(records[hash]?.path ?? '/nowhere', below)] as const)
      return places.filter(([, place]) => existsSync(place)).map(([name, place]) => ['prepend', name, place, ':'])
    }),
  )
  const redistributable = Object.fromEntries(lists.flat().map((hash) => [hash, true]))
  console.log(`\n${sentinel}${JSON.stringify({ modifications, redistributable })}${sentinel}`)
}

const [root = '', sources = '', pace = '0', ...words] = process.argv.slice(2)
await main(root, sources, Number(pace), words)
