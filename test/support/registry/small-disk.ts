import { execFile } from 'node:child_process'
import { onPath } from '../programs.ts'

/** Mounts a file system of $1 bytes on $2, in a world of its own, and becomes the rest of the words. */
const script = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'
const namespace = ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'] as const

/** The command that runs `words` with a disk of so many bytes in `folder`; nobody needs to be root for it. */
export function withSmallDisk(folder: string, bytes: number, words: readonly string[]): readonly string[] {
  return ['unshare', ...namespace, String(bytes), folder, ...words]
}

/** Why no small disk can be had here; undefined when it can. */
export async function missingSmallDisk(): Promise<string | undefined> {
  if (process.platform !== 'linux' || !(await onPath('unshare'))) return 'there is no unshare (util-linux)'
  const [program = '', ...args] = withSmallDisk('/mnt', 1 << 20, ['true'])
  const refused = await new Promise<boolean>((resolve) => {
    execFile(program, args, (error) => resolve(error !== null))
  })
  return refused ? 'this machine lets nobody mount a tmpfs in a user namespace' : undefined
}
