import type { DoctorStepKey, RegistryKind } from '../../api/registries.ts'
import type { RegistryReference } from '../../registry/reference.ts'
import type { StrataError } from '../../support/errors.ts'

/** Where an error came up. */
export interface Scene {
  readonly step: DoctorStepKey
  readonly scheme: 'https' | 'http'
  readonly loggedIn: boolean
}

/** A failure with all that is known of where it came up. */
export interface Case extends Scene {
  readonly error: StrataError
  readonly kind: RegistryKind
  readonly reference: RegistryReference
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The likely cause of a failure, and what to do: one line each, a command alone in its line behind `$ `. */
export interface Diagnosis {
  readonly cause: string
  readonly fix: readonly string[]
}
