import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { plural } from '../../main/api/format.ts'
import type { DoctorReport, DoctorStep } from '../../main/api/registries.ts'
import { out } from './colours.ts'
import { interruption, unlessInterrupted } from './interrupt.ts'
import { type LoginOptions, readCredentials } from './secret.ts'
import { withEngine } from './session.ts'

/** The options of `strata doctor` as commander hands them over. */
export interface DoctorOptions extends LoginOptions {
  readonly env?: string
  readonly caFile?: readonly string[]
  readonly insecure?: boolean
  readonly json?: boolean
}

/** `strata doctor`: a line for each step as it ends, and why and what to do where something is wrong. */
export async function doctor(to: string, options: DoctorOptions): Promise<void> {
  const credentials = await readCredentials(options, 'doctor')
  const interrupted = interruption()
  try {
    await withEngine(async (engine) => {
      const run = randomUUID()
      engine.on('doctor.step', (event) => {
        if (event.run === run && !options.json) console.log(describeStep(event.step).join('\n'))
      })
      const asked = engine.call('registry.doctor', {
        to,
        run,
        environment: options.env ?? (process.env.SPACK_ENV || undefined),
        caFiles: (options.caFile ?? []).map((file) => resolve(file)),
        insecure: options.insecure,
        credentials,
      })
      const report = await unlessInterrupted(asked, interrupted.signal)
      console.log(options.json ? JSON.stringify(report) : describeReport(report).join('\n'))
      if (report.state === 'failed') process.exitCode = 1
    })
  } finally {
    interrupted.release()
  }
}

const marks: Readonly<Record<DoctorStep['state'], string>> = {
  ok: out.green('✓'),
  warning: out.yellow('!'),
  failed: out.red('✗'),
  skipped: out.dim('–'),
}

/** Letters of the longest step's name. */
const NAME_WIDTH = 7

/** A step that has ended: a mark, its name, what was found and the time it took; below it why, and what to do. */
export function describeStep({ key, state, found, milliseconds, cause, fix }: DoctorStep): string[] {
  const indent = ' '.repeat(NAME_WIDTH + 4)
  const time = state === 'skipped' ? '' : out.dim(` (${Math.round(milliseconds)} ms)`)
  return [
    `${marks[state]} ${key.padEnd(NAME_WIDTH)}  ${state === 'skipped' ? out.dim(found) : found}${time}`,
    ...(cause === undefined ? [] : [`${indent}${cause}`]),
    ...fix.map((line) => `${indent}${line.startsWith('$ ') ? out.bold(line) : `→ ${line}`}`),
  ]
}

/** The last line: whether packages can be pushed there, and as whom. */
function describeReport({ reference, kindName, login, steps, state }: DoctorReport): string[] {
  const whom = `${reference} (${kindName}), login: ${login}`
  const warnings = steps.filter((step) => step.state === 'warning').length
  const [first] = steps.filter((step) => step.state === 'failed')
  switch (state) {
    case 'ok':
      return ['', `${out.green('All well:')} ${whom}`]
    case 'warning':
      return ['', `${out.yellow(`Works, with ${plural(warnings, 'warning')}:`)} ${whom}`]
    case 'failed':
      return ['', `${out.red(`Failed at ${first?.key ?? 'a step'}:`)} ${whom}`]
  }
}
