import type { Catalog, CatalogRow, ImageComparison, ImageDetail, ImageLayer } from '../../main/api/catalog.ts'
import type { EventPayload, Output, Parsed } from '../../main/api/contract.ts'
import { StrataError } from '../../main/support/errors.ts'
import { demoCache, digestOf, type FakeCache, type FakeTag, imageOf, largeCache, tallCache } from './fake-cache.ts'
import { fakeFiles, fakePreview } from './fake-files.ts'

/** Rows of one `catalog.progress`. */
const batch = 250

export interface FakeBrowsing {
  cache(repository: string): FakeCache
  repositories(input: Parsed<'registry.repositories'>): Output<'registry.repositories'>
  read(input: Parsed<'catalog.read'>): Promise<Catalog>
  rows(input: Parsed<'catalog.rows'>): Promise<CatalogRow[]>
  show(input: Parsed<'image.show'>): Promise<ImageDetail>
  compare(input: Parsed<'image.compare'>): Promise<ImageComparison>
  files(input: Parsed<'layer.files'>): Promise<Output<'layer.files'>>
  preview(input: Parsed<'layer.preview'>): Promise<Output<'layer.preview'>>
  cancel(run: string): void
}

/** What a repository holds. Its name says what kind it is: `empty`, `everything`, `noindex`, `newer`, `tall` (300 packages that need each other), `denied`, `unreachable`. */
export function createFakeBrowsing(options: {
  /** Milliseconds between two batches. */
  readonly batchTime: number
  readonly progress: (payload: EventPayload<'catalog.progress'>) => void
}): FakeBrowsing {
  const caches = new Map<string, FakeCache>()
  const cancelled = new Set<string>()
  /** Tags whose manifest somebody asked for. */
  const looked = new Set<string>()

  function cache(repository: string): FakeCache {
    const known = caches.get(repository)
    if (known) return known
    const made = makeCache(repository)
    caches.set(repository, made)
    return made
  }

  function asKnown(repository: string, { row }: FakeTag, detail: 'index' | 'all'): CatalogRow {
    const { listed } = cache(repository)
    const inIndex = row.package && listed ? listed.has(row.package.hash) : undefined
    const whole = row.kind === 'package' ? { ...row, listed: inIndex } : row
    const key = `${repository} ${row.tag}`
    if (detail === 'all' || !inIndex) looked.add(key)
    return looked.has(key) ? whole : fromIndex(whole)
  }

  function tagOf(repository: string, tag: string): FakeTag {
    const all = cache(repository).tags
    const found = all.get(tag) ?? [...all.values()].find((t) => t.row.digest === tag)
    if (found) return found
    throw new StrataError('registry-not-found', `${repository}: there is no ${tag}.`, {
      hint: 'It may have been deleted meanwhile. Read the tags again.',
      details: { status: 404, tag },
    })
  }

  function show(repository: string, name: string): ImageDetail {
    const tag = tagOf(repository, name)
    const { row } = tag
    const image = row.kind === 'environment' || row.kind === 'package' || row.kind === 'image'
    return {
      repository,
      tag: row.tag === name ? name : undefined,
      reference: `${bare(repository)}:${name}`,
      digest: row.digest ?? digestOf(name),
      mediaType: row.mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
      kind: row.kind,
      problem: row.problem,
      platforms: row.kind === 'platforms' ? ['linux/amd64', 'linux/arm64', 'unknown/unknown'].map((platform, i) => ({ digest: digestOf(platform), platform, kind: i === 2 ? 'attestation' : 'image', bytes: i === 2 ? 1_820 : 85_000_000 + i })) : [],
      platform: row.platform,
      createdAt: row.createdAt,
      config: image ? configOf(tag) : undefined,
      annotations: row.kind === 'package' ? { 'org.opencontainers.image.description': `${row.package?.name}@${row.package?.version}%${row.package?.compiler} ${row.package?.variants} arch=linux-${row.package?.os}-${row.package?.target}` } : {},
      package: row.package,
      ...imageOf(cache(repository), tag),
      referrers: row.tag === 'climate' ? [{ digest: digestOf('sig'), artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json', bytes: 253 }, { digest: digestOf('sbom'), artifactType: 'application/spdx+json', bytes: 81_220 }] : [],
      usage: image ? [...(row.package ? [{ tool: 'spack', command: `spack mirror add --unsigned strata ${repository}` }, { tool: 'spack', command: `spack install --cache-only ${row.package.name}/${row.package.hash.slice(0, 7)}` }] : []), ...['docker run --rm -it ', 'podman run --rm -it ', 'apptainer shell docker://'].map((run) => ({ tool: run.split(' ')[0] ?? '', command: `${run}${bare(repository)}:${name}` }))] : [],
      command: `strata show ${bare(repository)}:${name}`,
    } // biome-ignore format: plain data
  }

  return {
    cache,
    repositories: ({ registry }) => {
      if (registry.includes('lab.example.org')) throw new StrataError('registry-unreachable', `${registry}: connection refused while asking for /v2/_catalog.`, { hint: 'Is the registry running, and is this its address?' }) // biome-ignore format: an error
      if (registry === 'ghcr.io' || registry.includes('gitlab')) {
        return { registry, repositories: ['oci://ghcr.io/demo/cache', 'oci://ghcr.io/demo/science'].filter((r) => r.includes(registry)), listed: false, problem: `${registry} does not list its repositories: these were used before.` } // biome-ignore format: plain data
      }
      const names = ['climate/cache', 'climate/noindex', 'climate/newer', 'climate/everything', 'climate/empty', 'climate/denied'] // biome-ignore format: a list
      return { registry, repositories: names, listed: true }
    },
    async read({ repository, detail, run }) {
      refuse(repository)
      const { tags, listed, gone, indexProblem } = cache(repository)
      const rows = [...tags.values()].map((tag) => asKnown(repository, tag, listed ? detail : 'all'))
      const name = run ?? ''
      for (let at = 0; at < rows.length; at += batch) {
        await wait(options.batchTime)
        if (cancelled.has(name)) throw new StrataError('cancelled', 'cancelled')
        const read = Math.min(rows.length, at + batch)
        if (run !== undefined) options.progress({ run, read, total: rows.length, rows: rows.slice(at, read) })
      }
      const hasIndex = indexProblem !== undefined || tags.has('index.spack') || listed !== undefined
      return {
        repository,
        rows,
        index: hasIndex && rows.length > 0 ? { digest: digestOf('index'), version: indexProblem === undefined ? '7' : undefined, packages: listed?.size, problem: indexProblem } : undefined,
        unlisted: listed ? rows.filter((r) => r.listed === false).map((r) => r.tag) : [],
        gone: listed ? gone : [],
        command: `strata list ${bare(repository)}${detail === 'all' ? ' --all' : ''}`,
      } // biome-ignore format: plain data
    },
    async rows({ repository, tags }) {
      await wait(options.batchTime)
      const all = cache(repository).tags
      return tags.flatMap((name) => {
        const tag = all.get(name)
        return tag ? [asKnown(repository, tag, 'all')] : []
      })
    },
    async show({ repository, tag }) {
      await wait(60)
      refuse(repository)
      return show(repository, tag)
    },
    async compare({ left, right }) {
      await wait(80)
      return comparisonOf(show(left.repository, left.tag), show(right.repository, right.tag))
    },
    async files(input) {
      await wait(120)
      return fakeFiles(ownerOf(cache(input.repository), input.digest), input)
    },
    async preview(input) {
      await wait(60)
      return fakePreview(ownerOf(cache(input.repository), input.digest), input)
    },
    cancel: (run) => cancelled.add(run),
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const bare = (repository: string) => repository.replace(/^oci:\/\//, '')

/** A row as the index alone knows it. */
function fromIndex({ tag, kind, package: about, listed }: CatalogRow): CatalogRow {
  return { tag, kind, package: about, listed, read: false }
}

function refuse(repository: string): void {
  if (repository.includes('unreachable')) {
    throw new StrataError('registry-unreachable', `${repository}: connection refused while asking for /v2/.`, {
      hint: 'Is the registry running, and is this its address? Over plain HTTP it is oci+http://.',
      details: { host: 'unreachable.example:5000', syscall: 'connect', errno: 'ECONNREFUSED' },
    })
  }
  if (repository.includes('denied')) {
    throw new StrataError('registry-denied', `${repository}: the registry does not let robot$ci list the tags (403).`, {
      hint: 'In Harbor a robot account needs the permission “list tag”.',
      details: { status: 403, url: 'https://harbor.hpc.example.org/v2/climate/denied/tags/list' },
    })
  }
}

function makeCache(repository: string): FakeCache {
  const now = Date.now()
  if (repository.includes('empty')) return { tags: new Map(), listed: undefined, gone: [] }
  if (repository.includes('everything')) return largeCache(10_000, now)
  if (repository.includes('tall')) return tallCache(300, now)
  const cache = demoCache(now)
  if (repository.includes('noindex')) {
    cache.tags.delete('index.spack')
    cache.listed = undefined
  }
  if (repository.includes('newer')) {
    cache.listed = undefined
    return {
      ...cache,
      indexProblem: 'The index has database version 12; Strata knows 5 to 9. A newer Spack wrote it.',
    }
  }
  return cache
}

function configOf({ layers, row }: FakeTag): ImageDetail['config'] {
  const prefixes = layers.map((p) => `/home/demo/spack/opt/spack/linux-${p.os}-${p.target}/${(p.compiler ?? '').replace('@', '-')}/${p.name}-${p.version}-${p.hash}`) // biome-ignore format: one path
  if (row.kind === 'image') return { env: ['PATH=C:\\Windows\\system32;C:\\Windows'], entrypoint: [], command: ['c:\\windows\\system32\\cmd.exe'], labels: {}, ports: [] } // biome-ignore format: plain data
  return {
    env: [
      `PATH=${[...prefixes.toReversed().map((p) => `${p}/bin`), '/usr/local/sbin', '/usr/local/bin', '/usr/bin', '/bin'].join(':')}`,
      `CMAKE_PREFIX_PATH=${prefixes.toReversed().join(':')}`,
      `MANPATH=${prefixes.slice(-2).map((p) => `${p}/share/man`).join(':')}:`,
      ...(layers.some((p) => p.name === 'vim') ? ['VIM=/home/demo/spack/opt/spack/share/vim'] : ['OMPI_MCA_btl=^openib']),
      'LANG=C.UTF-8',
    ],
    entrypoint: [],
    command: ['/bin/bash'],
    labels: { 'org.opencontainers.image.ref.name': 'ubuntu', 'org.opencontainers.image.version': '24.04' },
    ports: [],
  } // biome-ignore format: plain data
}

function ownerOf(cache: FakeCache, digest: string) {
  const all = [...cache.tags.values()].flatMap((t) => t.layers)
  return all.find((p) => digestOf(p.hash) === digest)
}

function comparisonOf(left: ImageDetail, right: ImageDetail): ImageComparison {
  const nameOf = (layer: ImageLayer) => layer.package?.name ?? layer.digest
  const layers: ImageComparison['layers'] = []
  const rest = [...right.layers]
  const known = new Set(left.layers.map(nameOf))
  for (const one of left.layers) {
    const other = rest.find((two) => nameOf(two) === nameOf(one))
    if (!other) {
      layers.push({ change: 'removed', left: one })
      continue
    }
    while (rest[0] && rest[0] !== other && !known.has(nameOf(rest[0])))
      layers.push({ change: 'added', right: rest.shift() })
    rest.splice(rest.indexOf(other), 1)
    layers.push({ change: other.digest === one.digest ? 'same' : 'changed', left: one, right: other })
  }
  for (const added of rest) layers.push({ change: 'added', right: added })
  const side = (layer: ImageLayer | undefined) =>
    layer?.package && { hash: layer.package.hash, version: layer.package.version, bytes: layer.bytes }
  const packages = layers.flatMap((l): ImageComparison['packages'] => {
    const name = (l.left ?? l.right)?.package?.name
    if (name === undefined) return []
    const [a, b] = [side(l.left), side(l.right)]
    const change = l.change !== 'changed' ? l.change : a?.version === b?.version ? 'build' : 'version'
    return [{ name, change, left: a, right: b }]
  })
  const bytes = (change: string, of: 'left' | 'right') =>
    layers.filter((l) => l.change !== change).reduce((sum, l) => sum + (l[of]?.bytes ?? 0), 0)
  const variables = (detail: ImageDetail) =>
    new Map(detail.config?.env.map((line): [string, string] => [line.split('=')[0] ?? '', line.replace(/^[^=]*=/, '')]))
  const [before, after] = [variables(left), variables(right)]
  return {
    left,
    right,
    layers,
    packages: packages.toSorted((a, b) => a.name.localeCompare(b.name)),
    env: [...new Set([...before.keys(), ...after.keys()])]
      .filter((name) => before.get(name) !== after.get(name))
      .map((name) => ({ name, left: before.get(name), right: after.get(name) })),
    sums: {
      sharedBytes: layers.filter((l) => l.change === 'same').reduce((sum, l) => sum + (l.left?.bytes ?? 0), 0),
      leftBytes: bytes('same', 'left'),
      rightBytes: bytes('same', 'right'),
    },
    command: `strata diff ${left.reference} ${right.reference}`,
  }
}
