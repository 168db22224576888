import type { DoctorStep, DoctorStepKey, RegistryKind } from '../../api/registries.ts'
import type { AnswerHeaders } from '../../registry/kinds.ts'
import type { RegistryReference } from '../../registry/reference.ts'
import type { Manifest } from '../../registry/repository.ts'
import type { Transport } from '../../registry/transport.ts'
import type { Connection } from '../connection.ts'

/** What is examined, and what the steps have found out so far for those after them. */
export interface Examination {
  readonly connection: Connection
  readonly reference: RegistryReference
  readonly transport: Transport
  readonly env: NodeJS.ProcessEnv
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Other repositories that were used and might have a blob to mount. */
  readonly others: readonly RegistryReference[]
  /** By the name at first, by the first answer once there is one. */
  kind: RegistryKind
  /** The first answer's headers. */
  greeting?: AnswerHeaders
  /** What was read of the repository, when it holds anything. */
  manifest?: Manifest
  /** Whether a login was found, and which, in words. */
  loggedIn: boolean
  login?: string
}

/** How a step ended when it did not fail: a step that fails throws. */
export interface Outcome {
  readonly state: 'ok' | 'warning' | 'skipped'
  /** What was found, in one line. */
  readonly found: string
  readonly cause?: string
  readonly fix?: readonly string[]
  readonly error?: DoctorStep['error']
}

/** One thing to try. It is left out when one of those that it `needs` failed. */
export interface Step<T> {
  readonly key: DoctorStepKey
  readonly needs: readonly DoctorStepKey[]
  /** No push needs it: its failure is a warning. */
  readonly optional?: boolean
  /** @throws StrataError: the step has failed */
  run(subject: T, signal: AbortSignal): Promise<Outcome>
}

export function ok(found: string): Outcome {
  return { state: 'ok', found }
}

export function warning(found: string, cause?: string, fix: readonly string[] = []): Outcome {
  return { state: 'warning', found, cause, fix }
}

export function skipped(found: string): Outcome {
  return { state: 'skipped', found }
}
