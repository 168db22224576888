import { formatReference, parseReference } from '../../main/registry/reference.ts'
import { StrataError } from '../../main/support/errors.ts'

/** One image as it was typed: its repository, and the tag or digest when there is one. */
export interface ImageReference {
  /** A reference without a tag, or the name of a mirror. */
  readonly repository: string
  readonly version?: string
}

/**
 * `oci://host/name:tag`, `oci-layout:///folder@sha256:…`, `mirror:tag`. A bare word is a mirror, as for every command that
 * works on a repository. Throws `reference-invalid`.
 */
export function parseImageReference(text: string): ImageReference {
  const mirror = /^([A-Za-z0-9._-]+)(?::([A-Za-z0-9_][A-Za-z0-9._-]*)|@(sha256:[0-9a-f]{64}))?$/.exec(text)
  if (mirror?.[1] !== undefined) return { repository: mirror[1], version: mirror[2] ?? mirror[3] }
  const { tag, digest, ...rest } = parseReference(text)
  return { repository: formatReference(rest), version: digest ?? tag }
}

/** The reference of a command that works on one image. Throws `usage` when it has neither a tag nor a digest. */
export function wantImage({ repository, version }: ImageReference, text: string): Required<ImageReference> {
  if (version !== undefined) return { repository, version }
  throw new StrataError('usage', `${text} names a repository, and no image in it`, {
    hint: `Write the image's tag or digest after it: ${text}:TAG or ${text}@sha256:…`,
  })
}
