import type { DoctorReport, DoctorStep, DoctorStepKey, RegistryLogin } from '../../main/api/registries.ts'
import type { Connection } from '../../main/buildcache/connection.ts'
import { type DoctorOptions, examine } from '../../main/buildcache/doctor/doctor.ts'
import type { Credential } from '../../main/registry/credentials/credentials.ts'
import { createNetwork, type NetworkOptions, openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'

/** A way to a registry, with nothing of the machine that the test runs on. */
export interface Visit extends Pick<NetworkOptions, 'env' | 'lookup' | 'timeouts' | 'certificateFolders'> {
  readonly caFiles?: readonly string[]
  readonly insecure?: boolean
  readonly login?: Credential
}

/** The doctor's report on a repository. */
export async function examined(
  to: string,
  { login, caFiles = [], insecure = false, env = {}, ...network }: Visit = {},
  options: Partial<DoctorOptions> = {},
): Promise<DoctorReport> {
  const open = (): Promise<Connection> => openConnection(to, { login, caFiles, insecure, env, ...network })
  return await examine(to, open, { env, command: `strata doctor ${to}`, ...options })
}

async function openConnection(to: string, visit: Visit): Promise<Connection> {
  const { login, caFiles, insecure, ...more } = visit
  const reference = parseReference(to)
  const network = createNetwork({
    credentials: async () => login,
    trust: () => ({ caFiles, insecure }),
    maxAttempts: 1,
    certificateFolders: [],
    ...more,
  })
  const open: Connection['open'] = (other) => openRepository(other, { network })
  return {
    target: await open(reference),
    open,
    openNamed: (other) => open(parseReference(other.to)),
    network,
    logins: async () => (login ? [loginOf(login)] : []),
    onWait: () => () => undefined,
    close: () => network.close(),
  }
}

function loginOf(login: Credential): RegistryLogin {
  const username = login.kind === 'basic' ? login.username : undefined
  return { scope: 'test', kind: login.kind, username, origin: 'given', source: login.source }
}

/** One step of a report. */
export function stepOf(report: DoctorReport, key: DoctorStepKey): DoctorStep {
  const step = report.steps.find((one) => one.key === key)
  if (!step) throw new Error(`there is no step ${key}`)
  return step
}

/** The steps of a report by how they ended: `{ failed: ['tls'], … }`. */
export function statesOf(report: DoctorReport): Readonly<Record<DoctorStep['state'], readonly DoctorStepKey[]>> {
  const keys = (state: DoctorStep['state']): readonly DoctorStepKey[] =>
    report.steps.flatMap((step) => (step.state === state ? [step.key] : []))
  return { ok: keys('ok'), warning: keys('warning'), failed: keys('failed'), skipped: keys('skipped') }
}
