import type { ActKind, ActRequestInput } from '../../../../main/api/acts.ts'
import type { EnvironmentRef } from '../../../../main/api/models.ts'
import { assertNever } from '../../../ui/assert.ts'
import { type AccessDraft, freshAccess, givenAccess } from '../../planning/access.ts'

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
}

/** What an act is for: tags of a repository, none of them meaning all where that makes sense. */
export interface ActSubject {
  readonly repository: string
  readonly act: ActKind
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
    default:
      return assertNever(act)
  }
}
