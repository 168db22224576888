import pc from 'picocolors'
import { formatBytes, plural, shortHash } from '../../main/api/format.ts'
import type { EnvironmentDetail, Workspace } from '../../main/api/models.ts'
import { withEngine } from './session.ts'
import { table } from './table.ts'

/** `strata env list` */
export async function listEnvironments(options: { spack?: string; json?: boolean }): Promise<void> {
  const env = options.spack === undefined ? process.env : { ...process.env, SPACK_ROOT: options.spack }
  const workspace = await withEngine((engine) => engine.call('workspace.read', {}), env)
  if (options.json) console.log(JSON.stringify(workspace))
  else console.log(describeWorkspace(workspace).join('\n'))
}

function describeWorkspace({ instances, folders, sampleAvailable }: Workspace): string[] {
  const lines = instances.flatMap((instance) => {
    const title = `${pc.bold(`Spack ${instance.version ?? ''}`.trim())} ${instance.root} ${pc.dim(instance.foundBy)}`
    if (instance.problem) return [title, `  ${pc.red(instance.problem.message)}`]
    if (instance.environments.length === 0) return [title, '  no environments']
    return [title, ...table(instance.environments.map((one) => ['', one.name, state(one.concretized), one.folder]))]
  })
  if (folders.length > 0)
    lines.push(pc.bold('Folders'), ...table(folders.map((one) => ['', one.name, state(one.concretized), one.folder])))
  if (lines.length > 0) return lines
  return [
    'No Spack was found. Say where it is with --spack DIR, or set SPACK_ROOT.',
    ...(sampleAvailable ? ['To try Strata without one: strata push --sample'] : []),
  ]
}

function state(concretized: boolean): string {
  return concretized ? 'concretized' : 'not concretized'
}

/** `strata env show` */
export async function showEnvironment(
  environment: string,
  options: { spack?: string; sysroot?: string; sizes?: boolean; json?: boolean },
): Promise<void> {
  const ref = { environment, spack: options.spack, sysroot: options.sysroot }
  await withEngine(async (engine) => {
    const detail = await engine.call('environment.read', ref)
    const sizes = options.sizes ? await engine.call('environment.sizes', ref) : undefined
    if (options.json) console.log(JSON.stringify(sizes ? { ...detail, sizes } : detail))
    else console.log(describeEnvironment(detail, sizes).join('\n'))
  })
}

function describeEnvironment(detail: EnvironmentDetail, sizes: Record<string, number> | undefined): string[] {
  const { packages } = detail
  const own = packages.filter((one) => !one.external)
  const installed = own.filter((one) => one.installed).length
  const rows = [...packages]
    .sort((a, b) => Number(b.root) - Number(a.root) || a.name.localeCompare(b.name))
    .map((one) => [
      one.root ? pc.green('root') : '',
      shortHash(one.hash),
      `${one.name}@${one.version}`,
      one.compiler ?? '',
      one.target,
      one.external ? 'external' : one.installed ? 'installed' : pc.yellow('not installed'),
      ...(sizes ? [formatBytes(sizes[one.hash] ?? 0)] : []),
    ])
  return [
    `${pc.bold(detail.name)} ${pc.dim(detail.folder)}`,
    `${plural(detail.roots.length, 'root')}, ${installed} of ${plural(own.length, 'package')} installed`,
    ...(detail.store ? [`store ${detail.store.paddedRoot}`] : []),
    ...detail.mirrors.map((one) => `mirror ${one.name} ${one.pushUrl ?? ''}`),
    ...detail.findings.map(
      (one) => `${pc.yellow(`${one.severity}:`)} ${one.message}${one.hint ? ` ${pc.dim(one.hint)}` : ''}`,
    ),
    ...table(rows, sizes ? [6] : []),
  ]
}
