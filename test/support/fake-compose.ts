import { presetBaseImages } from '../../main/api/base-images.ts'
import type { CatalogPackage } from '../../main/api/catalog.ts'
import type { ComposeRequest, CompositionPreview, OpenedComposition } from '../../main/api/compose.ts'
import type { Finding, StackLayer } from '../../main/api/models.ts'
import type { BaseImage } from '../../main/image/base.ts'
import { type ComposedImage, compose } from '../../main/image/compose.ts'
import type { CachedPackage } from '../../main/image/composition.ts'
import {
  compositionFileOf,
  formatCompositionFile,
  optionsOf,
  parseCompositionFile,
} from '../../main/image/composition-file.ts'
import type { VariableSource } from '../../main/image/merged-variables.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { SpecGraph, SpecNode } from '../../main/spack/spec/graph.ts'
import { StrataError } from '../../main/support/errors.ts'
import { madeBase, testDigest } from './composing.ts'
import { digestOf, type FakeCache, layerBytes } from './fake-cache.ts'

/** Composing over a made-up cache: the engine's own rules of which layers there are, what they say, and what does not fit. */

/** Digests of layers and base images that were looked into. */
export type Examined = Set<string>

const store = '/home/demo/spack/opt/spack'
/** The C library that binaries of these systems need. */
const needs: Readonly<Record<string, string>> = { 'ubuntu24.04': '2.38', rocky9: '2.34', debian12: '2.36' }

/** What comes of a composition; the same request gives the same every time. */
export function fakePreview(request: ComposeRequest, cache: FakeCache, examined: Examined): CompositionPreview {
  const { graph, packages } = viewOf(cache)
  const roots = request.roots.map((spec) => ({ spec, hashes: matching(spec, graph) }))
  const found = roots.flatMap(({ hashes }) => (hashes.length === 1 ? hashes : []))
  const base = fakeBase(request)
  const { settings, variables, title, created, baseline, layerLimit, squash, ociForm, allowMissing } = request
  const options = { settings, variables, title, created, baseline, layerLimit, squash, ociForm, allowMissing }
  const composed = compose({ graph, packages, roots: found, base, options })
  const digests = layersToLookInto(composed)
  const reference = request.base ?? (request.baseOf === undefined ? '' : 'ubuntu:24.04')
  const preset = presetBaseImages.find((one) => one.reference === reference)
  const known = base !== undefined && examined.has(base.digest)
  const findings = [
    ...roots.flatMap(({ spec, hashes }) => rootFinding(spec, hashes, graph)),
    ...composed.findings.filter((f) => found.length > 0 || f.message !== 'No package is chosen'),
    ...runFindings(composed, preset?.glibc, reference, examined),
  ].toSorted((a, b) => grave[a.severity] - grave[b.severity])
  const merged = composed.budget.layers.find((layer) => layer.kind === 'merged')
  const inMerged = new Set(merged?.items.map(({ hash }) => hash))
  const { bytesToMerge: _, ...sums } = composed.sums
  const name = (source: VariableSource) => sourceName(source, graph)
  return {
    repository: request.repository,
    architecture: composed.architecture,
    roots: roots.map(({ spec, hashes }) => ({ spec, hash: hashes.length === 1 ? hashes[0] : undefined })),
    base: base && {
      reference,
      digest: base.digest,
      format: base.format,
      architecture: base.architecture,
      layers: base.manifest.layers.length,
      bytes: sums.baseBytes,
      system: known ? preset?.system : undefined,
      libc: known && preset ? `glibc ${preset.glibc}` : undefined,
    },
    packages: composed.packages.map(({ node, cached, edge, neededBy }) => ({
      hash: node.hash,
      name: node.name,
      version: node.version,
      target: node.target,
      os: node.os,
      bytes: cached.layer.size,
      root: edge.kind === 'root',
      broughtBy: edge.kind === 'root' ? undefined : { hash: edge.by.hash, name: edge.by.name, types: [...edge.types] },
      neededBy: [...new Set(neededBy.map((use) => use.by.name))],
      merged: inMerged.has(node.hash),
      sharedBy: cached.sharedBy ?? 0,
    })),
    missing: composed.missing.map(({ hash, name: missing, why, neededBy }) => ({ hash, name: missing, why, neededBy: [...neededBy] })),
    stack: stackOf(composed, reference, cache),
    merge: merged && { packages: merged.items.map(({ layer }) => layer.title), bytes: composed.budget.mergedBytes, made: false },
    sums: { ...sums, uniqueBytes: composed.packages.filter(({ cached }) => (cached.sharedBy ?? 0) === 0).reduce((sum, { cached }) => sum + cached.layer.size, sums.baseBytes) },
    variables: composed.variables.variables.map(({ name: variable, value, list, from }) => ({ name: variable, value, list, from: [...new Set(from.map(name))] })),
    conflicts: composed.variables.conflicts.map(({ name: variable, says, value, settled }) => ({ name: variable, says: says.map((one) => ({ value: one.value, by: one.by.map(name) })), value, settled })),
    settings: { command: ['/bin/bash'], ...request.settings },
    annotations: title === undefined ? {} : { 'org.opencontainers.image.title': title },
    findings,
    examined: { done: digests.filter((digest) => examined.has(digest)).length, total: digests.length },
    digest: found.length > 0 ? digestOf(JSON.stringify([found, request.base, options])) : undefined,
    file: fileOf(request),
    command: commandOf(request),
  } // biome-ignore format: plain data
}

