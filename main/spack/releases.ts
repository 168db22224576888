/** The newest versions of its formats that a release of Spack reads. */
export interface ReadableFormats {
  readonly spec: number
  readonly database: number
  /** `buildcache_layout_version` of a package. */
  readonly layout: number
  /** Addresses that begin with `oci+http://`. */
  readonly plainHttp: boolean
  /** Whether an OCI package is refused where its mirror is not `signed: false`, although nobody can sign one. */
  readonly wantsSignature: boolean
}

/**
 * What releases read, the newest first (`_DB_VERSION` in Spack's `database.py`, `SPECFILE_FORMAT_VERSION`, and
 * `CURRENT_BUILD_CACHE_LAYOUT_VERSION`). A later one reads at least what the last one here does.
 */
const releases: readonly (readonly [from: readonly [major: number, minor: number], formats: ReadableFormats])[] = [
  [[1, 3], { spec: 6, database: 9, layout: 3, plainHttp: true, wantsSignature: false }],
  [[1, 1], { spec: 5, database: 8, layout: 3, plainHttp: true, wantsSignature: false }],
  [[1, 0], { spec: 5, database: 8, layout: 3, plainHttp: false, wantsSignature: false }],
  [[0, 22], { spec: 4, database: 7, layout: 2, plainHttp: false, wantsSignature: true }],
  [[0, 21], { spec: 4, database: 7, layout: 1, plainHttp: false, wantsSignature: true }],
]

/** What a Spack of this version reads; undefined for one that is older than 0.21 or says no version. */
export function readableFormats(version: string | undefined): ReadableFormats | undefined {
  const [major, minor] = (version ?? '').split('.').map((part) => Number.parseInt(part, 10))
  if (major === undefined || minor === undefined || Number.isNaN(major) || Number.isNaN(minor)) return undefined
  return releases.find(([[a, b]]) => major > a || (major === a && minor >= b))?.[1]
}
