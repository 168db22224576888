import type { Output, Parsed } from '../../main/api/contract.ts'
import type { EnvironmentDetail, PackageSummary } from '../../main/api/models.ts'
import { browseCommand } from '../../main/buildcache/browse/command.ts'
import type { Catalog } from '../../main/buildcache/catalog.ts'
import { commandsFor } from '../../main/buildcache/explain/advice.ts'
import { askedOf } from '../../main/buildcache/explain/asked.ts'
import { explain } from '../../main/buildcache/explain/explanation.ts'
import { cacheFindings } from '../../main/buildcache/explain/hindrances.ts'
import { specsOfLines } from '../../main/buildcache/explain/plan-lines.ts'
import type { Source } from '../../main/buildcache/source.ts'
import { formatReference, parseReference } from '../../main/registry/reference.ts'
import type { JsonObject } from '../../main/spack/json.ts'
import type { SpecGraph } from '../../main/spack/spec/graph.ts'
import { readNodes } from '../../main/spack/spec/read-nodes.ts'
import { StrataError } from '../../main/support/errors.ts'

type Request = Parsed<'cache.explain'>

/**
 * Explains a made-up cache with the real engine's own words. It was filled from the same environment on another day: ncurses by an
 * older compiler, hello in an older version, sqlite with another variant; zstd never came there, figlet was deleted, and the
 * index does not know cowsay.
 */
export function fakeExplanation(detail: EnvironmentDetail, request: Request): Output<'cache.explain'> {
  const { repository: to = 'demo', all } = request
  const mirror = detail.mirrors.find((one) => one.name === to)
  const reference = parseReference(mirror?.fetchUrl ?? to)
  const repository = formatReference(reference)
  if (!detail.concretized) {
    throw new StrataError('lockfile-missing', `the environment ${detail.name} is not concretized`, {
      hint: `Run: spack -e ${detail.name} concretize`,
    })
  }
  const graph = graphOf(
    detail.packages,
    (one) => one.hash,
    () => undefined,
  )
  const source = sourceOf(detail, graph)
  const catalog = repository.includes('empty') ? nothing : cacheOf(detail)
  const commands = commandsFor(repository, request)
  const specs = specsOfLines(request.specs, (hash) => detail.packages.some((one) => one.hash.startsWith(hash)))
  const findings = cacheFindings(source, reference, catalog, commands)
  const asked = askedOf(source, specs, all)
  const words = ['explain', ...specs, '--from', to, ...(all ? ['--all'] : [])]
  return {
    repository,
    packages: catalog.tags.size,
    findings,
    ...explain({ source, catalog, asked, images: new Map(), findings, commands }),
    command: browseCommand(words, { ...request, repository: to }),
  }
}

const none = { gone: [], unlisted: [], passedOver: [] }
const nothing: Catalog = { graph: { nodes: new Map(), roots: [], specVersion: 4 }, tags: new Map(), ...none }

function sourceOf(detail: EnvironmentDetail, graph: SpecGraph): Source {
  const roots = detail.roots.map((one) => one.hash)
  const lock = { version: 5, path: `${detail.folder}/spack.lock`, graph, roots: [...detail.roots] }
  return {
    ...{ instance: undefined, configuration: undefined, store: undefined, database: undefined },
    ...{ databaseProblem: undefined, fingerprint: '', graph, roots },
    environment: { name: detail.name, folder: detail.folder, specs: [], lock, manifestFingerprint: '' },
  }
}

/** What is stored otherwise, by name. */
const changes: Readonly<Record<string, JsonObject>> = {
  ncurses: { compiler: { name: 'gcc', version: '11.4.0' } },
  hello: { version: '2.9' },
  sqlite: { parameters: { build_system: 'autotools', shared: true, static: false, column_metadata: true } },
}

/** In a large environment every package of a round hundred was built by the older compiler, too. */
function changeOf(name: string): JsonObject | undefined {
  return changes[name] ?? (name.endsWith('00') ? changes.ncurses : undefined)
}

function cacheOf({ packages }: EnvironmentDetail): Catalog {
  const changed = new Map<string, boolean>()
  const byHash = new Map(packages.map((one) => [one.hash, one]))
  const isChanged = (one: PackageSummary): boolean => {
    const known = changed.get(one.hash)
    if (known !== undefined) return known
    const below = one.dependencies.some(({ hash }) => {
      const next = byHash.get(hash)
      return next !== undefined && isChanged(next)
    })
    const is = changeOf(one.name) !== undefined || below
    changed.set(one.hash, is)
    return is
  }
  // The other build's hash begins otherwise, as real ones do.
  const hashOf = (one: PackageSummary): string => (isChanged(one) ? [...one.hash].reverse().join('') : one.hash)
  const there = packages.filter(({ name }) => name !== 'zstd')
  const graph = graphOf(there, hashOf, changeOf)
  const figlet = there.find(({ name }) => name === 'figlet')
  const tags = new Map(
    there
      .filter((one) => one !== figlet)
      .map((one) => [hashOf(one), `${one.name}-${graph.nodes.get(hashOf(one))?.version}-${hashOf(one)}.spack`]),
  )
  const cowsay = there.find(({ name }) => name === 'cowsay')
  return {
    ...{ graph, tags, indexVersion: '7', passedOver: [] },
    gone: figlet ? [figlet.hash] : [],
    unlisted: cowsay ? [tags.get(cowsay.hash) ?? ''] : [],
  }
}

function graphOf(
  packages: readonly PackageSummary[],
  hashOf: (one: PackageSummary) => string,
  otherwise: (name: string) => JsonObject | undefined,
): SpecGraph {
  const byHash = new Map(packages.map((one) => [one.hash, one]))
  const nodes = packages.map((one): [string, JsonObject] => {
    const [name = 'gcc', version = ''] = (one.compiler ?? '').split('@')
    const node: JsonObject = {
      name: one.name,
      version: one.version,
      arch: { platform: one.platform, platform_os: one.os, target: one.target },
      compiler: { name, version },
      namespace: one.namespace ?? 'builtin',
      parameters: { build_system: 'autotools', shared: true, static: false },
      dependencies: one.dependencies.flatMap(({ hash, types, virtuals }) => {
        const to = byHash.get(hash)
        return to ? [{ name: to.name, hash: hashOf(to), parameters: { deptypes: types, virtuals } }] : []
      }),
      hash: hashOf(one),
      ...otherwise(one.name),
    }
    return [hashOf(one), node]
  })
  return { nodes: readNodes(new Map(nodes), 'made-up packages', () => 4).nodes, roots: [], specVersion: 4 }
}
