import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive } from './processes.ts'

/** How long a tree of processes gets before it is asked less kindly, in milliseconds. */
export interface Patience {
  /** After SIGINT, what Ctrl-C sends: Spack takes its locks and half-made prefixes away. */
  readonly interrupt: number
  /** After SIGTERM. */
  readonly terminate: number
}

const POLL = 50
/** What outlives the leader has nothing to tidy up: a background job of a build script, which ignores SIGINT. */
const ORPHANED = 500
/** SIGKILL cannot be refused, but the kernel takes a moment, and a process that waits for a dead disk for ever. */
const KILLED = 2_000

/**
 * Ends everything that runs in the session that `leader` began, and waits until it has: SIGINT, then SIGTERM, then
 * SIGKILL. Returns at once when nothing does.
 */
export async function endTree(leader: number, patience: Patience): Promise<void> {
  const steps = [
    ['SIGINT', patience.interrupt],
    ['SIGTERM', patience.terminate],
    ['SIGKILL', KILLED],
  ] as const
  for (const [signal, wait] of steps) {
    const begun = Date.now()
    const told = new Set<number>()
    for (;;) {
      const groups = await groupsOf(leader)
      if (groups.length === 0) return
      // Each once, or Spack would be interrupted while it tidies up; a group that has come since is told as well.
      for (const group of groups) if (!told.has(group)) send(group, signal)
      for (const group of groups) told.add(group)
      const waited = Date.now() - begun
      if (waited >= wait || (waited >= ORPHANED && !isAlive(leader))) break
      await delay(Math.min(POLL, wait))
    }
  }
}

/**
 * The process groups that still run in the session: a shell with job control, and builds that open a group of their own,
 * are out of the leader's. Only Linux tells which session a process is in; elsewhere there is the leader's group.
 */
async function groupsOf(leader: number): Promise<readonly number[]> {
  if (process.platform !== 'linux') return send(leader, 0) ? [leader] : []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')))
  const groups = stats.flatMap((stat) => {
    // proc_pid_stat(5): pid (name) state ppid pgrp session …; the name may hold anything, brackets too.
    const [state, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(session) === leader && state !== 'Z' && state !== 'X' ? [Number(group)] : []
  })
  return [...new Set(groups)].sort((a, b) => a - b)
}

function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    return false // all of it has just ended by itself
  }
}
