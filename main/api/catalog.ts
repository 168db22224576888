import * as z from 'zod'
import { EnvironmentRef, GivenCredentials, PackageSummary, StackLayer } from './models.ts'

/**
 * What a repository holds, said in Spack's words: packages, images, layers, files. Units and hashes as in models.ts. A
 * repository is a build cache, or any other collection of images.
 */

/** Which repository, and how to get in. With a Spack or an environment its mirrors may be named. */
export const RepositoryRequest = EnvironmentRef.partial().extend({
  /** A reference without a tag (`oci://host/name`, `oci+http://…`, `oci-layout:///folder`) or the name of a mirror. */
  repository: z.string().min(1),
  credentials: GivenCredentials.optional(),
  /** PEM files of certificate authorities to trust beside the system's. */
  caFiles: z.array(z.string()).default([]),
  /** Accept any certificate. */
  insecure: z.boolean().default(false),
})
export type RepositoryRequest = z.infer<typeof RepositoryRequest>
export type RepositoryRequestInput = z.input<typeof RepositoryRequest>

/** The repositories of one registry. */
export const RepositoryList = z.object({
  registry: z.string(),
  /** References: `oci://ghcr.io/me/cache`. */
  repositories: z.array(z.string()),
  /** Whether the registry listed them itself (`/v2/_catalog`); else they are the ones used before. */
  listed: z.boolean(),
  /** Why it did not, in words. */
  problem: z.string().optional(),
})
export type RepositoryList = z.infer<typeof RepositoryList>

/**
 * package: a Spack package · environment: an image made of packages of this cache · image: any other container image ·
 * platforms: an image index over several platforms · index: Spack's `index.spack` · chart: a Helm chart · signature ·
 * attestation · artifact: anything else that is no image · damaged: cannot be read, and `problem` says why ·
 * unread: nobody has looked yet.
 */
export const TagKind = z.enum([
  'package',
  'environment',
  'image',
  'platforms',
  'index',
  'chart',
  'signature',
  'attestation',
  'artifact',
  'damaged',
  'unread',
])
export type TagKind = z.infer<typeof TagKind>

/** A package as a cache knows it. */
export const CatalogPackage = PackageSummary.pick({
  hash: true,
  name: true,
  version: true,
  namespace: true,
  compiler: true,
  target: true,
  os: true,
  platform: true,
  variants: true,
  external: true,
  dependencies: true,
}).extend({
  /** Of the spec document that describes it: 4 for Spack 0.22, 5 for 1.x. */
  specVersion: z.number().optional(),
  /** `buildcache_layout_version` of its config. */
  layoutVersion: z.number().optional(),
})
export type CatalogPackage = z.infer<typeof CatalogPackage>

/** One tag. Of a tag that only the index speaks of, all that needs its manifest or its config is absent. */
export const CatalogRow = z.object({
  tag: z.string(),
  kind: TagKind,
  /** Its manifest and config have been read. */
  read: z.boolean(),
  digest: z.string().optional(),
  mediaType: z.string().optional(),
  package: CatalogPackage.optional(),
  /** A package that the index lists; absent for what is no package. */
  listed: z.boolean().optional(),
  /** `linux/amd64`. */
  platform: z.string().optional(),
  layers: z.number().optional(),
  /** Compressed bytes of all layers. */
  bytes: z.number().optional(),
  /** Of a package, compressed bytes of its own layer. */
  ownBytes: z.number().optional(),
  createdAt: z.number().optional(),
  problem: z.string().optional(),
})
export type CatalogRow = z.infer<typeof CatalogRow>

export const Catalog = z.object({
  /** The reference written out in full. */
  repository: z.string(),
  rows: z.array(CatalogRow),
  /** The index, when there is one. */
  index: z
    .object({
      digest: z.string(),
      /** Version of the database in it, and its packages; absent with `problem`. */
      version: z.string().optional(),
      packages: z.number().optional(),
      problem: z.string().optional(),
    })
    .optional(),
  /** Tags of packages that the index lacks; none without an index that can be read. */
  unlisted: z.array(z.string()),
  /** Packages that the index has and that have no tag any more. */
  gone: z.array(z.object({ hash: z.string(), name: z.string(), version: z.string() })),
  /** Why the registry did not list its tags: then `rows` are the packages that the index speaks of. */
  problem: z.string().optional(),
  /** The command that lists the same. */
  command: z.string(),
})
export type Catalog = z.infer<typeof Catalog>

/**
 * How far a catalogue is, at most ten times a second. The first event holds every tag as far as it is known, the later
 * ones those that were read since the last; a row replaces the one of the same tag.
 */
export const CatalogProgress = z.object({
  run: z.string(),
  read: z.number(),
  total: z.number(),
  rows: z.array(CatalogRow),
})
export type CatalogProgress = z.infer<typeof CatalogProgress>

// ---- one image -----------------------------------------------------------------------------------------------------

export const ImageLayer = z.object({
  digest: z.string(),
  diffId: z.string().optional(),
  mediaType: z.string(),
  bytes: z.number(),
  /** `merged`: of several packages · `other`: nobody in this repository says what it is. */
  kind: z.enum(['base', 'package', 'merged', 'other']),
  package: z.object({ hash: z.string(), name: z.string(), version: z.string() }).optional(),
  /** Of a merged layer the packages in it that the repository knows, with the bytes of the layer that each has of its own. */
  merged: z.array(z.object({ hash: z.string(), name: z.string(), version: z.string(), bytes: z.number() })).optional(),
  /** What made it, by the image's own history. */
  createdBy: z.string().optional(),
  /** Other tags of this repository whose images hold it: the first fifty, and how many there are. */
  usedBy: z.array(z.string()),
  usedByCount: z.number(),
})
export type ImageLayer = z.infer<typeof ImageLayer>

