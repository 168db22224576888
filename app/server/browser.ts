import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Asks the system to open `url` in the user's browser; does nothing when it cannot. The address goes through a file
 * that only the user can read: on a command line every user of the machine could read its token and use it first.
 *
 * @returns a function that takes the file away again.
 */
export async function openInBrowser(url: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-'))
  const file = join(folder, 'open.html')
  const html = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${url}"><a href="${url}">Strata</a>\n`
  await writeFile(file, html, { mode: 0o600 })
  const [command, ...args] = opener(file)
  // No opener, no browser: the address was printed anyway.
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref()
  return () => rm(folder, { recursive: true, force: true })
}

function opener(file: string): readonly [string, ...string[]] {
  if (process.platform === 'darwin') return ['open', file]
  if (process.platform === 'win32') return ['explorer.exe', file]
  return ['xdg-open', file]
}
