import { StrataError } from '../support/errors.ts'
import { type Digest, isDigest } from './digest.ts'
import { isLegalTag } from './tag.ts'

/** A repository in a registry, and perhaps one tag or digest in it. */
export interface RegistryReference {
  readonly kind: 'registry'
  readonly scheme: 'https' | 'http'
  /** Host and, when given, port, as people write it: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string
  /** The path below the host, lower case: `library/ubuntu`. */
  readonly repository: string
  readonly tag?: string
  readonly digest?: Digest
}

/** An OCI image layout folder on this machine, and perhaps one tag or digest in it. */
export interface LayoutReference {
  readonly kind: 'layout'
  readonly scheme: 'layout'
  /** Absolute path of the folder, without a trailing slash. */
  readonly path: string
  readonly tag?: string
  readonly digest?: Digest
}

export type Reference = RegistryReference | LayoutReference

// The grammar of github.com/distribution/reference, which docker, podman and Spack share.
const hostComponent = '(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])'
const hostPattern = new RegExp(`^(?:${hostComponent}(?:\\.${hostComponent})*|\\[[A-Fa-f0-9:]+\\])(?::(\\d{1,5}))?$`)
const pathPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/

/** Host and path together, as github.com/distribution/reference bounds them. */
const maxNameLength = 255

/** Names that mean Docker Hub; its API lives on yet another host, which only the transport knows. */
const dockerHub: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io']

/**
 * Parses what a user typed: `ubuntu:24.04`, `ghcr.io/me/cache`, `oci://host/repo:tag`, `oci+http://host:5000/repo`,
 * `host/repo@sha256:…`, `oci-layout:///folder[:tag]`. The first part is a host when it holds a dot, a colon or an
 * upper-case letter or is `localhost`; else the name is Docker Hub's. Without a scheme a loopback host means plain
 * http (as go-containerregistry has it), every other https. The repository is lowered, as Spack does, because
 * organisations on GitHub have upper-case names and registries refuse them.
 *
 * @throws StrataError `reference-invalid`, saying which part is wrong.
 */
export function parseReference(text: string): Reference {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/s.exec(text) ?? [undefined, undefined, text]
  switch (scheme) {
    case undefined:
    case 'docker':
      return parseRegistry(text, rest ?? '', undefined)
    case 'oci':
      return parseRegistry(text, rest ?? '', 'https')
    case 'oci+http':
      return parseRegistry(text, rest ?? '', 'http')
    case 'oci-layout':
      return parseLayout(text, rest ?? '')
    default:
      throw invalid(text, `unknown scheme "${scheme}://"`, 'Use oci://, oci+http:// or oci-layout:///folder.')
  }
}

function parseRegistry(text: string, rest: string, scheme: 'https' | 'http' | undefined): RegistryReference {
  if (rest === '') throw invalid(text, 'it is empty')
  const { name, tag, digest } = splitVersion(text, rest)
  // docker takes a host alone for an image of Docker Hub; whoever writes a scheme means the host.
  if (scheme && !name.includes('/') && looksLikeHost(name))
    throw invalid(text, 'the repository is missing', nameHint(name))
  const { registry, repository } = splitHost(name)
  const port = hostPattern.exec(registry)
  if (!port) throw invalid(text, `"${registry}" is not a host name`)
  if (port[1] !== undefined && (Number(port[1]) < 1 || Number(port[1]) > 65535)) {
    throw invalid(text, `port ${port[1]} is out of range`)
  }
  if (repository === '') throw invalid(text, 'the repository is missing', nameHint(registry))
  const wrong = repository.split('/').find((component) => !pathPattern.test(component))
  if (wrong !== undefined) throw invalid(text, `"${wrong}" cannot be part of a repository's name`, nameRule)
  if (registry.length + 1 + repository.length > maxNameLength) {
    throw invalid(text, `its name is longer than ${maxNameLength} characters`)
  }
  const kind = 'registry'
  return { kind, scheme: scheme ?? (isLoopback(registry) ? 'http' : 'https'), registry, repository, tag, digest }
}

