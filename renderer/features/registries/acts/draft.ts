import type { ActRequestInput } from '../../../../main/api/acts.ts'
import type { EnvironmentRef } from '../../../../main/api/models.ts'
import type { RepositoryAct } from '../../../app/routes.ts'
import { assertNever } from '../../../ui/assert.ts'
import { type AccessDraft, freshAccess, givenAccess } from '../../planning/access.ts'

/** A form that an image takes on this machine, and the absolute path there. */
export interface ExportTarget {
  readonly form: 'folder' | 'archive'
  readonly path: string
}

/** How the engine is told of it; undefined while the path is not one. */
export function exportReference({ form, path }: ExportTarget): string | undefined {
  const at = path.trim()
  if (!at.startsWith('/')) return undefined
  return form === 'folder' ? `oci-layout://${at}` : `docker-archive:${at}`
}

/** What the user has said on an act's page. Each act takes its part of it. */
export interface ActDraft {
  /** Further tags that a retag writes. */
  readonly newTags: readonly string[]
  /** Where a copy goes. */
  readonly to: string
  readonly access: AccessDraft
  readonly dependencies: boolean
  readonly updateIndex: boolean
  readonly environments: readonly EnvironmentRef[]
  /** Tags and specs that a prune keeps. */
  readonly keepTags: readonly string[]
  readonly newest: number | undefined
  readonly days: number | undefined
  readonly buildDependencies: boolean
  readonly deep: boolean
  /** Tag of the index that images are combined in. */
  readonly combinedTag: string
  readonly exportTo: ExportTarget
  /** Of an image index: `linux/arm64`. Empty for all. */
  readonly platform: string
}

export const freshDraft: ActDraft = {
  newTags: [],
  to: '',
  access: freshAccess,
  dependencies: true,
  updateIndex: true,
  environments: [],
  keepTags: [],
  newest: undefined,
  days: undefined,
  buildDependencies: false,
  deep: false,
  combinedTag: '',
  exportTo: { form: 'archive', path: '' },
  platform: '',
}

/** What an act is for: tags of a repository, none of them meaning all where that makes sense. */
export interface ActSubject {
  readonly repository: string
  readonly act: RepositoryAct
  readonly tags: readonly string[]
}

/** What is still to be said before a plan can be made; undefined when nothing is. */
export function lacking({ act, tags }: ActSubject, draft: ActDraft): string | undefined {
  switch (act) {
    case 'tag':
      if (tags.length !== 1) return 'Choose one tag'
      return draft.newTags.length === 0 ? 'Type a new tag' : undefined
    case 'copy':
      return draft.to.trim() === '' ? 'Say where to' : undefined
    case 'delete':
      return tags.length === 0 ? 'Choose tags' : undefined
    case 'prune': {
      const { environments, keepTags, newest, days } = draft
      const nothing = environments.length === 0 && keepTags.length === 0 && newest === undefined && days === undefined
      return nothing ? 'Say what to keep' : undefined
    }
    case 'index':
    case 'check':
      return undefined
    case 'combine':
      if (tags.length === 0) return 'Choose images'
      return draft.combinedTag.trim() === '' ? 'Type a tag' : undefined
    case 'export':
      if (tags.length !== 1) return 'Choose one image'
      return exportReference(draft.exportTo) === undefined ? 'Type an absolute path' : undefined
    default:
      return assertNever(act)
  }
}

/** The request a draft stands for; undefined while it lacks something. */
export function toRequest(subject: ActSubject, draft: ActDraft): ActRequestInput | undefined {
  if (lacking(subject, draft) !== undefined) return undefined
  const { repository, act, tags } = subject
  const { updateIndex } = draft
  switch (act) {
    case 'tag':
      return { kind: act, repository, from: tags[0] ?? '', to: [...draft.newTags] }
    case 'copy': {
      const { credentials, caFiles, insecure } = givenAccess(draft.access)
      const to = { to: draft.to.trim(), toCredentials: credentials, caFiles, insecure }
      return { kind: act, repository, tags: [...tags], ...to, dependencies: draft.dependencies, updateIndex }
    }
    case 'delete':
      return { kind: act, repository, tags: [...tags], updateIndex }
    case 'prune': {
      const { newest, days, buildDependencies } = draft
      const keep = { environments: [...draft.environments], tags: [...draft.keepTags], newest, days }
      return { kind: act, repository, keep, buildDependencies }
    }
    case 'index':
      return { kind: act, repository }
    case 'check':
      return { kind: act, repository, tags: [...tags], deep: draft.deep }
    case 'combine':
      return { kind: act, repository, images: [...tags], tag: draft.combinedTag.trim() }
    case 'export': {
      const platform = draft.platform.trim()
      const to = exportReference(draft.exportTo) ?? ''
      return { kind: act, repository, image: tags[0] ?? '', to, platform: platform === '' ? undefined : platform }
    }
    default:
      return assertNever(act)
  }
}
