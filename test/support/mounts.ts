import { execFile } from 'node:child_process'
import { onPath } from './programs.ts'

/**
 * The command that runs `words` after `setup`, lines of shell, has changed what is mounted: in a world of its own that ends
 * with it. Nobody needs to be root for it; who is root is not allowed more by it.
 */
function withMounts(setup: string, words: readonly string[]): readonly string[] {
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', `${setup} && exec "$@"`, 'sh', ...words]
}

/** The command that runs `words` with a disk of so many bytes in `folder`. */
export function withSmallDisk(folder: string, bytes: number, words: readonly string[]): readonly string[] {
  return withMounts(`mount -t tmpfs -o size=${bytes} tmpfs ${quote(folder)}`, words)
}

/** The command that runs `words` while nobody, not even root, may write to this file or into this folder. */
export function withReadOnly(path: string, words: readonly string[]): readonly string[] {
  const place = quote(path)
  return withMounts(`mount --bind ${place} ${place} && mount -o remount,bind,ro ${place}`, words)
}

/** A word of a shell's line, whatever is in it. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** Why nothing can be mounted here; undefined when it can. */
export async function missingMounts(): Promise<string | undefined> {
  if (process.platform !== 'linux' || !(await onPath('unshare'))) return 'there is no unshare (util-linux)'
  const [program = '', ...args] = withSmallDisk('/mnt', 1 << 20, ['true'])
  const refused = await new Promise<boolean>((resolve) => {
    execFile(program, args, (error) => resolve(error !== null))
  })
  return refused ? 'this machine lets nobody mount anything in a user namespace' : undefined
}
