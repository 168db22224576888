import { createHash } from 'node:crypto'
import type { Digest } from '../registry/digest.ts'
import type { Reference } from '../registry/reference.ts'
import { formatVariants } from '../spack/spec/format.ts'
import { closure, type DependencyType, type SpecGraph, type SpecNode } from '../spack/spec/graph.ts'
import type { BaseImage } from './base.ts'
import type { ComposedPackage } from './composition.ts'

/** What a component says of itself (CycloneDX 1.5 and 1.6, "component"). */
interface Component {
  readonly type: 'library' | 'container'
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  /** `excluded`: needed to build something in the image, and not in it. */
  readonly scope?: 'required' | 'excluded'
  readonly hashes?: readonly { readonly alg: 'SHA-256'; readonly content: string }[]
  readonly purl: string
  readonly properties?: readonly { readonly name: string; readonly value: string }[]
}

/**
 * A CycloneDX document (JSON, 1.5 or 1.6; media type `application/vnd.cyclonedx+json`) of an image's packages: each with its layer's digest, what it needs at run
 * time, and what it was built with as far as the cache's specs say (`excluded`: not in the image). The same image gives the
 * same bytes: no time, and the serial number is made from the manifest's digest.
 */
export function cycloneDx(parts: {
  readonly graph: SpecGraph
  readonly packages: readonly ComposedPackage[]
  readonly base: BaseImage | undefined
  /** Where the image is, with its tag. */
  readonly reference: Reference
  /** Of the image's manifest. */
  readonly digest: Digest
  readonly specVersion?: '1.5' | '1.6'
}): Buffer {
  const { graph, packages, base, specVersion = '1.6' } = parts
  const hashes = packages.map(({ node }) => node.hash)
  const layers = new Map(packages.map(({ node, cached }) => [node.hash, cached.layer.digest]))
  const nodes = [...closure(graph, hashes, sbomTypes)].flatMap((hash) => graph.nodes.get(hash) ?? [])
  const required = closure(graph, hashes, ['link', 'run'])
  const components = [
    ...nodes.map((node) => packageComponent(node, layers.get(node.hash), required.has(node.hash))),
    ...(base ? [imageComponent(base.reference, base.digest)] : []),
  ]
  const image = imageComponent(parts.reference, parts.digest)
  const document = {
    $schema: `http://cyclonedx.org/schema/bom-${specVersion}.schema.json`,
    bomFormat: 'CycloneDX',
    specVersion,
    serialNumber: `urn:uuid:${uuidOf(`${specVersion} ${parts.digest}`)}`,
    version: 1,
    metadata: { tools: { components: [{ type: 'application', name: 'strata' }] }, component: image },
    components: components.sort(byReference),
    dependencies: [
      { ref: image['bom-ref'], dependsOn: refsOf(graph, hashes, base) },
      ...nodes.map((node) => ({ ref: packageUrl(node), dependsOn: neededRefs(graph, node) })),
      ...(base ? [{ ref: imageUrl(base.reference, base.digest), dependsOn: [] }] : []),
    ].sort((a, b) => compare(a.ref, b.ref)),
  }
  return Buffer.from(JSON.stringify(document))
}

/** What makes a package be mentioned: test dependencies leave no trace in what is installed. */
const sbomTypes: readonly DependencyType[] = ['build', 'link', 'run']

/**
 * `pkg:spack/builtin/zlib@1.3.1?sha=<DAG hash>`: the type that Spack's people have asked to be registered, in this form
 * (package-url/purl-spec, issue 895). `pkg:generic` is registered, but says only that nobody knows what it is; of a type
 * that they do not know, tools keep the words just as well. The DAG hash is part of the name: two builds of one version
 * are two components.
 */
export function packageUrl(node: SpecNode): string {
  const [namespace, name, version] = [node.namespace ?? 'builtin', node.name, node.version].map(encodeURIComponent)
  return `pkg:spack/${namespace}/${name}@${version}?sha=${node.hash}`
}

/** `pkg:oci/ubuntu@sha256%3A…?repository_url=docker.io/library/ubuntu&tag=24.04` (purl's registered type `oci`). */
function imageUrl(reference: Reference, digest: string): string {
  const { name, repository } = imageNames(reference)
  const qualifiers = [
    ...(repository === undefined ? [] : [`repository_url=${encodeURIComponent(repository).replaceAll('%2F', '/')}`]),
    ...(reference.tag === undefined ? [] : [`tag=${encodeURIComponent(reference.tag)}`]),
  ]
  return `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(digest)}${qualifiers.length > 0 ? '?' : ''}${qualifiers.join('&')}`
}

/** A folder's path says where it lies on this machine, which is nobody's business: its name is enough. */
function imageNames(reference: Reference): { readonly name: string; readonly repository: string | undefined } {
  const path = reference.kind === 'layout' ? reference.path : reference.repository
  const repository = reference.kind === 'layout' ? undefined : `${reference.registry}/${reference.repository}`
  return { name: path.slice(path.lastIndexOf('/') + 1).toLowerCase(), repository }
}

function imageComponent(reference: Reference, digest: string): Component {
  return {
    type: 'container',
    'bom-ref': imageUrl(reference, digest),
    name: imageNames(reference).name,
    version: reference.tag ?? digest,
    hashes: [sha256(digest)],
    purl: imageUrl(reference, digest),
  }
}

function packageComponent(node: SpecNode, layer: string | undefined, isRequired: boolean): Component {
  const { external, compiler } = node
  const facts = {
    'spack:hash': node.hash,
    'spack:target': `${node.platform}-${node.os}-${node.target}`,
    'spack:variants': formatVariants(node),
    'spack:compiler': compiler && `${compiler.name}@${compiler.version}`,
    // Not Spack's to ship: it has to come with the base image.
    'spack:external': external && 'true',
  }
  return {
    type: 'library',
    'bom-ref': packageUrl(node),
    name: node.name,
    version: node.version,
    scope: isRequired ? 'required' : 'excluded',
    ...(layer !== undefined && { hashes: [sha256(layer)] }),
    purl: packageUrl(node),
    properties: Object.entries(facts).flatMap(([name, value]) => (value ? [{ name, value }] : [])),
  }
}

function sha256(digest: string): { readonly alg: 'SHA-256'; readonly content: string } {
  return { alg: 'SHA-256', content: digest.slice('sha256:'.length) }
}

function refsOf(graph: SpecGraph, hashes: readonly string[], base: BaseImage | undefined): string[] {
  const packages = hashes.flatMap((hash) => graph.nodes.get(hash) ?? []).map(packageUrl)
  return [...new Set([...packages, ...(base ? [imageUrl(base.reference, base.digest)] : [])])].sort(compare)
}

function neededRefs(graph: SpecGraph, node: SpecNode): string[] {
  const edges = node.edges.filter((edge) => edge.types.some((type) => sbomTypes.includes(type)))
  return refsOf(
    graph,
    edges.map((edge) => edge.hash),
    undefined,
  )
}

function byReference(a: Component, b: Component): number {
  return compare(a['bom-ref'], b['bom-ref'])
}

/** By code unit, the same in every locale. */
function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** A UUID made of a hash of the text (RFC 9562, version 8: for what its maker says it means). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
