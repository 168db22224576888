import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { StrataError } from '../support/errors.ts'
import { type ProgramResult, runProgram } from '../support/run-program.ts'
import { bootstrap, script, sentinel } from './ask-script.ts'
import type { SpackInstance } from './instances.ts'
import { asBoolean, asObject, asStrings } from './json.ts'

/** One step of a package's run environment. A path is prepended to a list that `separator` joins. */
export interface EnvironmentModification {
  readonly op: 'set' | 'unset' | 'prepend' | 'append' | 'remove'
  readonly name: string
  /** Empty for `unset`. */
  readonly value: string
  readonly separator: string
}

export interface SpackQuestion {
  /** DAG hashes of installed packages; each list is one image's roots, in the order of its lockfile. */
  readonly lists: readonly (readonly string[])[]
  /** The folder of the environment whose configuration (recipe repositories, inspections) applies. */
  readonly environment?: string
  readonly signal?: AbortSignal
  /** Milliseconds; two minutes when absent. The first call of a fresh Spack builds its caches. */
  readonly timeout?: number
}

export interface SpackAnswer {
  /** For each list what it does to the environment, in order; `undefined` where its recipes could not be evaluated. */
  readonly modifications: readonly (readonly EnvironmentModification[] | undefined)[]
  /** Whether a package may be passed on; a package without an entry has no recipe that could be asked. */
  readonly redistributable: ReadonlyMap<string, boolean>
}

const defaultTimeout = 120_000

/** Bounds what a Spack may answer: 10,000 packages give about 30 MB. */
const maxAnswer = 256 * 1024 * 1024

/** Whether this Spack can be run: it has its `bin/spack`, and lies where it was made to lie. */
export function canAsk(instance: SpackInstance): boolean {
  return instance.executable !== undefined && instance.sysroot === undefined
}

/**
 * Runs the user's own Spack once and asks what only recipes know. It changes nothing in the installation.
 * Throws `spack-failed` with the end of what Spack said, `cancelled`; the process group is gone when it returns.
 */
export async function askSpack(instance: SpackInstance, question: SpackQuestion): Promise<SpackAnswer> {
  const { executable } = instance
  if (executable === undefined || !canAsk(instance)) throw failed(instance, 'there is none that can be run here', '')
  const options = await environmentOptions(question.environment)
  const result = await runProgram({
    file: executable,
    args: ['--color=never', ...options, 'python', '-c', bootstrap],
    env: environmentFor(instance),
    input: JSON.stringify({ script, lists: question.lists }),
    timeout: question.timeout ?? defaultTimeout,
    maxOutput: maxAnswer,
    signal: question.signal,
  })
  if (result.kind === 'cancelled') throw new StrataError('cancelled', 'asking Spack was cancelled')
  const answer = result.kind === 'exited' && result.code === 0 ? parseAnswer(result.output) : undefined
  if (answer === undefined) throw failed(instance, reasonOf(result), result.errors)
  return answer
}

function reasonOf(result: Exclude<ProgramResult, { kind: 'cancelled' }>): string {
  if (result.kind === 'stopped') return result.why
  return result.code === 0 ? 'it gave no answer' : `it ended with ${result.code ?? 'a signal'}`
}

/**
 * Spack keeps a lock in the `.spack-env` of an environment that it is given. Where it never did, or where it could not,
 * it answers without the environment's own configuration.
 */
async function environmentOptions(folder: string | undefined): Promise<readonly string[]> {
  if (folder === undefined) return []
  const usable = await access(join(folder, '.spack-env'), constants.W_OK).then(
    () => true,
    () => false,
  )
  return usable ? ['-D', folder] : []
}

/** An active environment of the user's shell would change the answer; his own settings stay. */
function environmentFor(instance: SpackInstance): NodeJS.ProcessEnv {
  return { ...instance.env, SPACK_ENV: undefined, PYTHONSTARTUP: undefined, PYTHONUNBUFFERED: '1' }
}

function parseAnswer(output: string): SpackAnswer | undefined {
  const text = output.split(sentinel)[1]
  const answer = text === undefined ? undefined : asObject(parse(text))
  const redistributable = asObject(answer?.redistributable)
  if (answer === undefined || redistributable === undefined || !Array.isArray(answer.modifications)) return undefined
  const modifications = answer.modifications.map((list: unknown) =>
    Array.isArray(list) ? list.flatMap(readStep) : undefined,
  )
  const known = Object.entries(redistributable).flatMap(([hash, value]) => {
    const allowed = asBoolean(value)
    return allowed === undefined ? [] : [[hash, allowed] as const]
  })
  return { modifications, redistributable: new Map(known) }
}

const operations: readonly EnvironmentModification['op'][] = ['set', 'unset', 'prepend', 'append', 'remove']

function readStep(step: unknown): EnvironmentModification[] {
  const [written, name, value, separator] = asStrings(step)
  const op = operations.find((one) => one === written)
  if (op === undefined || name === undefined || value === undefined || separator === undefined) return []
  return [{ op, name, value, separator }]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function failed(instance: SpackInstance, why: string, errors: string): StrataError {
  const tail = errors.trim().split('\n').slice(-8).join('\n')
  return new StrataError('spack-failed', `Spack at ${instance.root}: ${why}${tail ? `\n${tail}` : ''}`, {
    hint: 'Run `spack python -c "import spack"` to see whether this Spack works.',
    details: { root: instance.root },
  })
}
