import type { ImageDetail } from '../api/catalog.ts'
import type { PushResult } from '../api/models.ts'
import { archivedName } from '../registry/image-archive.ts'
import {
  canBeRepository,
  imageName,
  type LayoutReference,
  type Reference,
  type RegistryReference,
} from '../registry/reference.ts'
import { shellQuote } from './push/command.ts'

/** How to use something, a line a tool, each true as it stands. */
export type Usage = PushResult['usage']

/** How to run an image that is in a registry. */
export function containerUsage(name: string, { scheme }: RegistryReference): Usage {
  const plain = scheme === 'http'
  return [
    { tool: 'docker', command: `docker run --rm -it ${name}` },
    { tool: 'podman', command: `podman run --rm -it ${plain ? '--tls-verify=false ' : ''}${name}` },
    { tool: 'apptainer', command: `apptainer shell ${plain ? '--no-https ' : ''}docker://${name}` },
  ]
}

/**
 * How to make a file that docker loads of an image that is in an OCI folder, and where it has a base and so something to
 * run, how to run it.
 */
export function layoutUsage(reference: LayoutReference, runnable = true): Usage {
  const archive = {
    tool: 'skopeo',
    command: `skopeo copy ${shellQuote(imageName(reference))} docker-archive:image.tar`,
  }
  return runnable ? [{ tool: 'podman', command: runLayout(reference) }, archive] : [archive]
}

/**
 * podman runs an image of a folder under a name that it makes of the folder's path, and refuses a path with a capital or
 * anything else that no repository's name has ("repository name must be lowercase"): there the image gets another name.
 */
function runLayout(reference: LayoutReference): string {
  const name = shellQuote(imageName(reference))
  if (canBeRepository('localhost', reference.path.slice(1))) return `podman run --rm -it ${name}`
  const kept = archivedName(reference)
  return `skopeo copy ${name} containers-storage:${kept} && podman run --rm -it ${kept}`
}

/** How to load the image of an archive, and unless it is a package alone to run it by the name that it has there. */
export function archiveUsage(file: string, name: string | undefined): Usage {
  const quoted = shellQuote(file)
  const run = (tool: string) => (name === undefined ? '' : ` && ${tool} run --rm -it ${name}`)
  return [
    { tool: 'docker', command: `docker load --input ${quoted}${run('docker')}` },
    { tool: 'podman', command: `podman load --input ${quoted}${run('podman')}` },
    ...(name === undefined ? [] : [{ tool: 'apptainer', command: `apptainer shell docker-archive:${quoted}` }]),
  ]
}

/** How Spack gets at a cache in a registry, and installs one of its packages. */
export function spackUsage(
  reference: RegistryReference,
  first?: { readonly name: string; readonly hash: string },
): Usage {
  const url = `${reference.scheme === 'http' ? 'oci+http' : 'oci'}://${reference.registry}/${reference.repository}`
  const add = { tool: 'spack', command: `spack mirror add --unsigned strata ${url}` }
  if (!first) return [add]
  return [add, { tool: 'spack', command: `spack install --cache-only ${first.name}/${first.hash.slice(0, 7)}` }]
}

/**
 * How to use one image of a repository: what has a base image can be run, a package can be installed. Empty for what
 * is neither.
 */
export function imageUsage(
  repository: Reference,
  { kind, base, tag, package: about }: Pick<ImageDetail, 'kind' | 'base' | 'tag' | 'package'>,
): Usage {
  const runnable = kind === 'image' || kind === 'platforms' || base !== undefined
  if (repository.kind === 'layout') return tag !== undefined && runnable ? layoutUsage({ ...repository, tag }) : []
  const name = tag === undefined ? undefined : imageName({ ...repository, tag })
  const run = name !== undefined && runnable ? containerUsage(name, repository) : []
  return kind === 'package' && about ? [...spackUsage(repository, about), ...run] : run
}