const grave = { problem: 0, warning: 1, note: 2 } as const

/** What has to be looked into to tell whether it will run: `name` for people. */
export function fakeLayers(request: ComposeRequest, cache: FakeCache): readonly { digest: string; name: string }[] {
  const { base, packages } = fakePreview(request, cache, new Set())
  return [
    ...(base ? [{ digest: base.digest, name: `layer 1 of ${base.reference}` }] : []),
    ...packages.map((one) => ({ digest: testDigest(one.hash), name: `${one.name}@${one.version}` })),
  ]
}

function layersToLookInto({ base, packages }: ComposedImage): readonly string[] {
  return [...(base ? [base.digest] : []), ...packages.map(({ cached }) => cached.layer.digest)]
}

const views = new WeakMap<FakeCache['tags'], { size: number; graph: SpecGraph; packages: Map<string, CachedPackage> }>()

function viewOf(cache: FakeCache) {
  const known = views.get(cache.tags)
  if (known?.size === cache.tags.size) return known
  const all = [...cache.tags.values()]
  const about = all.flatMap(({ row }) => row.package ?? [])
  const names = new Map(about.map((one) => [one.hash, one.name]))
  const images = all.filter(({ row }) => row.kind === 'environment')
  const nodes = new Map(about.map((one): [string, SpecNode] => [one.hash, nodeOf(one, names)]))
  const packages = new Map(
    about.map((one): [string, CachedPackage] => {
      const layer = { digest: testDigest(one.hash), size: layerBytes(one), diffId: testDigest(`tar of ${one.hash}`), title: `${one.name}@${one.version}` } // biome-ignore format: one layer
      const sharedBy = images.filter(({ layers }) => layers.some(({ hash }) => hash === one.hash)).length
      return [one.hash, { layer, env: environmentOf(one), diffIds: [layer.diffId], sharedBy }]
    }),
  )
  const made = { size: cache.tags.size, graph: { nodes, roots: [], specVersion: 4 }, packages }
  views.set(cache.tags, made)
  return made
}

function nodeOf(one: CatalogPackage, names: ReadonlyMap<string, string>): SpecNode {
  const { hash, name, version, platform, os, target } = one
  const edges = one.dependencies.map((edge) => ({ ...edge, name: names.get(edge.hash) ?? '' }))
  return { hash, name, version, platform, os, target, edges, parameters: {}, raw: {}, specVersion: 4 }
}

function environmentOf({ name, version, hash, os, target }: CatalogPackage): readonly string[] {
  const prefix = `${store}/linux-${os}-${target}/${name}-${version}-${hash}`
  const own: Readonly<Record<string, readonly string[]>> = {
    vim: ['EDITOR=vim'],
    nano: ['EDITOR=nano'],
    hdf5: [`HDF5_DIR=${prefix}`],
    openmpi: ['OMPI_MCA_btl=^openib'],
  }
  return [
    `PATH=${prefix}/bin:/usr/local/bin:/usr/bin:/bin`,
    `CMAKE_PREFIX_PATH=${prefix}`,
    ...(hash < 'k' ? [`MANPATH=${prefix}/share/man:`] : []),
    ...(own[name] ?? []),
  ]
}

