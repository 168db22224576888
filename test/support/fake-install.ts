import { createHash } from 'node:crypto'
import type { Parsed } from '../../main/api/contract.ts'
import type { InstallPlan, InstallTarget, PlannedInstall } from '../../main/api/install.ts'
import type { Finding, PackageSummary } from '../../main/api/models.ts'
import { StrataError } from '../../main/support/errors.ts'
import type { FakeEnvironment } from './fake-data.ts'

const packedStore =
  '/home/demo/spack/opt/spack/__spack_path_placeholder__/__spack_path_placeholder__/__spack_path_placeho'
const arch = 'linux-debian12-x86_64/gcc-12.2.0'
const spackRoot = '/home/demo/spack'
const system = 'ptwvhyy44ipwwxyz2qnzq3jx2bsw5nlt'

/** These have a path in their binaries that only another of the same length or a shorter one can replace. */
const stubborn = new Set(['lua', 'vim'])

type Request = Parsed<'install.plan'>

/**
 * What the fake engine plans, decided by words in the store's path: `longer` makes every path longer, `in-the-way` has a
 * prefix that nobody knows, `readonly` may not be written; the demo Spack has a few of the packages already. A cache
 * whose name holds `partial` lacks sqlite.
 */
export function fakeInstallPlan(
  env: FakeEnvironment,
  request: Request,
  id: string,
  done: ReadonlySet<string>,
): InstallPlan {
  const target = targetOf(request.into)
  const byHash = new Map(env.detail.packages.map((p) => [p.hash, p]))
  const packages = chosen(env, byHash, request).map((p) => planned(p, { env, byHash, request, target, done }))
  if (request.specs.length === 0) packages.push(external(), upstream())
  return summed({ id, packages, request, target })
}

/** The same after a look at every file: what fits works, and of what is longer the stubborn ones are refused. */
export function fakeCheckedPlan(plan: InstallPlan, request: Request): InstallPlan {
  const packages = plan.packages.map((p): PlannedInstall => {
    if (p.action !== 'install' && p.action !== 'overwrite') return p
    if (p.relocation !== 'tight' || !stubborn.has(p.name)) return { ...p, fetched: true, relocation: 'checked' }
    return { ...p, fetched: true, relocation: 'refused', problem: refusal(p) }
  })
  return summed({ id: plan.id, packages, request, target: plan.target })
}

function summed(parts: {
  readonly id: string
  readonly packages: PlannedInstall[]
  readonly request: Request
  readonly target: InstallTarget
}): InstallPlan {
  const { id, packages, request, target } = parts
  const written = packages.filter((p) => p.action === 'install' || p.action === 'overwrite')
  const sum = (of: readonly PlannedInstall[]) => of.reduce((n, p) => n + (p.size ?? 0), 0)
  const roots = packages.filter((p) => p.root).map((p) => p.name)
  const more = roots.length > 3 ? ` and ${roots.length - 3} more` : ''
  return {
    id,
    title: `Install ${roots.slice(0, 3).join(', ')}${more} into ${target.root}`,
    madeAt: Date.now(),
    from: request.from,
    target,
    packages,
    bytesToFetch: sum(written.filter((p) => !p.fetched)),
    bytesOnDisk: Math.round(sum(written) * 3.2),
    findings: findingsOf(packages, target),
    command: commandOf(request),
  }
}

function targetOf(into: string): InstallTarget {
  const spack = into === spackRoot ? { root: spackRoot, version: '0.22.5' } : undefined
  const root = spack ? `${spackRoot}/opt/spack` : into
  return {
    kind: spack ? 'spack' : 'folder',
    spack,
    root,
    paddedRoot: spack ? packedStore : into,
    databaseVersion: 7,
    exists: spack !== undefined,
    freeBytes: 184_300_000_000,
  }
}

/** The packages asked for and what they need at run time, dependencies first. */
function chosen(env: FakeEnvironment, byHash: World['byHash'], request: Request): readonly PackageSummary[] {
  const { packages } = env.detail
  const roots = request.specs.length > 0 ? request.specs.map((spec) => find(packages, spec, request.from)) : packages.filter((p) => p.root || request.all) // biome-ignore format: one choice
  const wanted = new Set(roots.map((p) => p.hash))
  const order = new Map<string, PackageSummary>()
  const types = request.buildDependencies ? ['link', 'build'] : ['link']
  const visit = (p: PackageSummary): void => {
    if (order.has(p.hash)) return
    for (const d of p.dependencies) {
      const needed = byHash.get(d.hash)
      if (needed && d.types.some((type) => types.includes(type))) visit(needed)
    }
    order.set(p.hash, { ...p, root: wanted.has(p.hash) })
  }
  for (const root of roots) visit(root)
  return [...order.values()]
}

function find(packages: readonly PackageSummary[], spec: string, from: string): PackageSummary {
  const found = packages.find(
    (p) => p.name === spec || `${p.name}@${p.version}` === spec || `/${p.hash}`.startsWith(spec),
  )
  if (found) return found
  throw new StrataError('package-not-found', `${spec}: no such package in ${from}`, {
    hint: 'Name it as Spack does: a name, name@version or /hash.',
  })
}

interface World {
  readonly env: FakeEnvironment
  readonly byHash: ReadonlyMap<string, PackageSummary>
  readonly request: Request
  readonly target: InstallTarget
  readonly done: ReadonlySet<string>
}

