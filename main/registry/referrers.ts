import { StrataError } from '../support/errors.ts'
import { type Digest, isDigest } from './digest.ts'
import { mediaTypes, parseObject } from './media-types.ts'
import { type PagedList, readPages } from './pages.ts'
import { type Manifest, maxManifestSize, type Referrer } from './repository.ts'

/**
 * The tag that holds the list of referrers where a registry does not know the referrers API (OCI distribution
 * specification, "Referrers Tag Schema").
 */
export function referrersTag(subject: Digest): string {
  return subject.replace(':', '-')
}

/** The list of referrers as it is written under that tag. */
export function referrersIndex(referrers: readonly Referrer[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: referrers }))
}

/** The referrers that an image index lists; undefined when it is no image index. */
export function parseReferrers(bytes: Buffer): readonly Referrer[] | undefined {
  const document = parseObject(bytes)
  // `null` is how Go writes an empty list.
  const entries: unknown = document?.manifests ?? []
  if (document?.schemaVersion !== 2 || !Array.isArray(entries)) return undefined
  return entries.filter(isReferrer)
}

/** What a manifest refers to, and how it is listed there; undefined when it has no subject. */
export function asReferrer({
  bytes,
  mediaType,
  digest,
  size,
}: Manifest): { readonly subject: Digest; readonly referrer: Referrer } | undefined {
  const document = parseObject(bytes)
  const subject = objectOf(document?.subject)?.digest
  if (!isDigest(subject)) return undefined
  const artifactType = document?.artifactType ?? objectOf(document?.config)?.mediaType
  const referrer = {
    mediaType,
    digest,
    size,
    ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType }),
    ...(document?.annotations !== undefined && { annotations: document.annotations }),
  }
  return isReferrer(referrer) ? { subject, referrer } : undefined
}

/** Those of one type, or all: registries need not filter. */
export function ofType(referrers: readonly Referrer[], artifactType: string | undefined): readonly Referrer[] {
  return artifactType === undefined ? referrers : referrers.filter((one) => one.artifactType === artifactType)
}

/**
 * Asks the referrers API (OCI distribution specification, "Listing Referrers"); undefined when the registry does not know
 * it. `list.url` is `/v2/<repository>/referrers/<digest>`.
 */
export async function listReferrers(
  list: PagedList,
  artifactType: string | undefined,
): Promise<readonly Referrer[] | undefined> {
  const url = new URL(list.url)
  if (artifactType !== undefined) url.searchParams.set('artifactType', artifactType)
  const found = await readPages({ ...list, url, accept: mediaTypes.ociIndex }, async (answer) => {
    // The specification says 404; some registries refuse the method or the route in other words.
    if ([400, 404, 405, 501].includes(answer.status)) return undefined
    if (answer.status !== 200) throw await answer.failure()
    // A web page that answers to every address.
    if (answer.contentType.includes('html')) return undefined
    const referrers = parseReferrers(await answer.bytes(maxManifestSize))
    if (referrers) return referrers
    throw new StrataError('registry-protocol', `${list.what}: the answer is not an image index`)
  })
  return found && ofType(found, artifactType)
}

function isReferrer(value: unknown): value is Referrer {
  const { mediaType, digest, size, artifactType, annotations } = objectOf(value) ?? {}
  return (
    typeof mediaType === 'string' &&
    isDigest(digest) &&
    typeof size === 'number' &&
    (artifactType === undefined || typeof artifactType === 'string') &&
    (annotations === undefined ||
      Object.values(objectOf(annotations) ?? { none: 0 }).every((one) => typeof one === 'string'))
  )
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}
