import { type ChildProcess, spawn } from 'node:child_process'

export interface ProgramRun {
  /** A path, or a name that is looked up on the PATH of `env`. */
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Written to standard input, which then ends: the place for secrets, since everyone may read the arguments. */
  readonly input: string
  /** Milliseconds. */
  readonly timeout: number
  /** Bytes of standard output beyond which it is stopped. */
  readonly maxOutput: number
  readonly signal?: AbortSignal
}

/** How it ended; `stopped` says in words why we ended it or could not start it. */
export type ProgramResult =
  | { readonly kind: 'exited'; readonly code: number | null; readonly output: string; readonly errors: string }
  | { readonly kind: 'stopped'; readonly why: string; readonly errors: string; readonly missing: boolean }
  | { readonly kind: 'cancelled' }

const keptErrors = 8 * 1024

/**
 * Runs a program to its end, in a process group of its own: when the time is up, the output too long or the signal
 * fires, it is killed together with everything that it started, and nothing is waited for any more. Never rejects.
 */
export function runProgram(run: ProgramRun): Promise<ProgramResult> {
  const { file, args, env, input, timeout, maxOutput, signal } = run
  return new Promise((resolve) => {
    const child = spawn(file, [...args], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
    const output: Buffer[] = []
    let size = 0
    let errors = ''
    const done = (result: ProgramResult): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      resolve(result)
    }
    const stop = (why: string): void => {
      endGroup(child)
      done({ kind: 'stopped', why, errors, missing: false })
    }
    const cancel = (): void => {
      endGroup(child)
      done({ kind: 'cancelled' })
    }
    const timer = setTimeout(() => stop('it took too long'), timeout)
    signal?.addEventListener('abort', cancel, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxOutput) stop('its answer is too long')
      else output.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-keptErrors)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      done({ kind: 'stopped', why: error.message, errors, missing: error.code === 'ENOENT' })
    })
    child.on('close', (code) => {
      done({ kind: 'exited', code, output: Buffer.concat(output).toString('utf8'), errors })
    })
    child.stdin.on('error', () => undefined) // it ended before it read everything: 'close' says so
    child.stdin.end(input)
    if (signal?.aborted) cancel()
  })
}

/** The shell in front may be gone already while what it started still runs: the group is what counts. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    // Windows knows no process groups.
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // all of it has just ended by itself
  }
}
