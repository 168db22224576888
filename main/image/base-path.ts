import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StrataError } from '../support/errors.ts'

/**
 * Whether what a user named as a base image is a file or a folder of this machine, rather than a reference: no reference
 * begins like a path. `images/base` alone is an image of Docker Hub, as it is for docker; `./images/base` is a folder.
 */
export function isBasePath(text: string): boolean {
  return /^(?:\/|~\/|\.\.?(?:\/|$)|file:\/\/)/.test(text)
}

/**
 * The absolute path that such a text means, the name of an image at its end left where it is: relative to `folder`, `~`
 * for `home`. Everything else (a reference) comes back as it is. Throws `reference-invalid` for a file:// URL of another
 * machine.
 */
export function absoluteBase(
  text: string,
  { folder, home }: { readonly folder: string; readonly home: string },
): string {
  if (!isBasePath(text)) return text
  if (text.startsWith('file://')) return pathOfUrl(text)
  return text.startsWith('~/') ? resolve(home, text.slice(2)) : resolve(folder, text)
}

function pathOfUrl(text: string): string {
  try {
    return fileURLToPath(text)
  } catch (cause) {
    throw new StrataError('reference-invalid', `"${text}" names no file of this machine`, {
      hint: 'Write file:///path/to/file, or the path alone.',
      cause,
    })
  }
}
