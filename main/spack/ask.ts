import { type ChildProcess, spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { StrataError } from '../support/errors.ts'
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
const keptErrors = 8 * 1024

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
  const child = spawn(executable, ['--color=never', ...options, 'python', '-c', bootstrap], {
    env: environmentFor(instance),
    // Its own process group, so that the Python behind the shell ends with it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const { outcome, output, errors } = await finish(child, JSON.stringify({ script, lists: question.lists }), question)
  if (outcome === 'cancelled') throw new StrataError('cancelled', 'asking Spack was cancelled')
  const answer = outcome === 'ended' ? parseAnswer(output) : undefined
  if (answer === undefined) throw failed(instance, outcome === 'ended' ? 'it gave no answer' : outcome, errors)
  return answer
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

interface Finished {
  /** `ended`, `cancelled`, or why it did not answer. */
  readonly outcome: string
  readonly output: string
  readonly errors: string
}

function finish(child: ChildProcess, request: string, { signal, timeout }: SpackQuestion): Promise<Finished> {
  return new Promise((resolve) => {
    const output: Buffer[] = []
    let size = 0
    let errors = ''
    const done = (outcome: string) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      resolve({ outcome, output: Buffer.concat(output).toString('utf8'), errors })
    }
    const stop = (outcome: string) => {
      endGroup(child)
      done(outcome)
    }
    const cancel = () => stop('cancelled')
    const timer = setTimeout(() => stop('it took too long'), timeout ?? defaultTimeout)
    signal?.addEventListener('abort', cancel, { once: true })
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxAnswer) stop('its answer is too long')
      else output.push(chunk)
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-keptErrors)
    })
    child.on('error', (error) => done(error.message))
    child.on('close', (code) => done(code === 0 ? 'ended' : `it ended with ${code ?? 'a signal'}`))
    child.stdin?.on('error', () => {}) // it ended before it read the question: 'close' says so
    child.stdin?.end(request)
    if (signal?.aborted) cancel()
  })
}

/** The shell in front may be gone already while its Python still runs: the group is what counts. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // all of it has just ended by itself
  }
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
