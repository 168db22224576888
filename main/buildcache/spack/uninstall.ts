import type { Finding } from '../../api/models.ts'
import type { SpackRunRequest } from '../../api/spack-runs.ts'
import type { Database } from '../../spack/database/database.ts'
import { listEnvironments, readEnvironment, type SpackEnvironment } from '../../spack/environment/environments.ts'
import { dependents, runTimeTypes, type SpecNode } from '../../spack/spec/graph.ts'
import { listNames } from '../../support/findings.ts'
import { fitsSpec } from '../match-packages.ts'
import type { Source } from '../source.ts'

type UninstallRequest = Extract<SpackRunRequest, { readonly action: 'uninstall' }>

/** Names of a list that are worth reading before it is uninstalled. */
const NAMED = 12

/**
 * What else an uninstall touches, by the rules of Spack's `cmd/uninstall.py`: the specs have to fit one installed package
 * of the environment each; what links to those or runs them, anywhere in the store, keeps them unless it goes as well; and so
 * do the other environments that name them. A spec that only Spack can tell is left to it.
 */
export async function uninstallFindings(request: UninstallRequest, source: Source): Promise<Finding[]> {
  const { database, environment } = source
  if (!database) return []
  const findings: Finding[] = []
  const chosen = new Map<string, SpecNode>()
  for (const spec of request.specs) {
    const fitting = installedFits(spec, database, environment)
    if (fitting === undefined) continue
    for (const node of fitting) chosen.set(node.hash, node)
    if (fitting.length !== 1) findings.push(unclear(spec, fitting, environment))
  }
  const users = installedNodes(database, dependents(database.graph, chosen.keys(), runTimeTypes)).filter(
    ({ hash }) => !chosen.has(hash),
  )
  const what = listNames([...chosen.values()].map(labelOf))
  if (users.length > 0) findings.push(dependentFinding(request, { users, what, environment }))
  const gone = request.dependents ? [...chosen.keys(), ...users.map(({ hash }) => hash)] : [...chosen.keys()]
  const others = await environmentsWith(gone, source)
  if (others.length > 0) findings.push(environmentFinding(request, others))
  return findings
}

/** The installed packages that a spec means; undefined where only Spack can tell. */
function installedFits(
  spec: string,
  database: Database,
  environment: SpackEnvironment | undefined,
): readonly SpecNode[] | undefined {
  const hashes = environment?.lock?.graph.nodes.keys() ?? database.graph.nodes.keys()
  const fitting: SpecNode[] = []
  for (const node of installedNodes(database, hashes)) {
    const fits = fitsSpec(spec, database.graph, node)
    if (fits === undefined) return undefined
    if (fits) fitting.push(node)
  }
  return fitting
}

/** Of the store itself: Spack does not uninstall from an upstream. */
function installedNodes({ records, graph }: Database, hashes: Iterable<string>): readonly SpecNode[] {
  return [...hashes].flatMap((hash) => {
    const [record, node] = [records.get(hash), graph.nodes.get(hash)]
    return node && record?.installed && record.upstream === undefined ? [node] : []
  })
}

function unclear(spec: string, fitting: readonly SpecNode[], environment: SpackEnvironment | undefined): Finding {
  const where = environment ? 'in this environment' : 'in the store'
  if (fitting.length === 0) return { severity: 'warning', message: `${spec}: no such package is installed ${where}` }
  const these = listNames(fitting.map((node) => `${labelOf(node)} /${node.hash.slice(0, 7)}`))
  return {
    severity: 'warning',
    message: `${spec} fits ${fitting.length} packages, and Spack uninstalls none of several: ${these}`,
    hint: 'Name the one by its hash.',
  }
}

function dependentFinding(
  { dependents: together, force }: UninstallRequest,
  parts: {
    readonly users: readonly SpecNode[]
    readonly what: string
    readonly environment: SpackEnvironment | undefined
  },
): Finding {
  const { users, what, environment } = parts
  const names = listNames(users.map(labelOf), NAMED)
  const inside = environment?.lock?.graph.nodes
  const outside = inside ? users.filter(({ hash }) => !inside.has(hash)) : []
  const elsewhere = outside.length > 0 ? ` Not of this environment: ${listNames(outside.map(labelOf))}.` : ''
  if (together) return { severity: 'warning', message: `Uninstalled as well: ${names}.${elsewhere}` }
  if (force) {
    return { severity: 'warning', message: `Stay, and may not run without ${what}: ${names}.${elsewhere}` }
  }
  return {
    severity: 'warning',
    message: `Spack refuses without --dependents: ${names} ${users.length === 1 ? 'needs' : 'need'} ${what}.${elsewhere}`,
    hint: 'With dependents they are uninstalled as well.',
  }
}

function environmentFinding({ remove, force }: UninstallRequest, names: readonly string[]): Finding {
  const these = listNames(names)
  if (force) return { severity: 'warning', message: `Other environments lose packages that they name: ${these}` }
  if (remove) {
    return {
      severity: 'note',
      message: `What these environments name as well leaves this one but stays installed: ${these}`,
    }
  }
  return {
    severity: 'warning',
    message: `Spack refuses, because other environments name these packages: ${these}`,
    hint: 'With remove they leave this environment alone, and stay installed for the others.',
  }
}

/** The other named environments whose lockfile has one of these; one that cannot be read has none. */
async function environmentsWith(hashes: readonly string[], source: Source): Promise<readonly string[]> {
  const { instance, configuration, environment } = source
  if (!instance || !configuration || hashes.length === 0) return []
  const names: string[] = []
  for (const { name, folder } of await listEnvironments(instance, configuration).catch(() => [])) {
    if (folder === environment?.folder) continue
    const other = await readEnvironment(instance, folder).catch(() => undefined)
    if (other?.lock && hashes.some((hash) => other.lock?.graph.nodes.has(hash))) names.push(name)
  }
  return names
}

function labelOf({ name, version }: SpecNode): string {
  return `${name}@${version}`
}