export const ImageDetail = z.object({
  repository: z.string(),
  tag: z.string().optional(),
  /** The reference with the tag, for other tools. */
  reference: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  kind: TagKind,
  /** What it is, in words, where `kind` alone says too little: `a Helm chart (application/vnd.cncf.helm…)`. */
  problem: z.string().optional(),
  /** Of an image index its images; empty for every other. */
  platforms: z.array(
    z.object({ digest: z.string(), platform: z.string(), kind: TagKind, bytes: z.number().optional() }),
  ),
  platform: z.string().optional(),
  createdAt: z.number().optional(),
  config: z
    .object({
      /** `NAME=value`. */
      env: z.array(z.string()),
      entrypoint: z.array(z.string()),
      command: z.array(z.string()),
      workingDirectory: z.string().optional(),
      user: z.string().optional(),
      labels: z.record(z.string(), z.string()),
      ports: z.array(z.string()),
    })
    .optional(),
  annotations: z.record(z.string(), z.string()),
  package: CatalogPackage.optional(),
  /** Every package that the image's specs name, for the dependency graph; dependencies that are no layers included. */
  packages: z.array(CatalogPackage),
  base: z.object({ name: z.string().optional(), digest: z.string().optional(), layers: z.number() }).optional(),
  /** Base first, as in the manifest. */
  layers: z.array(ImageLayer),
  /** The same as the picture takes it. */
  stack: z.array(StackLayer),
  sums: z.object({
    bytes: z.number(),
    /** Bytes of layers that no other tag of the repository uses, and of those that another one does. */
    uniqueBytes: z.number(),
    sharedBytes: z.number(),
    /** Bytes after unpacking, by the ends of the gzip streams; absent when one cannot tell. */
    unpackedBytes: z.number().optional(),
  }),
  /** Other tags of the very same digest. */
  sameDigest: z.array(z.string()),
  /** Signatures, bills of materials and the like that name it as their subject. */
  referrers: z.array(z.object({ digest: z.string(), artifactType: z.string().optional(), bytes: z.number() })),
  /** How to use it: one line a tool, true as it stands. */
  usage: z.array(z.object({ tool: z.string(), command: z.string() })).optional(),
  command: z.string(),
})
export type ImageDetail = z.infer<typeof ImageDetail>

/** Two images, layer by layer and package by package. `left` is the first one that was named. */
export const ImageComparison = z.object({
  left: ImageDetail,
  right: ImageDetail,
  /** Both stacks as one sequence, base first: equal layers joined; `changed`: the same package in two forms. */
  layers: z.array(
    z.object({
      change: z.enum(['same', 'changed', 'added', 'removed']),
      left: ImageLayer.optional(),
      right: ImageLayer.optional(),
    }),
  ),
  /** By name; `version`: another version · `build`: the same version in another build (variants, compiler, dependencies). */
  packages: z.array(
    z.object({
      name: z.string(),
      change: z.enum(['same', 'version', 'build', 'added', 'removed']),
      left: z.object({ hash: z.string(), version: z.string(), bytes: z.number() }).optional(),
      right: z.object({ hash: z.string(), version: z.string(), bytes: z.number() }).optional(),
    }),
  ),
  /** Environment variables that differ. */
  env: z.array(z.object({ name: z.string(), left: z.string().optional(), right: z.string().optional() })),
  /** Bytes of the layers that both hold, and of those that only one holds. */
  sums: z.object({ sharedBytes: z.number(), leftBytes: z.number(), rightBytes: z.number() }),
  command: z.string(),
})
export type ImageComparison = z.infer<typeof ImageComparison>

// ---- a layer's files -----------------------------------------------------------------------------------------------

export const LayerRequest = RepositoryRequest.extend({ digest: z.string(), bytes: z.number(), mediaType: z.string() })
export type LayerRequest = z.infer<typeof LayerRequest>

export const LayerFile = z.object({
  /** Without a leading slash, as in the archive. */
  path: z.string(),
  kind: z.enum(['file', 'directory', 'symlink', 'hardlink', 'other']),
  bytes: z.number(),
  /** Permission bits. */
  mode: z.number(),
  /** Of a link. */
  target: z.string().optional(),
})
export type LayerFile = z.infer<typeof LayerFile>

export const LayerFiles = z.object({
  digest: z.string(),
  /** In the archive's order. */
  files: z.array(LayerFile),
  unpackedBytes: z.number(),
  /** Why the list ends before the archive does, in words. */
  stopped: z.string().optional(),
  command: z.string(),
})
export type LayerFiles = z.infer<typeof LayerFiles>

export const ElfFacts = z.object({
  /** `64-bit little-endian x86-64 shared object`. */
  description: z.string(),
  interpreter: z.string().optional(),
  soname: z.string().optional(),
  needed: z.array(z.string()),
  rpath: z.array(z.string()),
  runpath: z.array(z.string()),
  /** Symbol versions that it needs of each library: `libc.so.6` → `GLIBC_2.2.5`, `GLIBC_2.34`. */
  versions: z.array(z.object({ library: z.string(), versions: z.array(z.string()) })),
  /** The oldest libc that has them all: `glibc 2.34`. */
  libc: z.string().optional(),
})
export type ElfFacts = z.infer<typeof ElfFacts>

export const FilePreview = z.object({
  file: LayerFile,
  /** The beginning of a text; undefined for any other. */
  text: z.string().optional(),
  /** The beginning of anything else, two hexadecimal digits a byte. */
  hex: z.string().optional(),
  /** Bytes that are shown. */
  shown: z.number(),
  elf: ElfFacts.optional(),
})
export type FilePreview = z.infer<typeof FilePreview>
