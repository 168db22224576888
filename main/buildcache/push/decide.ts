import type { PlannedPackage } from '../../api/models.ts'
import type { ImageLayer } from '../../image/assemble.ts'
import type { BaseImage } from '../../image/base.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import type { RemotePackage } from '../remote-package.ts'

/** What is known of a package before anything is decided. */
export interface Facts {
  readonly node: SpecNode
  readonly installed: boolean
  readonly remote: RemotePackage
  /** Its layer in the blob store, packed before. */
  readonly local: ImageLayer | undefined
  /** Whether its recipe lets it be passed on; undefined when nobody could be asked. */
  readonly redistributable: boolean | undefined
  /** The base image that was asked for, for this package's architecture. */
  readonly base: BaseImage | undefined
  /** Counts the layers of its own image without the base's: its run-time closure. Asked only when it matters. */
  readonly closureSize: () => number
}

export interface Decision {
  readonly action: PlannedPackage['action']
  readonly why: string
  readonly writes: boolean
  /** The layer, when it exists already: in the registry or in the blob store. */
  readonly layer: ImageLayer | undefined
}

/** Decides what happens to one package. Pure: every rule of the push that concerns a single package stands here. */
export function decide(facts: Facts, options: { readonly force: boolean; readonly private: boolean }): Decision {
  const { node, remote, local, installed } = facts
  if (node.external) return left('external', 'not built by Spack: it stays where it is')
  if (remote.kind === 'present' && !options.force) {
    const rebase = facts.base !== undefined && !standsOn(remote, facts.base, facts.closureSize)
    const why = rebase ? 'in the registry; its image is put on the new base' : 'in the registry'
    return { action: 'present', why, writes: rebase, layer: remote.layer }
  }
  if (facts.redistributable === false && !options.private) {
    return left('private', 'its recipe does not let it be redistributed')
  }
  const before = remote.kind === 'unusable' ? `${remote.why}; ` : ''
  if (local) return { action: 'reuse', why: `${before}packed before, in the blob store`, writes: true, layer: local }
  if (installed) return { action: 'build', why: `${before}to be packed`, writes: true, layer: undefined }
  // A forced push of what is only in the registry has nothing to replace it with.
  if (remote.kind === 'present') {
    return { action: 'present', why: 'in the registry, not installed here', writes: false, layer: remote.layer }
  }
  return left('missing', `${before}not installed`)
}

function left(action: Decision['action'], why: string): Decision {
  return { action, why, writes: false, layer: undefined }
}

/** Whether the image in the registry lies on this base: the base's layers first, and as many others as it has to have. */
function standsOn(remote: RemotePackage & { kind: 'present' }, base: BaseImage, closureSize: () => number): boolean {
  const { layers } = remote.manifest
  const below = base.manifest.layers
  return below.every((layer, i) => layer.digest === layers[i]?.digest) && layers.length === below.length + closureSize()
}
