import { createHash } from 'node:crypto'
import type { Parsed } from '../../main/api/contract.ts'
import type { Finding, PlannedPackage, PushPlan, StackLayer } from '../../main/api/models.ts'
import type { FakeEnvironment } from './fake-data.ts'

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
const baseLayers = [29_700_000, 4_100_000]

/** What is where, in the made-up world: these are in the blob store, these in the registry. */
const reused = new Set(['zlib', 'hello', 'sed'])
const present = new Set(['gmake'])

/** The plan that the fake engine makes: the right shape and sums that add up, decided by the packages' names. */
export function fakePlan(env: FakeEnvironment, request: Parsed<'push.plan'>, id: string, pushed: boolean): PushPlan {
  const chosen = new Set(request.packages.map((p) => p.replace(/^\//, '')))
  const all = env.detail.packages.filter((p) => chosen.size === 0 || chosen.has(p.hash))
  const packages = all.map((p): PlannedPackage => {
    const action = !p.installed ? 'missing' : planned(p.name, pushed && !request.force)
    return {
      hash: p.hash,
      name: p.name,
      version: p.version,
      tag: `${p.name}-${p.version}-${p.hash}.spack`,
      action,
      why: reasons[action],
      writes: action === 'build' || action === 'reuse',
      root: p.root,
      digest: action === 'present' || action === 'reuse' ? digestOf(p.hash) : undefined,
      size: env.packed[p.hash],
      diskSize: env.disk[p.hash],
    }
  })
  const stack = [...base(request.baseImage), ...packageLayers(env, packages)]
  const count = (action: PlannedPackage['action']) => packages.filter((p) => p.action === action).length
  const sum = (action: PlannedPackage['action'], of: 'size' | 'diskSize') =>
    packages.filter((p) => p.action === action).reduce((n, p) => n + (p[of] ?? 0), 0)
  const baseBytes = request.baseImage === undefined ? 0 : baseLayers.reduce((a, b) => a + b, 0)
  const target = request.to.includes(':') ? request.to : 'oci://localhost:5445/demo/buildcache'
  return {
    id,
    madeAt: Date.now(),
    title: `Push ${env.detail.name} to ${target.replace(/^oci\S*:\/\//, '')}`,
    target,
    packages,
    base:
      request.baseImage === undefined
        ? undefined
        : {
            reference: request.baseImage,
            digest: digestOf(request.baseImage),
            format: 'oci',
            architecture: 'amd64',
            layers: 2,
            bytes: baseBytes,
            bytesToCopy: baseBytes,
          },
    stack,
    image:
      request.tag === undefined
        ? undefined
        : { tag: request.tag, reference: `${target}:${request.tag}`, layers: stack.length },
    updatesIndex: request.updateIndex,
    sums: {
      present: count('present'),
      reuse: count('reuse'),
      build: count('build'),
      external: count('external'),
      missing: count('missing'),
      private: count('private'),
      bytesToPack: sum('build', 'diskSize'),
      bytesToUpload: sum('reuse', 'size') + baseBytes,
      layers: stack.length,
      layerLimit: 127,
    },
    environmentSource: { kind: 'prefixes', why: 'from the prefixes, because no Spack could be asked' },
    findings: findings(request, stack),
    command: command(env, request, target),
  }
}

function planned(name: string, pushed: boolean): PlannedPackage['action'] {
  if (pushed || present.has(name)) return 'present'
  return reused.has(name) ? 'reuse' : 'build'
}

const reasons = {
  present: 'its manifest and layers are in the registry',
  reuse: 'packed before, its layer is in the blob store',
  build: 'never packed with this prefix',
  external: 'belongs to the system',
  missing: 'not installed',
  private: 'its recipe forbids redistribution',
} as const

function base(reference: string | undefined): StackLayer[] {
  if (reference === undefined) return []
  return baseLayers.map((bytes, i) => ({
    key: digestOf(`${reference} ${i}`),
    kind: 'base',
    name: reference,
    version: `layer ${i + 1} of ${baseLayers.length}`,
    state: 'base',
    bytes,
    estimated: false,
    root: false,
    neededBy: [],
    digest: digestOf(`${reference} ${i}`),
  }))
}

/** Dependencies below those that need them, roots on top. */
function packageLayers(env: FakeEnvironment, packages: readonly PlannedPackage[]): StackLayer[] {
  const byHash = new Map(env.detail.packages.map((p) => [p.hash, p]))
  const neededBy = new Map<string, string[]>()
  for (const p of env.detail.packages) {
    for (const d of p.dependencies) {
      if (d.types.includes('link')) neededBy.set(d.hash, [...(neededBy.get(d.hash) ?? []), p.name])
    }
  }
  const depths = new Map<string, number>()
  const depth = (hash: string): number => {
    const known = depths.get(hash)
    if (known !== undefined) return known
    const below = byHash.get(hash)?.dependencies.map((d) => depth(d.hash) + 1) ?? []
    const made = Math.max(0, ...below)
    depths.set(hash, made)
    return made
  }
  const rank = (p: PlannedPackage) => (p.root ? 1000 : 0) + depth(p.hash)
  return packages
    .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .map((p) => ({
      key: p.hash,
      kind: 'package',
      name: p.name,
      version: p.version,
      state: p.action === 'present' || p.action === 'reuse' || p.action === 'build' ? p.action : 'problem',
      bytes: (p.action === 'build' ? p.diskSize : p.size) ?? 0,
      estimated: p.action === 'build',
      root: p.root,
      neededBy: neededBy.get(p.hash) ?? [],
      digest: p.digest,
    }))
}

function findings(request: Parsed<'push.plan'>, stack: readonly StackLayer[]): Finding[] {
  const found: Finding[] = [
    { severity: 'note', message: 'No Spack could be asked whether a recipe forbids redistribution.', hint: 'Packages built from licensed sources are yours to check.' },
  ] // biome-ignore format: a list
  if (request.baseImage === 'debian:12' || request.baseImage === 'rockylinux:9') {
    const less = stack.find((l) => l.name === 'less')
    found.push({
      severity: 'warning',
      message: `less 590 needs GLIBC_2.38, ${request.baseImage} has 2.36.`,
      hint: 'Take a base image with a newer C library, such as ubuntu:24.04.',
      hash: less?.key,
    })
  }
  if (request.insecure) {
    found.push({ severity: 'warning', message: 'Any certificate is accepted: the registry is not verified.' })
  }
  if (stack.length > 127) {
    found.push({
      severity: 'problem',
      message: `The image ${request.tag} would have ${stack.length} layers; docker takes at most 127.`,
      hint: 'Push packages only (no tag), or fewer roots.',
    })
  }
  return found
}

function command(env: FakeEnvironment, request: Parsed<'push.plan'>, target: string): string {
  const words = ['strata', 'push', '--spack', env.detail.spack?.root ?? '', '--env', env.detail.name, '--to', target]
  if (request.baseImage !== undefined) words.push('--base-image', request.baseImage)
  if (request.tag !== undefined) words.push('--tag', request.tag)
  if (request.updateIndex) words.push('--update-index')
  if (request.force) words.push('--force')
  if (!request.buildDependencies) words.push('--without-build-dependencies')
  return [...words, ...request.packages.map((p) => p.slice(0, 8))].join(' ')
}
