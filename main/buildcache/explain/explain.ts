import type { ExplainProgress, ExplainRequest, Explanation } from '../../api/explain.ts'
import { formatReference } from '../../registry/reference.ts'
import type { Repository } from '../../registry/repository.ts'
import { readMirrors } from '../../spack/config/mirrors.ts'
import { asVersionNumber } from '../../spack/json.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { assertNever } from '../../support/assert.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import { browseCommand } from '../browse/command.ts'
import { readCatalog } from '../catalog.ts'
import { connect } from '../connection.ts'
import { isOci } from '../mirror-logins.ts'
import { type RemotePackage, readRemotePackage } from '../remote-package.ts'
import { type Host, openSource, type Source } from '../source.ts'
import { commandsFor } from './advice.ts'
import { askedOf } from './asked.ts'
import { explain } from './explanation.ts'
import { type CachedImage, cacheFindings } from './hindrances.ts'
import { specsOfLines } from './plan-lines.ts'

/** Packages looked into at a time. */
const LOOKUPS = 16
/** Letters of a hash that Spack prints. */
const SHORT_HASH = 7
/** Milliseconds from one word about the progress to the next. */
const UPDATE_INTERVAL = 100

interface ExplainParts {
  readonly host: Host
  readonly store: BlobStore
  readonly signal: AbortSignal
  /** Hears at most ten times a second, and of the beginning and the end of each part. */
  readonly onProgress: (progress: ExplainProgress) => void
  readonly now: () => number
}

/**
 * Explains why Spack does or does not take packages from a cache. Changes nothing. Throws what `openSource` and `connect`
 * throw, `usage` and `lockfile-missing` for what cannot be asked, and what the registry answers.
 */
export async function explainCache(
  request: ExplainRequest,
  { host, store, signal, onProgress, now }: ExplainParts,
): Promise<Explanation> {
  const tell = seldom(onProgress, now)
  const source = await openAsked(request, host)
  const specs = specsOf(source, request.specs)
  const asked = askedOf(source, specs, request.all)
  const from = request.repository ?? onlyMirror(source)
  const connection = await connect({ ...request, to: from, use: 'fetch' }, source, host)
  try {
    const { target } = connection
    const catalog = await readCatalog(target, store, {
      signal,
      onRead: (done, total) => tell({ what: 'tags', done, total }),
    })
    const repository = formatReference(target.reference)
    const commands = commandsFor(repository, request)
    const cached = asked.flatMap((one) =>
      one.kind === 'concrete' && catalog.tags.has(one.node.hash) ? [one.node] : [],
    )
    const images = await readImages(target, store, cached, { signal, tell })
    const findings = cacheFindings(source, target.reference, catalog, commands)
    return {
      repository,
      packages: catalog.tags.size,
      findings,
      ...explain({ source, catalog, asked, images, findings, commands }),
      command: commandOf({ ...request, specs: [...specs] }, from),
    }
  } finally {
    await connection.close()
  }
}

/** Specs as they were given, or as Spack printed them. */
function specsOf({ graph }: Source, given: readonly string[]): readonly string[] {
  const known = new Set([...graph.nodes.keys()].map((hash) => hash.slice(0, SHORT_HASH)))
  const specs = specsOfLines(given, (hash) => known.has(hash.slice(0, SHORT_HASH)))
  if (specs.length > 0 || given.length === 0) return specs
  throw new StrataError('usage', 'what was given names no package that is still to be installed', {
    hint: 'Of what spack spec -I prints, lines with [+], [^] and [e] are installed: no cache is asked for them.',
  })
}

/** A spec alone needs no Spack: then nothing is known of mirrors and of what is installed. */
async function openAsked(request: ExplainRequest, host: Host): Promise<Source> {
  try {
    return await openSource(request, host)
  } catch (error) {
    const bare = request.environment === undefined && request.spack === undefined && request.specs.length > 0
    if (!bare || !(error instanceof StrataError) || error.code !== 'spack-not-found') throw error
    return NOTHING
  }
}

const NOTHING: Source = {
  instance: undefined,
  configuration: undefined,
  store: undefined,
  database: undefined,
  databaseProblem: undefined,
  environment: undefined,
  graph: { nodes: new Map(), roots: [], specVersion: 4 },
  roots: [],
  fingerprint: '',
}

function onlyMirror({ configuration }: Source): string {
  const mirrors = configuration ? readMirrors(configuration).filter(({ fetch }) => isOci(fetch?.url)) : []
  const [first, ...others] = mirrors
  if (first && others.length === 0) return first.name
  const hint = first
    ? `There are ${mirrors.map((one) => one.name).join(', ')}: name one with --from.`
    : 'Name it with --from.'
  throw new StrataError('usage', 'which cache is missing', { hint })
}

async function readImages(
  repository: Repository,
  store: BlobStore,
  nodes: readonly SpecNode[],
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (progress: ExplainProgress) => void },
): Promise<ReadonlyMap<string, CachedImage>> {
  const images = new Map<string, CachedImage>()
  const tellDone = () => tell({ what: 'packages', done: images.size, total: nodes.length })
  tellDone()
  await mapConcurrently(nodes, LOOKUPS, async (node) => {
    images.set(node.hash, imageOf(await readRemotePackage(repository, store, node, signal)))
    tellDone()
  })
  return images
}

function imageOf(found: RemotePackage): CachedImage {
  switch (found.kind) {
    case 'present':
      return { layout: asVersionNumber(found.config.buildcache_layout_version) }
    case 'unusable':
      return { damage: found.why }
    case 'absent':
      return { damage: 'its tag was deleted meanwhile' }
    default:
      return assertNever(found)
  }
}

/** Passes progress on so often as somebody can read it. */
function seldom(onProgress: ExplainParts['onProgress'], now: () => number): ExplainParts['onProgress'] {
  let told = Number.NEGATIVE_INFINITY
  return (progress) => {
    const { done, total } = progress
    if (total === 0 || (done > 0 && done < total && now() - told < UPDATE_INTERVAL)) return
    told = now()
    onProgress(progress)
  }
}

function commandOf(request: ExplainRequest, from: string): string {
  const words = ['explain', ...request.specs, '--from', from, ...(request.all ? ['--all'] : [])]
  return browseCommand(words, { ...request, repository: from })
}
