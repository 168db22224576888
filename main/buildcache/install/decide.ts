import type { PlannedInstall } from '../../api/install.ts'
import type { InstallRecord } from '../../spack/database/database.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import type { PrefixState } from './leftovers.ts'

/** What is known of a package before anything is decided. */
export interface Facts {
  readonly node: SpecNode
  /** What the target's database says of it. */
  readonly record: InstallRecord | undefined
  /** Where it would be, or where the record says that it is. */
  readonly prefix: string
  /** What is there. */
  readonly state: Pick<PrefixState, 'exists' | 'unfinished'>
  /** The cache has a tag of it. */
  readonly cached: boolean
  /** Asked for by name, not only a dependency. */
  readonly root: boolean
}

export interface Decision {
  readonly action: PlannedInstall['action']
  readonly why: string
}

/** Decides what happens to one package. Pure: every rule of an install that concerns a single package stands here. */
export function decide(facts: Facts, options: { readonly overwrite: boolean }): Decision {
  const { node, record, cached, state } = facts
  if (node.external) return { action: 'external', why: `not built by Spack: ${node.external.path ?? 'by a module'}` }
  if (record?.installed && record.upstream !== undefined) {
    return { action: 'upstream', why: `installed in the upstream store ${record.upstream}` }
  }
  const missing: Decision = { action: 'missing', why: 'not in this cache' }
  if (record?.installed && state.exists) {
    if (!facts.root || !options.overwrite) return { action: 'installed', why: 'installed already' }
    return cached ? { action: 'overwrite', why: 'replaces what is installed' } : missing
  }
  if (state.exists && !state.unfinished) {
    return { action: 'conflict', why: `${facts.prefix} is there, but the store's database does not know it` }
  }
  if (!cached) return missing
  if (record?.installed)
    return { action: 'install', why: 'its prefix is gone, though the database says it is installed' }
  return { action: 'install', why: state.unfinished ? 'an earlier install did not come to its end' : 'to be installed' }
}

/** Whether a package's files are going to be written. */
export function isWritten(action: PlannedInstall['action']): boolean {
  return action === 'install' || action === 'overwrite'
}
