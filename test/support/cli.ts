import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { buildAll } from '../../app/build/build.ts'

const root = join(import.meta.dirname, '../..')

export interface CliResult {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Milliseconds. */
  readonly took: number
}

export interface CliRun {
  readonly pid: number
  readonly ended: Promise<CliResult>
  /** Resolves as soon as standard error has these words. */
  says(words: string): Promise<void>
  kill(signal: NodeJS.Signals): void
}

export interface BuiltCli {
  /** The bundled command line, as it ships. */
  readonly file: string
  /** A fresh folder below which everything of one test may live. */
  folder(): Promise<string>
  /** Starts it with nothing in the environment but PATH, a HOME and what is given. */
  start(args: readonly string[], options: CliOptions): CliRun
  run(args: readonly string[], options: CliOptions): Promise<CliResult>
  remove(): Promise<void>
}

export interface CliOptions {
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly cwd?: string
}

/** Builds the app into a folder of its own, laid out as an installed package. */
export async function buildCli(): Promise<BuiltCli> {
  const base = await mkdtemp(join(tmpdir(), 'strata-cli-'))
  await cp(join(root, 'package.json'), join(base, 'package.json'))
  // Native libraries are looked for there.
  await symlink(join(root, 'node_modules'), join(base, 'node_modules'))
  await buildAll(root, join(base, 'dist'))
  const file = join(base, 'dist', 'strata.js')
  const start = (args: readonly string[], options: CliOptions): CliRun => startProcess([file, ...args], options)
  return {
    file,
    start,
    folder: () => mkdtemp(join(base, 'test-')),
    run: (args, options) => start(args, options).ended,
    remove: () => rm(base, { recursive: true, force: true }),
  }
}

function startProcess(args: readonly string[], { home, env, input, cwd }: CliOptions): CliRun {
  const began = Date.now()
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { PATH: '/usr/bin:/bin', HOME: home, STRATA_HOME: join(home, 'strata'), ...env },
  })
  const texts = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
      for (const listener of listeners) listener()
    })
  }
  child.stdin.on('error', () => undefined)
  child.stdin.end(input ?? '')
  const ended = new Promise<CliResult>((resolve) => {
    child.on('close', (code, signal) => resolve({ code: code ?? signal, ...texts, took: Date.now() - began }))
  })
  return {
    pid: child.pid ?? 0,
    ended,
    says: (words) =>
      new Promise((resolve) => {
        const listener = (): void => {
          if (texts.stderr.includes(words)) resolve()
        }
        listeners.add(listener)
        listener()
      }),
    kill: (signal) => void child.kill(signal),
  }
}

export interface SlowDoor {
  readonly host: string
  /** Bytes that have gone in. */
  passed(): number
  close(): Promise<void>
}

/** A way to a server that lets in `bytesPerSecond`, as a thin line does: what a push takes its time on. */
export async function slowDoor(port: number, bytesPerSecond: number): Promise<SlowDoor> {
  let passed = 0
  const sockets = new Set<{ destroy(): unknown }>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    const slow = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        passed += chunk.length
        setTimeout(() => done(null, chunk), (chunk.length / bytesPerSecond) * 1000)
      },
    })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(slow).pipe(upstream)
    upstream.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed: () => passed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