/** Builds that a spec names: `name`, `name@version`, `name/hash`, `/hash`. */
function matching(spec: string, { nodes }: SpecGraph): readonly string[] {
  const [, name = '', version = '', hash = ''] = /^([^@/\s]*)(?:@([^/\s]+))?(?:\/(\S+))?$/.exec(spec) ?? ['', '?']
  return [...nodes.values()]
    .filter((node) => (name === '' || node.name === name) && node.version.startsWith(version) && node.hash.startsWith(hash))
    .map((node) => node.hash) // biome-ignore format: one thought
}

function rootFinding(spec: string, hashes: readonly string[], { nodes }: SpecGraph): Finding[] {
  if (hashes.length === 1) return []
  if (hashes.length === 0) return [{ severity: 'problem', message: `The cache has no package "${spec}"`, hint: 'Choose one at the left, or push it to this cache first.' }] // biome-ignore format: a finding
  const each = hashes.map((hash) => `${nodes.get(hash)?.version}/${hash.slice(0, 7)}`)
  return [{ severity: 'problem', message: `"${spec}" names ${hashes.length} packages: ${each.join(', ')}`, hint: 'Name one with its version, or with its hash.' }] // biome-ignore format: a finding
}

/** A base image; its reference says what is wrong with it: `unreachable`, `arm64`, `many-layers`. */
function fakeBase({ base, baseOf }: ComposeRequest): BaseImage | undefined {
  const reference = base ?? (baseOf === undefined ? undefined : 'ubuntu:24.04')
  if (reference === undefined || reference === 'scratch') return undefined
  if (reference.includes('unreachable')) {
    throw new StrataError('registry-unreachable', `base image ${reference}: connection refused.`, {
      hint: 'Choose another base image, or try again when the registry can be reached.',
      details: { host: 'unreachable.example', errno: 'ECONNREFUSED' },
    })
  }
  const layers = reference.includes('many-layers') ? 118 : reference.startsWith('rocky') ? 2 : 1
  const made = madeBase({ layers, architecture: reference.includes('arm64') ? 'arm64' : 'amd64' })
  const size = Math.round(bytesOf(reference) / layers)
  return {
    ...made,
    reference: parseReference(reference.startsWith('/') ? `oci-layout://${reference}` : reference),
    digest: testDigest(reference),
    manifest: { ...made.manifest, layers: made.manifest.layers.map((layer, i) => ({ ...layer, digest: testDigest(`${reference} ${i}`), size })) }, // biome-ignore format: layers
  }
}

function bytesOf(reference: string): number {
  return { ubuntu: 29_700_000, debian: 48_500_000, rockylinux: 62_400_000 }[reference.split(/[:/]/)[0] ?? ''] ?? 41_000_000
} // biome-ignore format: one thought

/** What is known only of what was looked into: the C library that the first too new package needs. */
function runFindings(composed: ComposedImage, glibc: string | undefined, reference: string, examined: Examined): Finding[] {
  if (!composed.base || glibc === undefined || !examined.has(composed.base.digest)) return []
  const unfit = composed.packages.filter(({ node, cached }) => examined.has(cached.layer.digest) && older(glibc, needs[node.os] ?? '2.17'))
  const [first] = unfit
  if (!first) return []
  const needed = needs[first.node.os] ?? ''
  return [{ severity: 'problem', message: `bin/${first.node.name} of ${first.node.name}@${first.node.version}${unfit.length > 1 ? ` and ${unfit.length - 1} other packages` : ''} need GLIBC_${needed}; ${reference} has glibc ${glibc}`, hint: `Choose a base with glibc ${needed} or newer: ${presetBaseImages.filter((p) => !older(p.glibc, needed)).map((p) => p.reference).slice(0, 3).join(', ')}.`, hash: first.node.hash }]
} // biome-ignore format: a finding

function older(a: string, b: string): boolean {
  return Number(a.split('.')[1]) < Number(b.split('.')[1])
}

