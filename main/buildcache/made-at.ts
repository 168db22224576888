/**
 * When a package was packed, in milliseconds since 1970: Spack 1.1 writes it into the config, other tools annotate the
 * manifest; undefined where nobody says. Not the config's `created`: that one is taken over from the base image.
 */
export function packedAt(
  config: Readonly<Record<string, unknown>>,
  annotations: Readonly<Record<string, string>> | undefined,
): number | undefined {
  const { archive_timestamp: stamp } = config
  return timeOf(typeof stamp === 'string' ? stamp : annotations?.['org.opencontainers.image.created'])
}

/** The time of an ISO date; none for the zero date that reproducible builds write. */
export function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '')
  return time > 0 ? time : undefined
}
