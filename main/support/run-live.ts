import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { endTree, type Patience } from './process-tree.ts'

export interface LiveRun {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Ends it with everything that it started. */
  readonly signal: AbortSignal
  readonly patience: Patience
  /** Gets standard output and standard error as one stream, in order; nothing more is read until it has resolved. */
  onOutput(chunk: Buffer): Promise<void>
}

/** Absent `exitCode`: a signal ended it. */
export interface LiveEnd {
  readonly exitCode?: number
  readonly signal?: string
}

/** How long the output of an ended program is waited for, in milliseconds, while something it left behind holds it. */
const LINGER = 500

/**
 * Runs a program that prints while it works. It gets a session of its own, and when this returns nothing of that session
 * runs any more: neither after the signal, nor what the program left behind by itself.
 *
 * Standard input is a pipe that stays open and says nothing: Spack 1.x's new installer polls it, which Linux refuses for
 * /dev/null (EPERM), and an ended pipe would keep it busy.
 * Throws the system's error when it cannot be started.
 */
export async function runLive(run: LiveRun): Promise<LiveEnd> {
  const { file, args, cwd, env, signal, patience } = run
  // The shell makes one stream of both, as a terminal has it, and then becomes the program: the pid is the program's.
  const child = spawn('/bin/sh', ['-c', 'exec 2>&1; exec "$0" "$@"', file, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => undefined)
  const exited = new Promise<LiveEnd>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, by) => resolve(code === null ? { signal: by ?? undefined } : { exitCode: code }))
  })
  const reading = readAll(child.stdout, run.onOutput)
  let ending: Promise<void> | undefined
  const end = async (): Promise<void> => {
    if (child.pid === undefined) return
    ending ??= endTree(child.pid, patience)
    await ending
  }
  const cancel = (): void => void end()
  reading.catch(cancel)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    const how = await exited
    await Promise.race([reading, delay(LINGER)])
    await end()
    // What has left the session may still hold the pipe; it is nothing of ours any more.
    await Promise.race([reading, delay(LINGER)])
    return how
  } finally {
    signal.removeEventListener('abort', cancel)
    child.stdin.destroy()
    child.stdout.destroy()
    await reading
  }
}

async function readAll(stream: Readable, onOutput: (chunk: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of stream) await onOutput(chunk as Buffer)
  } catch (error) {
    // It was closed by us, under its reader.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
