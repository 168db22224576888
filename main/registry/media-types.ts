/**
 * Media types of manifests: OCI image specification ("media-types.md") and Docker's "Image Manifest V 2, Schema 2".
 * Schema 1 is left out: registries no longer serve it.
 */
export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const

/** Every manifest we understand: what we ask a registry for unless the caller says otherwise. */
export const manifestMediaTypes: readonly string[] = Object.values(mediaTypes)

/** Those of lists of manifests. */
export const indexMediaTypes: readonly string[] = [mediaTypes.ociIndex, mediaTypes.dockerIndex]

/** OCI's names for Docker's media types of an image and of its parts; compressions are spelled `+gzip` there. */
const ociNames: ReadonlyMap<string, string> = new Map([
  [mediaTypes.dockerManifest, mediaTypes.ociManifest],
  ['application/vnd.docker.container.image.v1+json', 'application/vnd.oci.image.config.v1+json'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'application/vnd.oci.image.layer.v1.tar'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'application/vnd.oci.image.layer.v1.tar+gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'application/vnd.oci.image.layer.v1.tar+zstd'],
  [
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  ],
])

/** What OCI calls a media type of Docker schema 2, which differs from OCI's image in nothing else; others stay. */
export function ociMediaType(mediaType: string): string {
  return ociNames.get(mediaType) ?? mediaType
}

/**
 * The media type that a manifest gives itself, or else the one that its shape shows: OCI's `mediaType` field is
 * optional. Empty when it is no manifest.
 */
export function declaredMediaType(bytes: Buffer): string {
  const document = parseObject(bytes)
  if (!document) return ''
  if (typeof document.mediaType === 'string') return document.mediaType
  if (Array.isArray(document.manifests)) return mediaTypes.ociIndex
  return Array.isArray(document.layers) ? mediaTypes.ociManifest : ''
}

/** JSON text of an object as data that nobody has vouched for; undefined when it is anything else. */
export function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const document: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof document === 'object' && document !== null && !Array.isArray(document) ? { ...document } : undefined
  } catch {
    return undefined
  }
}