function planned(p: PackageSummary, world: World): PlannedInstall {
  const { env, request, target, done } = world
  const prefix = `${target.paddedRoot}/${arch}/${p.name}-${p.version}-${p.hash}`
  const oldPrefix = `${packedStore}/${arch}/${p.name}-${p.version}-${p.hash}`
  const there = done.has(prefix) || (target.spack !== undefined && (p.name === 'gmake' || p.name === 'zlib'))
  const same = { hash: p.hash, name: p.name, version: p.version, root: p.root, prefix, fetched: false, mappings: [] }
  if (request.from.includes('partial') && p.name === 'sqlite') {
    return { ...same, action: 'missing', why: 'not in this cache', prefix: undefined }
  }
  if (there && !(request.overwrite && p.root)) return { ...same, action: 'installed', why: 'installed already' }
  if (request.into.includes('in-the-way') && p.name === 'nano') {
    return { ...same, action: 'conflict', why: `${prefix} is there, but the store's database does not know it` }
  }
  return {
    ...same,
    action: there ? 'overwrite' : 'install',
    why: there ? 'replaces what is installed' : 'to be installed',
    digest: `sha256:${createHash('sha256').update(p.hash).digest('hex')}`,
    size: env.packed[p.hash],
    fetched: p.name === 'hello' || p.name === 'sed',
    oldPrefix,
    relocation: prefix.length > oldPrefix.length ? 'tight' : 'fits',
    mappings: [
      { kind: 'package', name: p.name, old: oldPrefix, new: prefix },
      ...p.dependencies
        .filter((d) => d.types.includes('link'))
        .flatMap((d) => world.byHash.get(d.hash) ?? [])
        .map((o) => {
          const folder = `${arch}/${o.name}-${o.version}-${o.hash}`
          return { kind: 'dependency' as const, name: o.name, old: `${packedStore}/${folder}`, new: `${target.paddedRoot}/${folder}` }
        }),
    ],
  } // biome-ignore format: plain data
}

function external(): PlannedInstall {
  return { hash: system, name: 'glibc', version: '2.36', root: false, action: 'external', why: 'not built by Spack: /usr', prefix: '/usr', fetched: false, mappings: [] } // biome-ignore format: plain data
}

function upstream(): PlannedInstall {
  return { hash: 'qj3v5zfyohq2kwmcjgjhq6qcxq7sxk5y', name: 'openssl', version: '3.0.11', root: false, action: 'upstream', why: 'installed in the upstream store /opt/site/spack', prefix: `/opt/site/spack/${arch}/openssl-3.0.11-qj3v5zfyohq2kwmcjgjhq6qcxq7sxk5y`, fetched: false, mappings: [] } // biome-ignore format: plain data
}

function refusal(p: PlannedInstall): NonNullable<PlannedInstall['problem']> {
  const [{ old: from, new: to } = { old: '', new: '' }] = p.mappings
  const file = p.name === 'lua' ? 'lib/liblua.so.5.4.4' : 'bin/vim'
  return {
    code: 'relocation-impossible',
    message: `${file}: "${from}" at byte 184320 has no room to become "${to}"`,
    hint: 'Install into a store whose path is not longer, or build the package anew with config:install_tree:padded_length.',
    details: { file, offset: 184320, from, to, found: `${from}/share`, where: 'c-string', strings: 1 },
  }
}

function findingsOf(packages: readonly PlannedInstall[], target: InstallTarget): Finding[] {
  const found: Finding[] = []
  if (target.root.includes('readonly')) {
    found.push({ severity: 'problem', message: `you may not write into ${target.root}`, hint: 'Ask its owner, or install into a store of your own.' }) // biome-ignore format: a finding
  }
  for (const { hash, name, version, problem, action, why } of packages) {
    const who = `${name}@${version}`
    if (problem) found.push({ severity: 'problem', hash, message: `${who}: ${problem.message}`, hint: problem.hint })
    else if (action === 'missing') found.push({ severity: 'problem', hash, message: `${who} is not in this cache`, hint: 'Push it there, or install it with Spack.' }) // biome-ignore format: a finding
    else if (action === 'conflict') found.push({ severity: 'problem', hash, message: `${who}: ${why}`, hint: 'Run `spack reindex` if it is a package, or move it away.' }) // biome-ignore format: a finding
  }
  const tight = packages.filter((p) => p.relocation === 'tight')
  const [first] = tight
  if (first) {
    found.push({
      severity: 'warning',
      hash: first.hash,
      message: `${tight.length} of the packages come to a longer path than they were packed for`,
      hint: 'Text, links and run paths can grow, strings inside binaries cannot. Choose a shorter store, or check first.',
    })
  }
  if (target.spack) {
    found.push({ severity: 'note', message: 'views and modules are left as they are', hint: 'Afterwards: spack env view regenerate, spack module tcl refresh.' }) // biome-ignore format: a finding
  }
  return found
}

function commandOf({ specs, from, into, environment, all, buildDependencies, overwrite }: Request): string {
  const words = ['strata', 'install', ...specs, '--from', from, '--into', into]
  if (environment?.spack !== undefined) words.push('--spack', environment.spack)
  if (environment) words.push('--env', environment.environment)
  if (all) words.push('--all')
  if (buildDependencies) words.push('--with-build-dependencies')
  if (overwrite) words.push('--overwrite')
  return words.join(' ')
}
