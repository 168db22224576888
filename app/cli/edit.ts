import type { FileEditPlan, FileEditRequestInput, FileEditResult, FileFinding } from '../../main/api/spack-files.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { StrataError } from '../../main/support/errors.ts'
import { out } from './colours.ts'
import { describeFinding } from './plan-text.ts'
import { askName } from './secret.ts'
import { withEngine } from './session.ts'

/** What every command that writes one of Spack's files understands. */
export interface EditOptions {
  readonly env?: string
  readonly spack?: string
  readonly sysroot?: string
  readonly scope?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly json?: boolean
}

/**
 * Shows the difference that a change makes, asks on a terminal, and writes it. `--yes` asks nobody; where nobody can be
 * asked, nothing is written without it. Returns whether the file says it now. Throws what planning and writing throw,
 * `usage` where `--yes` is missing.
 */
export async function runEdit(edit: FileEditRequestInput['edit'], options: EditOptions): Promise<boolean> {
  const { env, spack, sysroot, scope, dryRun, yes, json } = options
  return withEngine(async (engine) => {
    const plan = await engine.call('edit.plan', { environment: env, spack, sysroot, scope, edit })
    if (!json) console.log(describeEditPlan(plan).join('\n'))
    const writes = !dryRun && !plan.empty
    const wanted = writes && (yes === true || (!json && (await asks())))
    const result = wanted ? await apply(engine, plan.id) : undefined
    if (json) console.log(JSON.stringify(result ? { plan, result } : { plan }))
    else if (result) console.log(describeResult(result).join('\n'))
    if (writes && !wanted && !process.stdin.isTTY) {
      throw new StrataError('usage', 'nothing was written: nobody can be asked here', {
        hint: 'Add --yes to write it, or --dry-run to look only.',
      })
    }
    return plan.empty || result !== undefined
  })
}

function apply(engine: OwnedEngine, plan: string): Promise<FileEditResult> {
  engine.on('edit.waits', ({ holder }) => console.error(`Waits for ${holder}, which changes this environment.`))
  return engine.call('edit.apply', { plan })
}

async function asks(): Promise<boolean> {
  const answer = await askName('Write it? [y/N] ')
  return /^y(es)?$/i.test(answer ?? '')
}

/** What will be written, what is wrong with it, and the commands that do the same. */
export function describeEditPlan(plan: FileEditPlan): string[] {
  return [
    out.bold(plan.title),
    ...(plan.empty ? [out.green('There is nothing to change.')] : ['', ...colourDiff(plan.diff), '']),
    ...plan.checks.flatMap((check) => describeCheck(check, plan.file)),
    ...plan.findings.flatMap((finding) => describeFinding(finding)),
    ...(plan.checks.length + plan.findings.length > 0 ? [''] : []),
    out.dim(`$ ${plan.command}`),
    ...(plan.spackCommand === undefined ? [] : [out.dim(`  as Spack does it: ${plan.spackCommand}`)]),
  ]
}

/** A finding about one place of a file, in the form that editors jump to. */
export function describeCheck({ line, column, ...finding }: FileFinding, file: string): readonly string[] {
  return describeFinding({ ...finding, message: `${file}:${line}:${column}: ${finding.message}` })
}

function describeResult({ file, merged, created }: FileEditResult): readonly string[] {
  return [
    `${out.green('written:')} ${file}`,
    ...(merged ? ['It had been changed meanwhile; both changes are in it.'] : []),
    ...(created === undefined ? [] : [out.dim(`To go on: strata env add --env ${created} SPEC`)]),
  ]
}

function colourDiff(diff: string): readonly string[] {
  return diff.split('\n').map((line) => {
    if (line.startsWith('+++') || line.startsWith('---')) return out.bold(line)
    if (line.startsWith('+')) return out.green(line)
    if (line.startsWith('-')) return out.red(line)
    return line.startsWith('@@') ? out.cyan(line) : line
  })
}
