import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** Python as Spack uses it: `fcntl.lockf`, never waiting. */
const script = `
import base64, fcntl, os, sys
files = {}
for line in sys.stdin:
    words = line.split(None, 4)
    try:
        if words[0] == 'run':
            exec(line.split(None, 1)[1])
            sys.stdout.flush()
            continue
        path, mode, start, length = words[0], words[1], int(words[2]), int(words[3])
        if path not in files:
            files[path] = os.open(path, os.O_RDWR | os.O_CREAT)
        nb = fcntl.LOCK_NB
        op = {'shared': fcntl.LOCK_SH | nb, 'exclusive': fcntl.LOCK_EX | nb, 'unlock': fcntl.LOCK_UN}[mode]
        fcntl.lockf(files[path], op, length, start, os.SEEK_SET)
        print('taken', flush=True)
    except BlockingIOError:
        print('busy', flush=True)
`

/** Another process that locks files as Spack does. `lock` answers `taken` or `busy`. */
export interface PythonLocker {
  readonly pid: number
  /** The whole file, or the one byte at `start`. */
  lock(path: string, mode: 'shared' | 'exclusive', start?: bigint): Promise<string>
  unlock(path: string): Promise<string>
  run(code: string): Promise<string>
  kill(): void
}

/** Starts it; it ends with the test. */
export function startPythonLocker(): PythonLocker {
  const child = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\n`)
    const answer = await lines.next()
    return answer.done ? 'gone' : answer.value
  }
  return {
    pid: pidOf(child),
    lock: (path, mode, start) => ask(`${path} ${mode} ${start ?? 0} ${start === undefined ? 0 : 1}`),
    unlock: (path) => ask(`${path} unlock 0 0`),
    run: (code) => ask(`run ${code}`),
    kill: () => {
      child.kill('SIGKILL')
    },
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('python3 did not start')
  return child.pid
}
