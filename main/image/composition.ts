import type { DependencyType, SpecGraph, SpecNode } from '../spack/spec/graph.ts'
import type { Use } from '../spack/spec/uses.ts'
import type { ImageLayer, ImageSettings } from './assemble.ts'
import type { BaseImage } from './base.ts'

/** What a cache has of one package. */
export interface CachedPackage {
  readonly layer: ImageLayer
  /** `config.Env` of its image in the cache. */
  readonly env: readonly string[] | undefined
  /** All `diff_ids` of that image, its own last. */
  readonly diffIds: readonly string[]
  /** Other images that have its layer, as far as is known. */
  readonly sharedBy?: number
}

export interface ComposeOptions {
  readonly settings?: ImageSettings
  /** Set at last; settles conflicts, and may hold its own name as `${NAME}`: what it was before. */
  readonly variables?: Readonly<Record<string, string>>
  /** For people: `org.opencontainers.image.title`. */
  readonly title?: string
  /** RFC 3339; none unless it is given, so that the same composition is the same image at any time. */
  readonly created?: string
  /** A target whose machines have to run the image: `x86_64_v3`. */
  readonly baseline?: string
  /** Layers that the image may have with its base's; 120 when absent. */
  readonly layerLimit?: number
  /** Merge the layers of all packages into one. */
  readonly squash?: boolean
  /** Give the parts of a Docker base OCI's media types. */
  readonly ociForm?: boolean
  /** False when the base is no image that one could name: then the image does not say what it is based on. */
  readonly baseNamed?: boolean
  /** Compose without packages that the cache lacks. */
  readonly allowMissing?: boolean
}

/** What an image is to be made of: plain data, all of it read before. */
export interface Composition {
  /** The specs of the cache. */
  readonly graph: SpecGraph
  /** DAG hash → what the cache has of it. */
  readonly packages: ReadonlyMap<string, CachedPackage>
  /** DAG hash → why the cache's package is of no use, in a few words. */
  readonly unusable?: ReadonlyMap<string, string>
  /** DAG hashes, in the user's order. */
  readonly roots: readonly string[]
  readonly base?: BaseImage
  readonly options?: ComposeOptions
}

/** Why a package is in an image. */
export type PackageEdge =
  | { readonly kind: 'root' }
  /** Needed by the package nearest to a root, by link, run or both. */
  | { readonly kind: 'needed'; readonly by: SpecNode; readonly types: readonly DependencyType[] }

export interface ComposedPackage {
  readonly node: SpecNode
  readonly cached: CachedPackage
  readonly edge: PackageEdge
  /** All packages of the image that need it. */
  readonly neededBy: readonly Use[]
}

/** A package that the image needs and the cache cannot give. */
export interface MissingPackage {
  readonly hash: string
  /** `name@version`, or the name alone where the cache has not even its spec, or `/hash`. */
  readonly name: string
  /** Why, when the cache has something under its tag. */
  readonly why?: string
  readonly root: boolean
  readonly neededBy: readonly string[]
}

/** A package as people name it: `zlib@1.3.1`. */
export function nameOf(node: SpecNode): string {
  return `${node.name}@${node.version}`
}
