import { type Reason, reasonOf } from '../../registry/failure.ts'
import type { StrataError } from '../../support/errors.ts'
import type { Scene } from './case.ts'

/** What is wrong, told apart by what is to be done about it: the registry client's reasons, and those it cannot see. */
export type Symptom =
  | Reason
  | 'bad-reference'
  /** The login was good enough for a token, and the token is refused. */
  | 'token-refused'
  | 'wrong-digest'
  | 'oversized'
  | 'garbled'
  | 'unknown'

/** What an error means where it came up. */
export function symptomOf(error: StrataError, { step, loggedIn }: Scene): Symptom {
  const reason = reasonOf(error)
  if (reason === 'login-refused') {
    if (!loggedIn) return 'login-missing'
    // Name and password have passed the step before: it is what came of them that is refused here.
    return step === 'token' ? reason : 'token-refused'
  }
  return reason ?? byCode(error)
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
