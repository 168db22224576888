import { plural } from '../../../main/api/format.ts'
import type { DoctorReport, DoctorStep, DoctorStepKey } from '../../../main/api/registries.ts'

/** The steps in the order in which they are tried, with what each is called. */
export const stepNames: Readonly<Record<DoctorStepKey, string>> = {
  name: 'Name',
  proxy: 'Proxy',
  connect: 'Connect',
  tls: 'TLS',
  api: '/v2/',
  login: 'Login',
  token: 'Token',
  pull: 'Pull',
  push: 'Push',
  mount: 'Mount',
  delete: 'Delete',
}

/** What is being tried now, as far as one can tell: what follows the last step that ended. */
export function nextStep(done: readonly DoctorStep[]): DoctorStepKey | undefined {
  const order = Object.keys(stepNames) as DoctorStepKey[]
  const last = done.at(-1)
  return order[last === undefined ? 0 : order.indexOf(last.key) + 1]
}

/** A report in one line: who may push, or what failed first. */
export function verdict(report: DoctorReport): string {
  const failed = firstFailed(report)
  if (failed) return `${stepNames[failed.key]} failed`
  const warnings = report.steps.filter((step) => step.state === 'warning').length
  const able = report.steps.some(({ key, state }) => key === 'push' && state === 'ok') ? 'Can pull and push' : 'Works'
  return `${able}, login: ${report.login}${warnings > 0 ? `; ${plural(warnings, 'warning')}` : ''}`
}

/** Why it failed. */
export function whyFailed(report: DoctorReport): string | undefined {
  const failed = firstFailed(report)
  return failed?.cause ?? failed?.found
}

function firstFailed(report: DoctorReport): DoctorStep | undefined {
  return report.steps.find((step) => step.state === 'failed')
}

export type FixLine = { readonly kind: 'words' | 'command'; readonly text: string }

/** A line of a fix: a command stands alone behind `$ `. */
export function fixLine(line: string): FixLine {
  return line.startsWith('$ ') ? { kind: 'command', text: line.slice(2) } : { kind: 'words', text: line }
}
