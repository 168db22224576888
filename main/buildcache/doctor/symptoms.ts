import { type Reason, reasonOf } from '../../registry/failure.ts'
import type { StrataError } from '../../support/errors.ts'
import type { Scene } from './case.ts'

/** Reasons that come to the same for whoever has to do something about it. */
const same = {
  'insufficient-scope': 'denied',
  'not-found': 'name-unknown',
  dripping: 'slow',
  stalled: 'slow',
  timeout: 'slow',
  'bad-request': 'garbled',
  'digest-invalid': 'wrong-digest',
  'blob-unknown': 'incomplete',
  'manifest-unknown': 'incomplete',
} as const satisfies Partial<Readonly<Record<Reason, string>>>
type Same = typeof same

/** What is wrong, told apart by what is to be done about it: the registry client's reasons, and those it cannot see. */
export type Symptom =
  | Exclude<Reason, keyof Same>
  | Same[keyof Same]
  | 'bad-reference'
  /** The login was good enough for a token, and the token is refused. */
  | 'token-refused'
  | 'oversized'
  | 'unknown'

/** What an error means where it came up. */
export function symptomOf(error: StrataError, { step, loggedIn }: Scene): Symptom {
  const reason = reasonOf(error)
  const symptom = reason === undefined ? byCode(error) : isSame(reason) ? same[reason] : reason
  if (!loggedIn && (symptom === 'denied' || symptom === 'login-refused')) return 'login-missing'
  // Name and password have passed the step before: it is what came of them that is refused here.
  return symptom === 'login-refused' && step !== 'token' ? 'token-refused' : symptom
}

function isSame(reason: Reason): reason is keyof Same {
  return Object.hasOwn(same, reason)
}

/** Errors that come of reading what the registry sent have no finer reason. */
function byCode({ code }: StrataError): Symptom {
  switch (code) {
    case 'reference-invalid':
    case 'usage':
      return 'bad-reference'
    case 'registry-auth':
      return 'login-refused'
    case 'registry-denied':
      return 'denied'
    case 'digest-mismatch':
      return 'wrong-digest'
    case 'size-exceeded':
      return 'oversized'
    case 'registry-protocol':
    case 'manifest-invalid':
      return 'garbled'
    case 'registry-cut':
      return 'cut'
    default:
      return 'unknown'
  }
}
