import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { Finding } from '../../api/models.ts'
import type { SpackPlan, SpackRunRequest } from '../../api/spack-runs.ts'
import { canAsk } from '../../spack/ask.ts'
import { readMirrors } from '../../spack/config/mirrors.ts'
import {
  environmentFingerprint,
  findEnvironment,
  type SpackEnvironment,
  unconcretized,
} from '../../spack/environment/environments.ts'
import type { SpackInstance } from '../../spack/instances.ts'
import { spackArguments, spackVariables } from '../../spack/run/command.ts'
import { noSpack } from '../../spack/run/getting-spack.ts'
import { assertNever } from '../../support/assert.ts'
import { StrataError } from '../../support/errors.ts'
import { listNames } from '../../support/findings.ts'
import { fitsSpec } from '../match-packages.ts'
import { stalePlan } from '../plan-shelf.ts'
import { shellQuote } from '../push/command.ts'
import { chooseInstance, type Host, openSource, type Source } from '../source.ts'
import { uninstallFindings } from './uninstall.ts'

type InstallRequest = Extract<SpackRunRequest, { readonly action: 'install' }>

/** A run of Spack that has been planned. */
export interface PreparedRun {
  readonly plan: SpackPlan
  readonly request: SpackRunRequest
  readonly instance: SpackInstance
  readonly executable: string
  readonly args: readonly string[]
  /** What could be read of the environment and the store; a damaged lockfile does not keep Spack from mending it. */
  readonly source: Source | undefined
  /** Throws `plan-stale` when the environment has changed since. */
  checkFresh(): Promise<void>
}

/**
 * Decides which command is run, and says what can be said beforehand. Runs nothing. Throws `spack-not-found` with how to
 * get it, `environment-not-found`, and `usage` for what Spack would misunderstand.
 */
export async function prepareRun(request: SpackRunRequest, host: Host, now: () => number): Promise<PreparedRun> {
  const instance = await runnableInstance(request, host)
  const { environment: name } = request
  const environment = name === undefined ? undefined : await findEnvironment(instance, name)
  const folder = environment?.folder
  const args = spackArguments(request, folder)
  const fingerprint = folder && (await environmentFingerprint(instance, folder))
  const ref = { spack: instance.root, environment: folder }
  const source = await openSource(ref, host).catch(() => undefined)
  const plan: SpackPlan = {
    id: randomBytes(8).toString('hex'),
    action: request.action,
    title: titleOf(request, environment && basename(environment.name)),
    madeAt: now(),
    command: [instance.executable, ...args].map(shellQuote).join(' '),
    cwd: folder ?? host.home,
    variables: spackVariables(request.colours),
    spack: { root: instance.root, version: instance.version },
    environment: folder,
    findings: source ? [...findingsOf(request, source), ...(await dependentsOf(request, source))] : [],
  }
  return {
    plan,
    request,
    instance,
    executable: instance.executable,
    args,
    source,
    checkFresh: async () => {
      if (folder === undefined || fingerprint === (await environmentFingerprint(instance, folder))) return
      throw stalePlan('the environment has changed')
    },
  }
}

async function runnableInstance(
  request: SpackRunRequest,
  host: Host,
): Promise<SpackInstance & { readonly executable: string }> {
  const instance = await chooseInstance(request, host).catch((error: unknown) => {
    if (error instanceof StrataError && error.code === 'spack-not-found') throw noSpack(error.message, request.spack)
    throw error
  })
  if (instance === undefined) throw noSpack('no Spack was found on this machine')
  const { executable, root } = instance
  if (executable === undefined) throw noSpack(`the Spack at ${root} has no bin/spack`, root)
  if (!canAsk(instance)) throw noSpack(`the Spack at ${root} was made for another root folder and cannot be run`, root)
  return { ...instance, executable }
}

/** Of an uninstall; what cannot be read of the store is left for Spack to find. */
async function dependentsOf(request: SpackRunRequest, source: Source): Promise<readonly Finding[]> {
  return request.action === 'uninstall' ? uninstallFindings(request, source) : []
}

function titleOf(request: SpackRunRequest, environment: string | undefined): string {
  const where = environment === undefined ? '' : ` in ${environment}`
  switch (request.action) {
    case 'concretize':
      return `Concretize ${environment}`
    case 'install': {
      const what = request.specs.length > 0 ? listNames(request.specs) + where : environment
      return `${request.cacheOnly ? 'Install from caches' : 'Install'} ${what}`
    }
    case 'uninstall':
      return `Uninstall ${listNames(request.specs)}${where}`
    case 'find':
      return `Find ${request.specs.length > 0 ? listNames(request.specs) : 'what is installed'}${where}`
    default:
      return assertNever(request)
  }
}

function findingsOf(request: SpackRunRequest, { environment, configuration, instance }: Source): Finding[] {
  const findings: Finding[] = []
  const binary = configuration && readMirrors(configuration).filter((mirror) => mirror.binary && mirror.fetch)
  if (request.action === 'install' && request.cacheOnly && binary?.length === 0) {
    findings.push({
      severity: 'warning',
      message: 'No mirror is configured that packages could be installed from',
      hint: 'Add the build cache as a mirror first.',
    })
  }
  const newInstaller = configuration?.get(['config', 'installer']) === 'new'
  if (request.action === 'install' && request.cacheOnly && newInstaller && instance?.version?.startsWith('1.1.')) {
    findings.push({
      severity: 'problem',
      message: "The new installer of Spack 1.1 cannot install from caches alone ('not implemented')",
      hint: 'Set config:installer to old, or install without cache-only: packages that a cache has come from there all the same.',
    })
  }
  if (request.action === 'install' && environment && !environment.lock) {
    findings.push({ severity: 'note', message: 'The environment is not concretized yet: Spack does that first' })
  }
  if (request.action === 'install') findings.push(...outsideFindings(request, environment))
  if (request.action === 'concretize' && environment?.lock && !request.force) {
    const message = 'What is concretized already stays as it is'
    findings.push({ severity: 'note', message, hint: 'With force everything is concretized anew.' })
  }
  return findings
}

/**
 * Specs of an install without `add` that fit nothing in the environment: Spack installs the others, and refuses when there
 * are none (`install_with_active_env`). Nothing is said where roots are yet to be concretized, or only Spack can tell.
 */
function outsideFindings({ specs, add }: InstallRequest, environment: SpackEnvironment | undefined): Finding[] {
  const graph = environment?.lock?.graph
  if (add || !graph || unconcretized(environment).length > 0) return []
  const nodes = [...graph.nodes.values()]
  const outside = specs.filter((spec) => nodes.every((node) => fitsSpec(spec, graph, node) === false))
  if (outside.length === 0) return []
  const all = outside.length === specs.length
  const what = `${listNames(outside)} ${outside.length === 1 ? 'fits' : 'fit'} no package of this environment`
  const message = `${what}: Spack ${all ? 'refuses' : 'leaves that out'}`
  return [{ severity: 'warning', message, hint: 'With add it becomes a root first.' }]
}