const nameHint = (host: string) => `For example ${host}/me/cache.`
const nameRule = 'Letters and digits, joined by a dot, one or two underscores, or dashes.'

function splitVersion(text: string, rest: string): { name: string; tag?: string; digest?: Digest } {
  const at = rest.indexOf('@')
  const digest = at < 0 ? undefined : rest.slice(at + 1)
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(text, `"${digest}" is not a digest`, 'A digest is sha256: and 64 lower-case hex digits.')
  }
  const named = at < 0 ? rest : rest.slice(0, at)
  const colon = named.lastIndexOf(':')
  if (colon < 0 || named.indexOf('/', colon) >= 0) return { name: named, digest }
  const name = named.slice(0, colon)
  const tag = named.slice(colon + 1)
  // `localhost:5000` alone would read as a Docker Hub image with the tag 5000: nobody means that.
  if (!name.includes('/') && /^\d+$/.test(tag) && looksLikeHost(name)) return { name: named, digest }
  if (!isLegalTag(tag)) throw invalid(text, `"${tag}" is not a tag`, 'A tag is 1 to 128 of A-Z a-z 0-9 _ . -')
  return { name, tag, digest }
}

function splitHost(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/')
  const first = slash < 0 ? name : name.slice(0, slash)
  const isHost = slash < 0 ? first.includes(':') : looksLikeHost(first) || first.includes(':')
  if (!isHost) {
    const path = name.toLowerCase()
    return { registry: 'docker.io', repository: slash < 0 && path !== '' ? `library/${path}` : path }
  }
  const repository = slash < 0 ? '' : name.slice(slash + 1).toLowerCase()
  if (!dockerHub.includes(first.toLowerCase())) return { registry: first, repository }
  return { registry: 'docker.io', repository: repository.includes('/') ? repository : `library/${repository}` }
}

function looksLikeHost(first: string): boolean {
  return first.includes('.') || first.startsWith('[') || first === 'localhost' || first !== first.toLowerCase()
}

function parseLayout(text: string, rest: string): LayoutReference {
  if (!rest.startsWith('/')) throw invalid(text, 'the folder is not absolute', 'Write oci-layout:///path/to/folder.')
  const at = /@(sha256:[0-9a-f]{64})$/.exec(rest)
  const digest = isDigest(at?.[1]) ? at[1] : undefined
  const named = at ? rest.slice(0, at.index) : rest
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const tag = hasTag ? named.slice(colon + 1) : undefined
  if (tag !== undefined && !isLegalTag(tag)) throw invalid(text, `"${tag}" is not a tag`)
  const path = (hasTag ? named.slice(0, colon) : named).replace(/\/+$/, '')
  if (path === '') throw invalid(text, 'the folder is missing')
  if (path.includes('\0')) throw invalid(text, 'the folder holds a NUL character')
  return { kind: 'layout', scheme: 'layout', path, tag, digest }
}

/** The reference as `parseReference` reads it back, with its scheme. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`
  if (reference.kind === 'layout') return `oci-layout://${reference.path}${tag}${digest}`
  const scheme = reference.scheme === 'http' ? 'oci+http' : 'oci'
  return `${scheme}://${reference.registry}/${reference.repository}${tag}${digest}`
}

/** The name that docker and podman want, without a scheme: `ghcr.io/me/cache:tag`; for a folder podman's `oci:` form. */
export function imageName(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`
  if (reference.kind === 'layout') return `oci:${reference.path}${tag}`
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`
  return `${reference.registry}/${reference.repository}${tag}${digest}`
}

/** Whether a text, such as a folder's path without its first slash, can be a repository's name at `registry`. */
export function canBeRepository(registry: string, text: string): boolean {
  return (
    registry.length + 1 + text.length <= maxNameLength &&
    text.split('/').every((component) => pathPattern.test(component))
  )
}

/** Whether a host (with or without a port) is this very machine: there plain http betrays nothing to anyone. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name)
}

function invalid(text: string, why: string, hint?: string): StrataError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return new StrataError('reference-invalid', `"${shown}" is not a reference: ${why}`, { hint })
}
