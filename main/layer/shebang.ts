/** What an executable script asks for by its first lines. */
export interface Shebang {
  /** Absolute paths of files that have to be there, in the order in which they are called. */
  readonly paths: readonly string[]
  /** A program that `env` looks for in `PATH`. */
  readonly command?: string
}

/** Bytes of a script's beginning in which its first two lines are looked for (Spack's `spack_shebang_limit`). */
export const shebangBytes = 4096

/** How `sbang` marks the interpreter of the second line, by the comment of the script's language. */
const marks = /^(?:#!|\/\/!|--!|<\?php #!)/

/**
 * What the kernel runs a script with: `#!/bin/sh`, `#!/usr/bin/env -S python3 -u`, or Spack's `sbang` with the interpreter
 * on the second line. Undefined for what is no script, or one with a relative interpreter, which depends on where it is called.
 */
export function readShebang(start: Buffer): Shebang | undefined {
  const [first = '', second = ''] = start.subarray(0, shebangBytes).toString('utf8').split('\n', 2)
  if (!first.startsWith('#!')) return undefined
  const call = callOf(first.slice(2))
  if (call === undefined) return undefined
  const [, sbang] = wordsOf(first.slice(2))
  if (!sbang?.endsWith('/bin/sbang') || !marks.test(second)) return call
  const inner = callOf(second.replace(marks, ''))
  return { paths: [...call.paths, sbang, ...(inner?.paths ?? [])], command: inner?.command }
}

function callOf(line: string): Shebang | undefined {
  const [interpreter, ...words] = wordsOf(line)
  if (!interpreter?.startsWith('/')) return undefined
  if (!interpreter.endsWith('/env')) return { paths: [interpreter] }
  // Options (`-S`, `-i`) and variables come before the program.
  const command = words.find((word) => !word.startsWith('-') && !word.includes('='))
  if (command === undefined) return { paths: [interpreter] }
  if (command.startsWith('/')) return { paths: [interpreter, command] }
  return { paths: [interpreter], command }
}

function wordsOf(line: string): string[] {
  return line.split(/[ \t\r\0]+/).filter((word) => word !== '')
}
