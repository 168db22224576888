import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A moment in a program's life: just before or after the nth call of this function of `fs` on such a path. */
export interface Moment {
  readonly call: string
  /** Matches the path, or either of the two of a rename. */
  readonly path: RegExp
  readonly nth?: number
  readonly when: 'before' | 'after'
  /** What it gets; nothing but SIGKILL ends it without a word. */
  readonly signal?: 'SIGKILL' | 'SIGINT'
}

/**
 * What to put into a Node program's environment so that it, or a thread of it, kills it at that moment as `kill -9` does:
 * nothing is flushed, nothing is cleaned up. The program itself knows nothing of it.
 */
export function killedAt(
  folder: string,
  moment: Moment,
): { readonly NODE_OPTIONS: string; readonly KILLED_AT: string } {
  const file = join(folder, 'kill-hook.cjs')
  writeFileSync(file, hook)
  const { call, path, nth = 1, when, signal = 'SIGKILL' } = moment
  return {
    NODE_OPTIONS: `--require ${file}`,
    KILLED_AT: JSON.stringify({ call, path: path.source, nth, when, signal }),
  }
}

const hook = `
const fs = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')
const { call, path, nth, when, signal } = JSON.parse(process.env.KILLED_AT)
const pattern = new RegExp(path)
const die = () => process.kill(process.pid, signal)
let seen = 0
for (const api of [fs, fs.promises]) {
  const original = api[call]
  if (original === undefined) continue
  api[call] = function (...args) {
    const meant = args.slice(0, 2).some((one) => (typeof one === 'string' || Buffer.isBuffer(one)) && pattern.test(String(one)))
    const now = meant && ++seen === nth
    if (now && when === 'before') die()
    const result = original.apply(this, args)
    if (now && when === 'after' && result instanceof Promise) return result.then((value) => (die(), value))
    if (now && when === 'after') die()
    return result
  }
}
syncBuiltinESMExports()
`