function stackOf({ base, packages, budget }: ComposedImage, reference: string, cache: FakeCache): StackLayer[] {
  const byHash = new Map(packages.map((one) => [one.node.hash, one]))
  const plain = { state: 'present', estimated: false, root: false, neededBy: [] } as const
  const images = [...cache.tags.values()].filter(({ row }) => row.kind === 'environment')
  const layers = base?.manifest.layers ?? []
  return [
    ...layers.map((layer, i): StackLayer => ({ ...plain, key: layer.digest, kind: 'base', state: 'base', name: reference, version: layers.length > 1 ? `layer ${i + 1} of ${layers.length}` : undefined, neededBy: [], bytes: layer.size, digest: layer.digest })),
    ...budget.layers.flatMap((layer): StackLayer[] => {
      if (layer.kind === 'merged') return [{ ...plain, key: layer.key, kind: 'merged', state: 'build', name: `${layer.items.length} packages`, neededBy: [], bytes: budget.mergedBytes, estimated: true }]
      const one = byHash.get(layer.item.hash)
      if (!one) return []
      const { hash, name, version } = one.node
      return [{ ...plain, key: hash, kind: 'package', name, version, bytes: one.cached.layer.size, root: one.edge.kind === 'root', neededBy: [...new Set(one.neededBy.map((use) => use.by.name))], digest: one.cached.layer.digest, sharedWith: images.filter((t) => t.layers.some((l) => l.hash === hash)).map((t) => t.row.tag) }]
    }),
  ]
} // biome-ignore format: plain data

function sourceName(source: VariableSource, { nodes }: SpecGraph): string {
  if (source.kind === 'package') return nodes.get(source.hash)?.name ?? source.hash
  return { default: 'every image', base: 'the base image', user: 'you' }[source.kind]
}

/** An image of packages taken apart: those that no other needs, in its order. */
export function fakeOpened(cache: FakeCache, tag: string): OpenedComposition {
  const image = cache.tags.get(tag)
  if (!image || image.layers.length === 0) throw new StrataError('registry-not-found', `${tag}: no layer of it is a known package.`, { hint: 'Only images that are made of packages of this cache can be composed anew.' }) // biome-ignore format: an error
  const needed = new Set(image.layers.flatMap((one) => one.dependencies.filter((d) => d.types.includes('link')).map((d) => d.hash))) // biome-ignore format: one thought
  const roots = image.layers.filter((one) => !needed.has(one.hash)).map((one) => `${one.name}/${one.hash.slice(0, 7)}`)
  const odd = tag === 'climate-next'
  return {
    composition: { roots, base: image.base ? 'ubuntu:24.04' : undefined, settings: {}, variables: {}, squash: false, ociForm: false, allowMissing: false },
    unknown: odd ? [{ position: 9, digest: digestOf('odd'), bytes: 1_204_224 }] : [],
    findings: odd ? [{ severity: 'warning', message: '1 layer above its base is no package of this cache: it is left out' }] : [],
  } // biome-ignore format: plain data
}

/** What a strata.yaml says, by the engine's own rules. */
export function fakeParsed(text: string, name: string) {
  const file = parseCompositionFile(text, name)
  const { settings = {}, variables = {}, squash = false, ociForm = false, ...rest } = optionsOf(file)
  return {
    ...{ from: file.from, to: file.to, tag: file.tag, roots: file.roots, base: file['base-image'] },
    ...{ title: rest.title, created: rest.created, baseline: rest.baseline, layerLimit: rest.layerLimit },
    settings: JSON.parse(JSON.stringify(settings)) as ComposeRequest['settings'],
    variables: { ...variables },
    ...{ squash, ociForm, allowMissing: false },
  }
}

function fileOf(request: ComposeRequest): string {
  const { repository: from, to, tag, base, roots, squash, ociForm, variables } = request
  return formatCompositionFile(
    compositionFileOf(
      { from, to, tag, 'base-image': base, roots },
      {
        ...request,
        squash: squash || undefined,
        ociForm: ociForm || undefined,
        variables: Object.keys(variables).length > 0 ? variables : undefined,
      },
    ),
  )
}

function commandOf({ repository, roots, base, tag, to, layerLimit, squash, variables }: ComposeRequest): string {
  return [
    `strata compose --from ${repository.replace('oci://', '')}`,
    to === undefined ? '' : `--to ${to}`,
    base === undefined ? '' : `--base-image ${base}`,
    `--tag ${tag ?? 'TAG'}`,
    ...Object.entries(variables).map(([name, value]) => `--env ${name}=${value}`),
    layerLimit === undefined ? '' : `--max-layers ${layerLimit}`,
    squash ? '--squash' : '',
    ...roots,
  ]
    .filter(Boolean)
    .join(' ')
}
