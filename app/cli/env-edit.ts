import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buffer as readAll } from 'node:stream/consumers'
import { asText, readToEdit } from '../../main/spack/edit/edited-file.ts'
import { StrataError } from '../../main/support/errors.ts'
import { err, out } from './colours.ts'
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
  const write = (text: string): Promise<boolean> =>
    runEdit({ kind: 'text', text, digest: before.digest, base: before.text }, named)
  if (from === undefined) await inEditor(before.text, write)
  else await write(from === '-' ? asText(await readAll(process.stdin), 'standard input') : await readText(from))
}

/** Throws `config-invalid` for what is not UTF-8, `usage` for a file that is not there. */
async function readText(file: string): Promise<string> {
  const { text, exists } = await readToEdit(file)
  if (exists) return text
  throw new StrataError('usage', `${file} is not there`, {
    hint: 'Name the file that holds the new text, or - for standard input.',
  })
}

/**
 * Runs `$VISUAL` or `$EDITOR` on a copy in a folder that nobody else may read: the text may hold passwords. What was typed and
 * is not written, for whatever reason, is not lost: then the copy stays.
 */
async function inEditor(text: string, write: (edited: string) => Promise<boolean>): Promise<void> {
  const editor = process.env.VISUAL || process.env.EDITOR
  if (!editor) {
    throw new StrataError('usage', 'which editor is missing', {
      hint: 'Set VISUAL or EDITOR, or give the new text with --from FILE.',
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'strata-edit-'))
  const file = join(folder, 'spack.yaml')
  let unwritten = false
  try {
    await writeFile(file, text, { mode: 0o600 })
    await runEditor(editor, file)
    const { text: edited, exists } = await readToEdit(file)
    if (!exists) throw new StrataError('cancelled', 'the editor left no file; nothing is written')
    unwritten = edited !== text
    if (await write(edited)) unwritten = false
  } finally {
    if (unwritten) console.error(`${err.cyan('note:')} What you typed is in ${file}; --from takes it up again.`)
    else await rm(folder, { recursive: true, force: true })
  }
}

/** Throws `cancelled` for an editor that ends with anything but 0. */
async function runEditor(editor: string, file: string): Promise<void> {
  // The variable may hold options, as for git: the shell takes it apart.
  const ended = await new Promise<number | null>((done, fail) => {
    spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
      .once('error', fail)
      .once('close', done)
  })
  if (ended !== 0)
    throw new StrataError('cancelled', `the editor ended with ${ended ?? 'a signal'}; nothing is written`)
}
