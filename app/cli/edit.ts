import { plural } from '../../main/api/format.ts'
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
  readonly force?: boolean
  readonly json?: boolean
}

/**
 * Shows the difference that a change makes, asks on a terminal, and writes it. `--yes` asks nobody, and writes what Spack
 * would refuse with `--force` only; where nobody can be asked, nothing is written without it. Returns whether the file says it
 * now. Throws what planning and writing throw, `usage` where `--yes` is missing, `config-invalid` where `--force` is.
 */
export async function runEdit(edit: FileEditRequestInput['edit'], options: EditOptions): Promise<boolean> {
  const { env, spack, sysroot, scope, dryRun, yes, force, json } = options
  return withEngine(async (engine) => {
    const plan = await engine.call('edit.plan', { environment: env, spack, sysroot, scope, edit })
    if (!json) console.log(describeEditPlan(plan).join('\n'))
    const writes = !dryRun && !plan.empty
    if (writes && yes && !force) refuseBroken(plan)
    if (writes && !yes && (json || !process.stdin.isTTY)) {
      throw new StrataError('usage', 'nothing was written: nobody can be asked here', {
        hint: 'Add --yes to write it, or --dry-run to look only.',
      })
    }
    const wanted = writes && (yes === true || (await asks(plan)))
    const result = wanted ? await apply(engine, plan.id) : undefined
    if (json) console.log(JSON.stringify(result ? { plan, result } : { plan }))
    else if (result) console.log(describeResult(result).join('\n'))
    return plan.empty || result !== undefined
  })
}

function apply(engine: OwnedEngine, plan: string): Promise<FileEditResult> {
  engine.on('edit.waits', ({ holder }) => console.error(`Waits for ${holder}, which changes this environment.`))
  return engine.call('edit.apply', { plan })
}

function problemsOf({ checks }: FileEditPlan): readonly FileFinding[] {
  return checks.filter(({ severity }) => severity === 'problem')
}

/** Whoever is asked has seen the problems; who is not would hear of them from Spack, at every command. */
function refuseBroken(plan: FileEditPlan): void {
  const [first, ...more] = problemsOf(plan)
  if (!first) return
  const rest = more.length === 0 ? '' : `, and ${plural(more.length, 'more problem')}`
  const what = `${plan.file}:${first.line}:${first.column}: ${first.message}${rest}`
  throw new StrataError('config-invalid', `nothing was written, since Spack would refuse the file: ${what}`, {
    hint: 'Correct it, or write it all the same with --force.',
    details: { file: plan.file, line: first.line, column: first.column },
  })
}

async function asks(plan: FileEditPlan): Promise<boolean> {
  const warning = problemsOf(plan).length === 0 ? '' : 'Spack would refuse this file. '
  const answer = await askName(`${warning}Write it? [y/N] `)
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
