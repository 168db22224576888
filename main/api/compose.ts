import * as z from 'zod'
import { RepositoryRequest } from './catalog.ts'
import { BaseFacts, DependencyType, Finding, GivenCredentials, StackLayer } from './models.ts'

/**
 * Composing an image: packages of a cache, a base image under them, and what a container of it does. Units, hashes and
 * digests as in models.ts.
 */

/** What a container of the image does and is called; what is absent stays as the base image has it. */
export const ImageSettings = z.object({
  labels: z.record(z.string(), z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  workingDirectory: z.string().optional(),
  /** `user`, `uid`, `user:group` or `uid:gid`. */
  user: z.string().optional(),
})
export type ImageSettings = z.infer<typeof ImageSettings>

/** An image as somebody wants it: what a `strata.yaml` holds but for where it is published. */
export const Composition = z.object({
  /** Specs of the cache (`name`, `name@version`, `name/hash`, `/hash`, variants); the last lies on top. */
  roots: z.array(z.string().min(1)).default([]),
  /**
   * What lies under the packages: a reference, or the absolute path of an OCI folder, an OCI or docker archive or a tar of
   * a root file system. None, or `scratch`: packages alone.
   */
  base: z.string().min(1).optional(),
  /** Instead of `base`, what lies below the packages of this image (a tag or digest) of the same repository. */
  baseOf: z.string().min(1).optional(),
  settings: ImageSettings.default({}),
  /** Set at last; settles conflicts. `${NAME}` in a value is what the variable was before. */
  variables: z.record(z.string(), z.string()).default({}),
  title: z.string().optional(),
  /** RFC 3339; none unless it is given, so that the same composition is the same image at any time. */
  created: z.string().optional(),
  /** A target whose machines have to run the image: `x86_64_v3`. */
  baseline: z.string().optional(),
  /** Layers that the image may have with its base's; 120 when absent. */
  layerLimit: z.number().int().min(1).max(127).optional(),
  /** Merge the layers of all packages into one. */
  squash: z.boolean().default(false),
  /** Give the parts of a Docker base OCI's media types. */
  ociForm: z.boolean().default(false),
  /** Compose without packages that the cache lacks. */
  allowMissing: z.boolean().default(false),
})
export type Composition = z.infer<typeof Composition>
export type CompositionInput = z.input<typeof Composition>

/** Where a composed image goes. */
export const Publication = z.object({
  tag: z.string().min(1),
  /**
   * Another repository or registry, an OCI folder (`oci-layout:///folder`), or an archive for `docker load` and
   * `podman load` (`docker-archive:/file.tar`). The cache's own repository when absent.
   */
  to: z.string().min(1).optional(),
  toCredentials: GivenCredentials.optional(),
  /** Attach a bill of materials (CycloneDX) to the image, as a referrer. */
  attachSbom: z.boolean().default(false),
  /** Write the bill of materials to this file as well: an absolute path. */
  sbomFile: z.string().min(1).optional(),
})
export type Publication = z.infer<typeof Publication>

/** A composition of the packages of one cache, and as much of its publication as is decided. */
export const ComposeRequest = RepositoryRequest.extend(Composition.shape).extend(Publication.partial().shape)
export type ComposeRequest = z.infer<typeof ComposeRequest>
export type ComposeRequestInput = z.input<typeof ComposeRequest>

export const PreviewPackage = z.object({
  hash: z.string(),
  name: z.string(),
  version: z.string(),
  target: z.string(),
  os: z.string(),
  /** Of its layer, compressed. */
  bytes: z.number(),
  root: z.boolean(),
  /** Of what came along: the package nearest to a root that needs it, and how. */
  broughtBy: z.object({ hash: z.string(), name: z.string(), types: z.array(DependencyType) }).optional(),
  /** Names of all packages of the image that need it by a link or run edge. */
  neededBy: z.array(z.string()),
  /** Its layer is merged with others'. */
  merged: z.boolean(),
  /** Other images of the repository that have its layer, as far as is known. */
  sharedBy: z.number(),
})
export type PreviewPackage = z.infer<typeof PreviewPackage>

/** What comes of a composition, before anything is written. */
export const CompositionPreview = z.object({
  /** The cache's reference written out in full. */
  repository: z.string(),
  /** Go's name. */
  architecture: z.string(),
  /** Each root as it was asked for, and the package that it turned out to be; no hash where there is none, or more than one. */
  roots: z.array(z.object({ spec: z.string(), hash: z.string().optional() })),
  base: BaseFacts.extend({
    /** `Debian GNU/Linux 12 (bookworm)`, once it has been examined. */
    system: z.string().optional(),
    /** `glibc 2.36`, once it has been examined. */
    libc: z.string().optional(),
  }).optional(),
  /** In the order of the layers: dependencies first, roots last. */
  packages: z.array(PreviewPackage),
  /** What the roots need and the cache cannot give. */
  missing: z.array(
    z.object({ hash: z.string(), name: z.string(), why: z.string().optional(), neededBy: z.array(z.string()) }),
  ),
  /** Base first; what is merged is one band. */
  stack: z.array(StackLayer),
  /** The layer that packages are merged into; `made`: it lies in the blob store already. */
  merge: z.object({ packages: z.array(z.string()), bytes: z.number(), made: z.boolean() }).optional(),
  sums: z.object({
    roots: z.number(),
    packages: z.number(),
    baseLayers: z.number(),
    /** With the base's. */
    layers: z.number(),
    layerLimit: z.number(),
    baseBytes: z.number(),
    packageBytes: z.number(),
    /** Compressed bytes of all layers, as somebody has to pull them. */
    bytes: z.number(),
    /** Of these, bytes of layers that no other image of the repository has, as far as is known. */
    uniqueBytes: z.number(),
  }),
  /** The effective environment, in the order in which it is set. `from`: the base image, packages by name, `you`. */
  variables: z.array(z.object({ name: z.string(), value: z.string(), list: z.boolean(), from: z.array(z.string()) })),
  /** One value was to be had, and more are said. `value` is what the image gets; `settled`: the user said so. */
  conflicts: z.array(
    z.object({
      name: z.string(),
      says: z.array(z.object({ value: z.string(), by: z.array(z.string()) })),
      value: z.string(),
      settled: z.boolean(),
    }),
  ),
  /** The effective settings: the base image's where the composition says nothing. */
  settings: ImageSettings,
  annotations: z.record(z.string(), z.string()),
  /** The gravest first; a `problem` stands in the way of publishing. */
  findings: z.array(Finding),
  /** Whether the image will run: so many of its layers, packages' and base's, were looked into. */
  examined: z.object({ done: z.number(), total: z.number() }),
  /** The manifest's digest, when it can be told. */
  digest: z.string().optional(),
  /** The composition as a `strata.yaml`. */
  file: z.string(),
  /** The command that publishes the same. */
  command: z.string(),
})
export type CompositionPreview = z.infer<typeof CompositionPreview>

/** An existing image, taken apart so that it can be composed anew. */
export const OpenedComposition = z.object({
  composition: Composition,
  /** Layers above its base that are no known package's: they would be left out. */
  unknown: z.array(z.object({ position: z.number(), digest: z.string(), bytes: z.number() })),
  findings: z.array(Finding),
})
export type OpenedComposition = z.infer<typeof OpenedComposition>

/** What a `strata.yaml` says. Paths in it have become absolute. */
export const CompositionDraft = Composition.extend({
  /** The build cache. */
  from: z.string().optional(),
  to: z.string().optional(),
  tag: z.string().optional(),
})
export type CompositionDraft = z.infer<typeof CompositionDraft>

/**
 * How far the reading of what a composition needs is, at most ten times a second. `import`: bytes of a base image's file,
 * which is taken in once; `examine`: layers that are looked into.
 */
export const ComposeProgress = z.object({
  run: z.string(),
  what: z.enum(['import', 'examine']),
  done: z.number(),
  total: z.number(),
  /** The file, `debian12.tar`; what is looked into: `python@3.11.6`, `layer 1 of debian:12`. */
  name: z.string(),
})
export type ComposeProgress = z.infer<typeof ComposeProgress>
