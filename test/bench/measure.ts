import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** How often the memory of a running process is looked at, in milliseconds. */
const LOOK = 15

export interface Measured {
  readonly seconds: number
  /** Peak resident memory of the process itself, in bytes; 0 where there is no /proc. */
  readonly peakBytes: number
  readonly stdout: string
}

/** Runs a command to its end. Throws with the end of what it printed when it fails. */
export function measure(
  command: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Measured> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let peakBytes = 0
    let stdout = ''
    let output = ''
    const look = setInterval(() => {
      peakBytes = Math.max(peakBytes, highWater(child.pid))
    }, LOOK)
    child.stdout.on('data', (bytes) => {
      stdout += bytes
      output += bytes
    })
    child.stderr.on('data', (bytes) => {
      output += bytes
    })
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(look)
      if (code === 0) resolve({ seconds: (performance.now() - startedAt) / 1000, peakBytes, stdout })
      else reject(new Error(`${command.join(' ')} ended with ${code}\n${output.slice(-2000)}`))
    })
  })
}

/** The kernel's own high-water mark: nothing is missed between two looks but what came after the last. */
function highWater(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
