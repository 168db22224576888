import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { StrataError } from '../../main/support/errors.ts'
import { out } from './colours.ts'
import { describeCheck, type EditOptions, runEdit } from './edit.ts'
import { withEngine } from './session.ts'

/** The environment that was named, else the one that is active in the user's shell. Throws `usage`. */
export function namedEnvironment<T extends EditOptions>(options: T): T & { readonly env: string } {
  const env = options.env ?? process.env.SPACK_ENV
  if (env) return { ...options, env }
  throw new StrataError('usage', 'which environment is missing', {
    hint: 'Name it with --env, or activate one with spack env activate. strata env list lists them.',
  })
}

export interface CreateOptions extends EditOptions {
  readonly dir?: string
  readonly add?: readonly string[]
  readonly view?: boolean
  readonly withView?: string
  readonly withoutView?: boolean
}

/** `strata env create` */
export async function createEnvironment(name: string | undefined, options: CreateOptions): Promise<void> {
  const { dir, add = [], withView, withoutView } = options
  if ((name === undefined) === (dir === undefined)) {
    throw new StrataError('usage', 'an environment has a name, or a folder', { hint: 'Give a name, or --dir FOLDER.' })
  }
  const view = withoutView ? false : (withView ?? true)
  const place = dir === undefined ? ('named' as const) : ('folder' as const)
  const where = dir === undefined ? (name ?? '') : resolve(dir)
  await runEdit({ kind: 'create', place, name: where, specs: [...add], view }, options)
}

/** `strata env add` */
export async function addSpecs(specs: readonly string[], options: EditOptions): Promise<void> {
  await runEdit({ kind: 'add-specs', specs: [...specs] }, namedEnvironment(options))
}

/** `strata env remove` */
export async function removeSpecs(specs: readonly string[], options: EditOptions): Promise<void> {
  await runEdit({ kind: 'remove-specs', specs: [...specs] }, namedEnvironment(options))
}

/** `strata env change` */
export async function changeSpec(from: string, to: string, options: EditOptions): Promise<void> {
  await runEdit({ kind: 'change-spec', from, to }, namedEnvironment(options))
}

/** `strata env view` */
export async function setView(view: string, options: EditOptions): Promise<void> {
  const value = view === 'on' || view === 'true' ? true : view === 'off' || view === 'false' ? false : view
  await runEdit({ kind: 'set-view', view: value }, namedEnvironment(options))
}

/** `strata env check`: says what is wrong with a spack.yaml; a problem ends the command with 1. */
export async function checkEnvironment(options: EditOptions): Promise<void> {
  const { env: environment, spack, sysroot, json } = namedEnvironment(options)
  const { file, checks } = await withEngine((engine) =>
    engine.call('environment.text', { environment, spack, sysroot }),
  )
  if (checks.some(({ severity }) => severity === 'problem')) process.exitCode = 1
  if (json) console.log(JSON.stringify({ file, checks }))
  else if (checks.length === 0) console.log(`${out.green('✓')} ${file}: nothing is wrong with it`)
  else console.log(checks.flatMap((check) => describeCheck(check, file)).join('\n'))
}

/** `strata env edit`: the user's editor, or a file, or standard input; what comes of it is shown before it is written. */
export async function editEnvironment(options: EditOptions & { readonly from?: string }): Promise<void> {
  const named = namedEnvironment(options)
  const { env: environment, spack, sysroot, from } = named
  const before = await withEngine((engine) => engine.call('environment.text', { environment, spack, sysroot }))
  const text =
    from === undefined ? await inEditor(before.text) : from === '-' ? await readAll(process.stdin) : await read(from)
  await runEdit({ kind: 'text', text, digest: before.digest }, named)
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new StrataError('usage', `${file} cannot be read`, { cause })
  })
}

/** Runs `$VISUAL` or `$EDITOR` on a copy in a folder that nobody else may read: the text may hold passwords. */
async function inEditor(text: string): Promise<string> {
  const editor = process.env.VISUAL || process.env.EDITOR
  if (!editor) {
    throw new StrataError('usage', 'which editor is missing', {
      hint: 'Set VISUAL or EDITOR, or give the new text with --from FILE.',
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'strata-edit-'))
  const file = join(folder, 'spack.yaml')
  try {
    await writeFile(file, text, { mode: 0o600 })
    // The variable may hold options, as for git: the shell takes it apart.
    const ended = await new Promise<number | null>((done, fail) => {
      spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
        .once('error', fail)
        .once('close', done)
    })
    if (ended !== 0)
      throw new StrataError('cancelled', `the editor ended with ${ended ?? 'a signal'}; nothing is written`)
    return await readFile(file, 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
