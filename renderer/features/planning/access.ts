import type { GivenCredentials, Mirror } from '../../../main/api/models.ts'

export type CredentialsDraft =
  | { readonly kind: 'found' }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }

/** How to get into a registry, and whom to trust, as it stands in a form. */
export interface AccessDraft {
  readonly credentials: CredentialsDraft
  /** Empty for none. */
  readonly caFile: string
  readonly insecure: boolean
}

export const freshAccess: AccessDraft = { credentials: { kind: 'found' }, caFile: '', insecure: false }

/** The part of a request that a draft of the access stands for. */
export function givenAccess({ credentials, caFile, insecure }: AccessDraft): {
  credentials: GivenCredentials | undefined
  caFiles: string[]
  insecure: boolean
} {
  const file = caFile.trim()
  return { credentials: givenCredentials(credentials), caFiles: file === '' ? [] : [file], insecure }
}

/** Credentials that are complete; half typed ones are not sent. */
function givenCredentials(draft: CredentialsDraft): GivenCredentials | undefined {
  if (draft.kind === 'password' && draft.username !== '' && draft.password !== '') {
    return { username: draft.username, password: draft.password }
  }
  if (draft.kind === 'token' && draft.token !== '') return { token: draft.token }
  return undefined
}

/** The cache that is meant while none is named: the environment's own mirror, else what was used last. */
export function usualCache(mirrors: readonly Mirror[], recent: readonly string[]): string {
  return mirrors.find((one) => one.oci)?.name ?? recent[0] ?? ''
}
