import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { StrataError } from '../../main/support/errors.ts'

/** What says outright that a file or folder of this machine is meant, before its path. */
const scheme = /^(docker-archive|oci-archive|oci-layout):(?:\/\/)?(.*)$/s

/**
 * Where an image is written on this machine, as the engine takes it, its path absolute: `out/` and an existing folder
 * are `oci-layout:///…/out`, `out.tar` is `docker-archive:/…/out.tar`. Throws `usage` for anything else.
 */
export async function imageTarget(to: string): Promise<string> {
  const target = absoluteTarget(to)
  if (target !== to || scheme.test(to)) return target
  if (await isFolder(to)) return `oci-layout://${resolve(to)}`
  throw new StrataError('usage', `whether ${to} is to be a folder or a file is not clear`, {
    hint: `Write ${to}/ for an OCI folder, or ${to}.tar for a docker archive.`,
  })
}

/** The same for what may be a repository as well: only what is plainly a path, or has a scheme, changes. */
export function absoluteTarget(to: string): string {
  const [, kind, path = ''] = scheme.exec(to) ?? []
  if (kind === 'oci-layout') return `oci-layout://${resolve(path)}`
  if (kind !== undefined) return `${kind}:${resolve(path)}`
  if (to.includes('://')) return to
  if (to.endsWith('.tar')) return `docker-archive:${resolve(to)}`
  return to.endsWith('/') ? `oci-layout://${resolve(to)}` : to
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
