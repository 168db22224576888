import { resolve } from 'node:path'
import { foldPadding, formatBytes, plural, shortHash } from '../../main/api/format.ts'
import type { EnvironmentDetail, PackageSummary, Workspace } from '../../main/api/models.ts'
import { StrataError } from '../../main/support/errors.ts'
import { out } from './colours.ts'
import { describeFinding } from './plan-text.ts'
import { withEngine } from './session.ts'
import { type Cell, table } from './table.ts'

/** `strata env list` */
export async function listEnvironments(options: { readonly spack?: string; readonly json?: boolean }): Promise<void> {
  const root = options.spack === undefined ? undefined : resolve(options.spack)
  const env = root === undefined ? process.env : { ...process.env, SPACK_ROOT: root }
  const found = await withEngine((engine) => engine.call('workspace.read', {}), env)
  const workspace = root === undefined ? found : onlyInstance(found, root)
  console.log(options.json ? JSON.stringify(workspace) : describeWorkspace(workspace).join('\n'))
}

/** The workspace with nothing but the installation that was asked for. Throws `spack-not-found`. */
function onlyInstance(workspace: Workspace, root: string): Workspace {
  const instance = workspace.instances.find((one) => one.root === root)
  if (instance) return { ...workspace, instances: [{ ...instance, foundBy: 'given' }], folders: [] }
  throw new StrataError('spack-not-found', `${root} is not a Spack installation`, {
    hint: 'Name the folder that holds bin/spack, the one that SPACK_ROOT names.',
    details: { root },
  })
}

function describeWorkspace({ instances, folders, sampleAvailable }: Workspace): string[] {
  const lines = instances.flatMap((instance) => {
    const title = `${out.bold(`Spack ${instance.version ?? ''}`.trim())} ${instance.root} ${out.dim(instance.foundBy)}`
    if (instance.problem) return [title, `  ${out.red(instance.problem.message)}`]
    if (instance.environments.length === 0) return [title, '  no environments']
    return [title, ...table(instance.environments.map(environmentRow))]
  })
  if (folders.length > 0) lines.push(out.bold('Folders'), ...table(folders.map(environmentRow)))
  if (lines.length > 0) return lines
  return [
    'No Spack was found. Say where it is with --spack DIR, or set SPACK_ROOT.',
    ...(sampleAvailable ? ['To try Strata without one: strata push --sample'] : []),
  ]
}

function environmentRow(one: Workspace['folders'][number]): readonly Cell[] {
  return ['', one.name, one.concretized ? 'concretized' : ['not concretized', out.yellow], [one.folder, out.dim]]
}

/** `strata env show`: without a name the active environment of the user's shell. */
export async function showEnvironment(
  name: string | undefined,
  options: {
    readonly spack?: string
    readonly sysroot?: string
    readonly sizes?: boolean
    readonly json?: boolean
  },
): Promise<void> {
  const environment = name ?? process.env.SPACK_ENV
  if (!environment) {
    throw new StrataError('usage', 'which environment is missing', {
      hint: 'Name one, or activate one with spack env activate. strata env list lists them.',
    })
  }
  const ref = { environment, spack: options.spack, sysroot: options.sysroot }
  await withEngine(async (engine) => {
    const detail = await engine.call('environment.read', ref)
    const sizes = options.sizes ? await engine.call('environment.sizes', ref) : undefined
    if (options.json) console.log(JSON.stringify(sizes ? { ...detail, sizes } : detail))
    else console.log(describeEnvironment(detail, sizes).join('\n'))
  })
}

function describeEnvironment(detail: EnvironmentDetail, sizes: Readonly<Record<string, number>> | undefined): string[] {
  const own = detail.packages.filter((one) => !one.external)
  const installed = own.filter((one) => one.installed).length
  const externals = detail.packages.length - own.length
  const total = sizes && Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0)
  const { spack, store } = detail
  const facts: readonly (readonly [name: string, value: string, setBy?: string])[] = [
    ['folder', detail.folder],
    ...(spack ? [['spack', `${spack.version ?? ''} ${spack.root}`.trim()] as const] : []),
    ...(store ? [['store', foldPadding(store.paddedRoot), describeScopes(store)] as const] : []),
    ...detail.mirrors.map((one) => {
      return ['mirror', `${one.name} ${one.pushUrl ?? one.fetchUrl ?? ''}`.trim(), one.scope] as const
    }),
  ]
  const rows = [...detail.packages]
    .sort((a, b) => Number(b.root) - Number(a.root) || a.name.localeCompare(b.name))
    .map((one) => packageRow(one, sizes))
  return [
    out.bold(detail.name),
    ...table(facts.map(([name, value, setBy = '']) => ['', [name, out.dim], value, [setBy, out.dim]])),
    ...detail.findings.flatMap((finding) => describeFinding(finding)),
    '',
    ...table(rows, { right: sizes ? [6] : [] }),
    ...(rows.length > 0 ? [''] : []),
    [
      plural(detail.roots.length, 'root'),
      `${installed} of ${plural(own.length, 'package')} installed`,
      ...(externals > 0 ? [`${externals} external`] : []),
      ...(total === undefined ? [] : [`${formatBytes(total)} on disk`]),
    ].join(' · '),
  ]
}

/** Where a store's root and its padding are set. */
function describeScopes({ rootScope, paddingScope }: NonNullable<EnvironmentDetail['store']>): string {
  const root = rootScope ?? "Spack's default"
  return paddingScope === undefined ? root : `${root}, padded by ${paddingScope}`
}

function packageRow(one: PackageSummary, sizes: Readonly<Record<string, number>> | undefined): readonly Cell[] {
  const state: Cell = one.external ? 'external' : one.installed ? 'installed' : ['not installed', out.yellow]
  const size = sizes?.[one.hash]
  return [
    one.root ? ['root', out.green] : '',
    `${one.name}@${one.version}`,
    [shortHash(one.hash), out.dim],
    one.compiler ?? '',
    one.target,
    state,
    ...(sizes ? [size === undefined ? '' : formatBytes(size)] : []),
  ]
}
