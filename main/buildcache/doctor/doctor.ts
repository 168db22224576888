import { type DoctorReport, type DoctorStep, DoctorStepKey } from '../../api/registries.ts'
import { cancelled } from '../../registry/failure.ts'
import { kindName, kindOfRegistry } from '../../registry/kinds.ts'
import { transportTo } from '../../registry/open.ts'
import { formatReference, parseReference, type RegistryReference } from '../../registry/reference.ts'
import { StrataError, toErrorBody, toStrataError } from '../../support/errors.ts'
import type { Connection } from '../connection.ts'
import { checkApi, checkLogin, checkToken } from './access.ts'
import type { Diagnosis } from './case.ts'
import { diagnose } from './diagnosis.ts'
import type { Examination, Step } from './examination.ts'
import { type FolderExamination, folderSteps } from './folder.ts'
import { checkConnect, checkName, checkProxy, checkTls } from './line.ts'
import { checkDelete, checkMount, checkPull, checkPush } from './rights.ts'

export interface DoctorOptions {
  /** Hears of each step as it ends. */
  readonly onStep?: (step: DoctorStep) => void
  readonly signal?: AbortSignal
  readonly env: NodeJS.ProcessEnv
  /** The command line that asks the same. */
  readonly command: string
  /** References that were used before: another repository of the same registry may have a blob to mount. */
  readonly others?: readonly string[]
  /** Milliseconds that one step may take. */
  readonly patience?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Longer than a slow token server takes, shorter than a user waits. */
const defaultPatience = 20_000

/** From the cable up to the rights; each needs what it stands on, and no more. */
const registrySteps: readonly Step<Examination>[] = [
  { key: 'name', needs: [], run: checkName },
  { key: 'proxy', needs: [], run: checkProxy },
  { key: 'connect', needs: ['name', 'proxy'], run: checkConnect },
  { key: 'tls', needs: ['connect'], run: checkTls },
  { key: 'api', needs: ['tls'], run: checkApi },
  { key: 'login', needs: [], run: checkLogin },
  { key: 'token', needs: ['api'], run: checkToken },
  { key: 'pull', needs: ['token'], run: checkPull },
  { key: 'push', needs: ['token'], run: checkPush },
  { key: 'mount', needs: ['pull', 'push'], optional: true, run: checkMount },
  { key: 'delete', needs: ['token'], optional: true, run: checkDelete },
]

/**
 * Tries step by step whether a repository can be read and written, and says what is wrong, why, and what to do. Leaves
 * nothing behind in it. `open` connects to what `to` names, best with `maxAttempts: 1`: whoever asks what is wrong does
 * not want to wait until it has passed. Never rejects but when cancelled.
 */
export async function examine(
  to: string,
  open: () => Promise<Connection>,
  options: DoctorOptions,
): Promise<DoctorReport> {
  const started = performance.now()
  let connection: Connection
  try {
    connection = await open()
  } catch (thrown) {
    return unopened(to, toStrataError(thrown), performance.now() - started, options)
  }
  try {
    const { reference } = connection.target
    return reference.kind === 'layout'
      ? await examineFolder({ reference, target: connection.target }, options)
      : await examineRegistry(connection, reference, options)
  } finally {
    await connection.close()
  }
}

async function examineRegistry(
  connection: Connection,
  reference: RegistryReference,
  options: DoctorOptions,
): Promise<DoctorReport> {
  const { env, now = Date.now, others = [] } = options
  const { registry, scheme } = reference
  const examination: Examination = {
    connection,
    reference,
    transport: transportTo(reference, connection.network),
    env,
    now,
    others: others.flatMap((text) => neighbour(text, reference)),
    kind: kindOfRegistry(registry),
    loggedIn: false,
  }
  const explain: Explain = (step, error) => {
    const { kind, loggedIn } = examination
    return diagnose({ step, error, kind, reference, scheme, loggedIn, now: now() })
  }
  const steps = await runSteps(registrySteps, examination, explain, options)
  const { kind, login = 'anonymous' } = examination
  return report({ reference: formatReference(reference), kind, kindName: kindName(kind), login }, steps, options)
}

/** The reference that a text is, when it names another repository of the same registry. */
function neighbour(text: string, { registry, scheme, repository }: RegistryReference): readonly RegistryReference[] {
  try {
    const other = parseReference(text)
    const isNear = other.kind === 'registry' && other.registry === registry && other.scheme === scheme
    return isNear && other.repository !== repository ? [other] : []
  } catch {
    // A mirror's name.
    return []
  }
}

async function examineFolder(folder: FolderExamination, options: DoctorOptions): Promise<DoctorReport> {
  const steps = await runSteps(folderSteps, folder, explainFolder, options)
  const reference = formatReference(folder.reference)
  const whom = { reference, kind: 'distribution', kindName: 'OCI layout folder', login: 'a folder needs none' } as const
  return report(whom, steps, options)
}

/** What names no repository at all: there is nothing to try. */
function unopened(to: string, error: StrataError, milliseconds: number, options: DoctorOptions): DoctorReport {
  const fix = [error.hint ?? 'Write oci://HOST/NAME, oci+http://HOST:PORT/NAME or oci-layout:///FOLDER.']
  const cause = 'This names no repository that can be pushed to.'
  const shown = { found: error.message, milliseconds, error: toErrorBody(error), cause, fix }
  const steps = DoctorStepKey.options.map(
    (key): DoctorStep => (key === 'name' ? { key, state: 'failed', ...shown } : blocked(key, 'name')),
  )
  for (const step of steps) options.onStep?.(step)
  const whom = { reference: to, kind: 'distribution', kindName: kindName('distribution'), login: 'anonymous' } as const
  return report(whom, steps, options)
}

type Explain = (step: DoctorStepKey, error: StrataError) => Diagnosis

/** Runs the steps one after the other; what needs a step that has failed is skipped. */
async function runSteps<T>(
  table: readonly Step<T>[],
  subject: T,
  explain: Explain,
  { onStep, signal, patience = defaultPatience }: DoctorOptions,
): Promise<readonly DoctorStep[]> {
  const steps: DoctorStep[] = []
  /** What was not done, with the step that is to blame. */
  const broken = new Map<DoctorStepKey, DoctorStepKey>()
  for (const one of table) {
    const [blame] = one.needs.flatMap((key) => broken.get(key) ?? [])
    const step = blame ? blocked(one.key, blame) : await runStep(one, subject, patience, signal, explain)
    if (blame ?? step.state === 'failed') broken.set(one.key, blame ?? one.key)
    steps.push(step)
    onStep?.(step)
  }
  return steps
}

async function runStep<T>(
  { key, run, optional }: Step<T>,
  subject: T,
  patience: number,
  signal: AbortSignal | undefined,
  explain: Explain,
): Promise<DoctorStep> {
  if (signal?.aborted) throw cancelled(signal)
  const limit = AbortSignal.timeout(patience)
  const started = performance.now()
  const took = (): number => Math.round((performance.now() - started) * 10) / 10
  try {
    const { fix = [], ...outcome } = await run(subject, signal ? AbortSignal.any([signal, limit]) : limit)
    return { key, ...outcome, milliseconds: took(), fix: [...fix] }
  } catch (thrown) {
    if (signal?.aborted) throw cancelled(signal)
    const error = limit.aborted ? tooSlow(patience) : toStrataError(thrown)
    const { cause, fix } = explain(key, error)
    const state = optional ? 'warning' : 'failed'
    return { key, state, found: error.message, milliseconds: took(), error: toErrorBody(error), cause, fix: [...fix] }
  }
}

function tooSlow(patience: number): StrataError {
  return new StrataError('registry-cut', `it was not done after ${patience / 1000} s`, {
    details: { reason: 'too-slow' },
  })
}

function blocked(key: DoctorStepKey, blame: DoctorStepKey): DoctorStep {
  return { key, state: 'skipped', found: `not tried, since ${blame} failed`, milliseconds: 0, fix: [] }
}

function explainFolder(_step: DoctorStepKey, error: StrataError): Diagnosis {
  const fix = error.hint === undefined ? ['Choose another folder.'] : [error.hint]
  switch (error.code) {
    case 'permission-denied':
      return { cause: 'You have no right to write there.', fix }
    case 'layout-invalid':
      return {
        cause: 'What is there is not an OCI image layout, or is damaged.',
        fix: [...fix, 'Or name an empty folder.'],
      }
    default:
      return { cause: 'The folder cannot be used.', fix }
  }
}

function report(
  whom: Pick<DoctorReport, 'reference' | 'kind' | 'kindName' | 'login'>,
  steps: readonly DoctorStep[],
  { command }: DoctorOptions,
): DoctorReport {
  const worst = (['failed', 'warning'] as const).find((state) => steps.some((step) => step.state === state))
  return { ...whom, steps: [...steps], state: worst ?? 'ok', command }
}
