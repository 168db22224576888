import type { Case, Diagnosis } from './case.ts'
import { causes } from './causes.ts'
import { causesByKind } from './causes-by-kind.ts'
import { symptomOf } from './symptoms.ts'

/** What lies behind a failure: in the words of this kind of registry where it has its own way, else in general ones. */
export function diagnose(one: Case): Diagnosis {
  const symptom = symptomOf(one.error, one)
  const own = causesByKind[one.kind]
  // A token that is not good enough after a good login is how most of them say that a right is missing.
  const find = own?.[symptom] ?? (symptom === 'token-refused' ? own?.denied : undefined) ?? causes[symptom]
  return find(one)
}
