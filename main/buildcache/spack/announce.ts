import type { SpackOutput } from '../../api/spack-runs.ts'

/** Milliseconds between two events: ten a second. */
const INTERVAL = 100
/** Lines of one event; of a flood the last ones. */
const SHOWN = 500

/** Tells of new lines at most ten times a second, the first at once. */
export interface Announcer {
  lines(from: number, lines: readonly string[], partial: string): void
  /** Tells what has not been told yet; nothing comes after. */
  end(): void
}

export function announcer(job: string, onOutput: (output: SpackOutput) => void): Announcer {
  let [from, total] = [0, 0]
  let lines: string[] = []
  let [partial, told] = ['', '']
  let timer: NodeJS.Timeout | undefined
  const tell = (): void => {
    timer = undefined
    if (lines.length === 0 && partial === told) return
    onOutput({ job, from, lines, total, ...(partial !== '' && { partial }) })
    told = partial
    lines = []
    timer = setTimeout(tell, INTERVAL)
  }
  return {
    lines: (first, added, rest) => {
      lines = [...lines, ...added].slice(-SHOWN)
      total = first + added.length
      from = total - lines.length
      partial = rest
      if (timer === undefined) tell()
    },
    end: () => {
      clearTimeout(timer)
      partial = ''
      tell()
      clearTimeout(timer)
    },
  }
}
