import { join } from 'node:path'
import type {
  EnvironmentDetail,
  EnvironmentEntry,
  EnvironmentRef,
  Finding,
  Mirror,
  PackageSummary,
  SpackInstance,
} from '../api/models.ts'
import { canAsk } from '../spack/ask.ts'
import { type Configuration, readConfiguration } from '../spack/config/configuration.ts'
import { type Mirror as ConfiguredMirror, readMirrors } from '../spack/config/mirrors.ts'
import { listEnvironments, unconcretized } from '../spack/environment/environments.ts'
import type { SpackInstance as Instance } from '../spack/instances.ts'
import { asObject } from '../spack/json.ts'
import type { SpecNode } from '../spack/spec/graph.ts'
import { mapConcurrently } from '../support/concurrency.ts'
import { toErrorBody } from '../support/errors.ts'
import { listNames } from '../support/findings.ts'
import { describePackage } from './describe-package.ts'
import { diskSize } from './disk-size.ts'
import { isOci } from './mirror-logins.ts'
import { concretizeCommand } from './push/command.ts'
import type { Source } from './source.ts'

type Store = NonNullable<EnvironmentDetail['store']>

/** Prefixes measured at a time. */
const MEASURED = 8

/** A Spack instance with its named environments; what is wrong with it is part of the answer, not an error. */
export async function describeInstance(instance: Instance): Promise<SpackInstance> {
  const { root, sysroot, version, foundBy } = instance
  const described = { root, sysroot, version, foundBy, runnable: canAsk(instance) }
  try {
    const entries = await listEnvironments(instance, await readConfiguration(instance))
    const environments = entries.map((entry): EnvironmentEntry => {
      return { ...entry, ref: { spack: root, sysroot, environment: entry.name } }
    })
    return { ...described, environments }
  } catch (error) {
    return { ...described, environments: [], problem: toErrorBody(error) }
  }
}

/** One environment, all of it: roots, every package of its lockfile, mirrors, store. */
export function describeEnvironment(ref: EnvironmentRef, source: Source): EnvironmentDetail {
  const { environment, instance, store, database, graph, configuration } = source
  const roots = new Set(source.roots)
  const mirrors = configuration ? readMirrors(configuration) : []
  return {
    ref: { ...ref, spack: ref.spack ?? instance?.root },
    name: environment?.name ?? ref.environment,
    folder: environment?.folder ?? '',
    specs: [...(environment?.specs ?? [])],
    concretized: environment?.lock !== undefined,
    lockfileVersion: environment?.lock?.version,
    roots: (environment?.lock?.roots ?? []).map(({ hash, spec }) => ({ hash, spec })),
    packages: [...graph.nodes.values()].map((node) => summarize(node, source, roots)),
    mirrors: mirrors.map((mirror) => describeMirror(mirror, configuration)),
    spack: instance && { root: instance.root, version: instance.version },
    store: store && {
      root: store.root,
      paddedRoot: store.paddedRoot,
      ...storeScopes(configuration),
      databaseVersion: database?.version,
    },
    findings: findingsOf(ref, source, mirrors),
  }
}

/** Bytes on disk of every installed package of the environment, by DAG hash. */
export async function measureEnvironment(source: Source): Promise<Record<string, number>> {
  const sysroot = source.instance?.sysroot ?? '/'
  const installed = [...source.graph.nodes.keys()].flatMap((hash) => {
    const record = source.database?.records.get(hash)
    return record?.installed && record.path !== undefined && !source.graph.nodes.get(hash)?.external
      ? [{ hash, prefix: join(sysroot, record.path) }]
      : []
  })
  const sizes = await mapConcurrently(installed, MEASURED, ({ prefix }) => diskSize(prefix))
  return Object.fromEntries(installed.map(({ hash }, i) => [hash, sizes[i] ?? 0]))
}

function summarize(node: SpecNode, source: Source, roots: ReadonlySet<string>): PackageSummary {
  const record = source.database?.records.get(node.hash)
  return {
    ...describePackage(node),
    root: roots.has(node.hash),
    installed: record?.installed === true,
    prefix: record?.path ?? node.external?.path,
    upstream: record?.upstream,
  }
}

/** Old Spacks take a text in the place of the mapping: it says both. */
function storeScopes(configuration: Configuration | undefined): Pick<Store, 'rootScope' | 'paddingScope'> {
  const tree = ['config', 'install_tree']
  const mapping = asObject(configuration?.get(tree))
  return {
    rootScope: mapping ? setBy(configuration, [...tree, 'root']) : setBy(configuration, tree),
    paddingScope: setBy(configuration, [...tree, 'padded_length']),
  }
}

/** The scope that sets the value at `path`, with the file and the line; undefined where none does. */
function setBy(configuration: Configuration | undefined, path: readonly string[]): string | undefined {
  const place = configuration?.place(path)
  return place && `${place.scope} (${place.file}:${place.line})`
}

function describeMirror(mirror: ConfiguredMirror, configuration: Configuration | undefined): Mirror {
  const pushUrl = mirror.push?.url
  return {
    name: mirror.name,
    fetchUrl: mirror.fetch?.url,
    pushUrl,
    oci: isOci(pushUrl),
    signed: mirror.signed,
    scope: setBy(configuration, ['mirrors', mirror.name]) ?? 'unknown',
  }
}

/** What was added to an environment’s spack.yaml since it was concretized. `named`: its name, or its folder. */
export function addedFindings({ environment }: Source, named: string): Finding[] {
  const added = environment?.lock ? unconcretized(environment) : []
  if (added.length === 0) return []
  const message = `${listNames(added)} ${added.length === 1 ? 'is' : 'are'} in spack.yaml, and not concretized yet`
  return [{ severity: 'warning', message, hint: `Run: ${concretizeCommand(named)}` }]
}

function findingsOf(ref: EnvironmentRef, source: Source, mirrors: readonly ConfiguredMirror[]): Finding[] {
  const findings: Finding[] = []
  if (source.environment && !source.environment.lock) {
    const hint = `Run: ${concretizeCommand(ref.environment)}`
    findings.push({ severity: 'warning', message: 'The environment is not concretized', hint })
  }
  findings.push(...addedFindings(source, ref.environment))
  if (!source.instance) {
    findings.push({
      severity: 'note',
      message: 'No Spack was found on this machine: only what the lockfile says can be shown',
      hint: 'Set SPACK_ROOT, or open the Spack folder.',
    })
  }
  if (source.databaseProblem) {
    findings.push({
      severity: 'note',
      message: `Nothing is installed in ${source.store?.root} yet`,
      hint: 'It has no database of installed packages. If it should have one, config:install_tree:root names another store.',
    })
  }
  for (const warning of source.configuration?.warnings ?? []) findings.push({ severity: 'warning', message: warning })
  for (const mirror of mirrors.filter((one) => one.secretInFile)) {
    findings.push({
      severity: 'warning',
      message: `The password of mirror ${mirror.name} stands in ${mirror.origin?.file ?? 'a configuration file'}`,
      hint: 'Everyone who can read the file can use it. Name environment variables instead (id_variable, secret_variable).',
    })
  }
  return findings
}
