import type { Output, Parsed } from '../../main/api/contract.ts'
import type { PackageSummary } from '../../main/api/models.ts'
import type { Host } from '../../main/buildcache/source.ts'
import { configurationOf, openSubject } from '../../main/buildcache/spack-files/place.ts'
import { paddingOf, settingOf } from '../../main/buildcache/spack-files/read.ts'
import { type Store, storeOf } from '../../main/spack/config/store.ts'
import type { InstallRecord } from '../../main/spack/database/database.ts'
import { scopeFiles } from '../../main/spack/edit/scope-file.ts'
import { roomOf } from '../../main/spack/padding.ts'
import type { SpecGraph, SpecNode } from '../../main/spack/spec/graph.ts'
import { StrataError } from '../../main/support/errors.ts'

/**
 * What the real engine says of made-up packages, in the store that the fake machine's configuration names: padded otherwise, it
 * is another store, in which none of them lies.
 */
export async function fakePadding(
  request: Parsed<'padding.read'>,
  packages: readonly PackageSummary[],
  sysroot: string,
  host: Host,
): Promise<Output<'padding.read'>> {
  const { spack, environment, into, length } = request
  const subject = await openSubject({ spack, environment, sysroot }, host)
  const configuration = await configurationOf(subject)
  if (!subject.instance) throw new StrataError('spack-not-found', 'no store was found')
  const store = await storeOf(configuration, subject.instance)
  const graph = graphOf(packages)
  const here = packages.filter(({ prefix }) => prefix?.startsWith(`${store.paddedRoot}/linux`))
  const records = new Map(here.map((one) => [one.hash, recordOf(one)]))
  return {
    ...paddingOf({ store, graph, rooms: roomOf(graph, records, store), goal: into === undefined ? undefined : storeAt(into), length }), // biome-ignore format: one thought
    setting: settingOf(configuration),
    scopes: scopeFiles('config', subject.instance, configuration, subject.environment).map(({ scope, file }) => ({
      scope,
      file,
      writable: scope !== 'system',
    })),
  }
}

function graphOf(packages: readonly PackageSummary[]): SpecGraph {
  const nodes = packages.map(({ hash, name, version, dependencies }): [string, SpecNode] => {
    const edges = dependencies.map((one) => ({ ...one, name: one.hash }))
    return [hash, { hash, name, version, edges, platform: 'linux', os: '', target: '', parameters: {}, raw: {}, specVersion: 4 }] // biome-ignore format: plain data
  })
  return { nodes: new Map(nodes), roots: [], specVersion: 4 }
}

function recordOf({ hash, prefix, installed }: PackageSummary): InstallRecord {
  return { hash, path: prefix, installed, explicit: false, installationTime: 0, refCount: 0 }
}

/** A Spack's store, or a plain folder. */
function storeAt(into: string): Store {
  if (!into.startsWith('/')) throw new StrataError('usage', `${into} is not a folder`, { hint: 'Give its whole path.' })
  const root = into.endsWith('/spack') ? `${into}/opt/spack` : into
  return { root, paddedRoot: root, sbangPath: `${root}/bin/sbang`, upstreams: [] }
}
