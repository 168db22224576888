import type { PushResult } from '../../api/models.ts'
import { imageName, type RegistryReference } from '../../registry/reference.ts'
import { shellQuote } from './command.ts'
import type { PreparedPush } from './prepared.ts'

/** How to use what is there now, a line a tool, each true as it stands; `tag` is the environment image's. */
export function usageOf(prepared: PreparedPush, tag: string | undefined): PushResult['usage'] {
  const { reference } = prepared.target
  const runnable = tag !== undefined && prepared.bases.size > 0
  const name = tag === undefined ? undefined : imageName({ ...reference, tag })
  if (reference.kind === 'layout') {
    if (!name) return inspectUsage(prepared)
    const copy = { tool: 'skopeo', command: `skopeo copy ${shellQuote(name)} docker-archive:image.tar` }
    return runnable ? [{ tool: 'podman', command: `podman run --rm -it ${shellQuote(name)}` }, copy] : [copy]
  }
  return [...(name && runnable ? containerUsage(name, reference) : []), ...spackUsage(prepared, reference)]
}

/** Packages alone, in a folder: the first root's image can be looked at. */
function inspectUsage({ target, selection, packages }: PreparedPush): PushResult['usage'] {
  const tag = packages.get(selection.roots[0] ?? '')?.tag
  if (tag === undefined) return []
  return [{ tool: 'skopeo', command: `skopeo inspect ${shellQuote(imageName({ ...target.reference, tag }))}` }]
}

function containerUsage(name: string, { scheme }: RegistryReference): PushResult['usage'] {
  const plain = scheme === 'http'
  return [
    { tool: 'docker', command: `docker run --rm -it ${name}` },
    { tool: 'podman', command: `podman run --rm -it ${plain ? '--tls-verify=false ' : ''}${name}` },
    { tool: 'apptainer', command: `apptainer shell ${plain ? '--no-https ' : ''}docker://${name}` },
  ]
}

function spackUsage(prepared: PreparedPush, reference: RegistryReference): PushResult['usage'] {
  const url = `${reference.scheme === 'http' ? 'oci+http' : 'oci'}://${reference.registry}/${reference.repository}`
  const roots = prepared.selection.roots.flatMap((hash) => prepared.packages.get(hash)?.node ?? [])
  const [first] = roots
  const spec = first ? `${first.name}/${first.hash.slice(0, 7)}` : ''
  return [
    { tool: 'spack', command: `spack mirror add --unsigned strata ${url}` },
    ...(spec ? [{ tool: 'spack', command: `spack install --cache-only ${spec}` }] : []),
  ]
}
