import type { ActKind, ActPlan, ActStep } from '../../main/api/acts.ts'
import { cutMiddle, formatBytes, formatDuration, plural, shortDigest } from '../../main/api/format.ts'
import type { ActResult } from '../../main/api/models.ts'
import { out } from './colours.ts'
import { describeFinding, type PlanTextOptions } from './plan-text.ts'
import { type Cell, table } from './table.ts'

/** Colours of the actions; the word stands beside, so none is needed to read it. */
const colours: Readonly<Record<ActStep['action'], (text: string) => string>> = {
  write: out.blue,
  copy: out.blue,
  mount: out.cyan,
  present: out.dim,
  delete: out.red,
  keep: out.dim,
  check: out.dim,
}

/** What the sums of a plan count. */
const sumWords: Readonly<Record<ActKind, { readonly tags: string; readonly kept: string; readonly bytes: string }>> = {
  tag: { tags: 'to write', kept: 'there already', bytes: 'to write' },
  copy: { tags: 'to copy', kept: 'there already', bytes: 'to send' },
  delete: { tags: 'to delete', kept: 'kept', bytes: 'freed' },
  prune: { tags: 'to delete', kept: 'kept', bytes: 'freed' },
  index: { tags: 'to change in the index', kept: 'listed already', bytes: 'to write' },
  check: { tags: 'to check', kept: 'left out', bytes: 'to read' },
}

/** Tags are up to 128 letters long; their ends tell them apart. */
const NAME_WIDTH = 64
/** Steps and findings that a screen takes; of a longer plan what changes something comes first. */
const LISTED = 50

/** A plan as people read it: what happens to each tag, the sums, what to know before, and the command. */
export function describeActPlan(plan: ActPlan, options: PlanTextOptions): string[] {
  const changes = plan.steps.filter((step) => !['present', 'keep', 'check'].includes(step.action))
  const fits = plan.steps.length <= LISTED && plan.kind !== 'check'
  const shown = options.whole || fits ? plan.steps : changes.slice(0, LISTED)
  const hidden = plan.steps.length - shown.length
  return [
    out.bold(plan.title),
    ...(shown.length > 0 ? [''] : []),
    ...table(shown.map(stepRow), { right: [3], width: options.width }),
    ...(hidden > 0 && plan.kind !== 'check'
      ? [out.dim(`  and ${plural(hidden, 'more step')}; --dry-run lists every one`)]
      : []),
    '',
    ...table(facts(plan)),
    ...plan.findings.flatMap((finding) => describeFinding(finding)),
    ...(plan.empty ? ['', out.green('There is nothing to do.')] : []),
    '',
    out.dim(`$ ${plan.command}`),
  ]
}

function stepRow({ action, name, digest, bytes, why }: ActStep): readonly Cell[] {
  return [
    [action, colours[action]],
    cutMiddle(name, NAME_WIDTH),
    [digest === undefined ? '' : shortDigest(digest), out.dim],
    bytes === undefined ? '' : formatBytes(bytes),
    [why, out.dim],
  ]
}

function facts({ kind, sums, repository, target }: ActPlan): Cell[][] {
  const words = sumWords[kind]
  const counts = [`${sums.tags} ${words.tags}`, ...(sums.kept > 0 ? [`${sums.kept} ${words.kept}`] : [])]
  const rows: [string, string][] = [
    ['repository', repository],
    ...(target === undefined ? [] : [['to', target] satisfies [string, string]]),
    [kind === 'index' ? 'packages' : 'tags', counts.join(' · ')],
    ...(sums.bytes > 0 ? [['bytes', `${formatBytes(sums.bytes)} ${words.bytes}`] satisfies [string, string]] : []),
  ]
  return rows.map(([key, value]) => [[key, out.dim], value])
}

/** What the bytes of a result are. */
const byteWords: Readonly<Record<ActKind, string>> = {
  tag: 'written',
  copy: 'sent',
  delete: 'freed',
  prune: 'freed',
  index: 'written',
  check: 'read',
}

/** What an act did: a line each, what failed and why, what it found, the sums. */
export function describeActResult(plan: ActPlan, result: ActResult): string[] {
  const { done, failed, findings, bytes, seconds } = result
  const hidden = done.length - LISTED
  const sums = [
    ...(bytes > 0 ? [`${formatBytes(bytes)} ${byteWords[plan.kind]}`] : []),
    `in ${formatDuration(seconds)}`,
  ].join(' ')
  const problems = findings.filter((finding) => finding.severity === 'problem').length
  return [
    '',
    ...done.slice(0, LISTED).map((line) => `${out.green('✓')}  ${line}`),
    ...(hidden > 0 ? [out.dim(`  and ${plural(hidden, 'more')}`)] : []),
    ...failed.flatMap(({ name, error }) => [
      `${out.red('✗')}  ${name}: ${error.message}`,
      ...(error.hint === undefined ? [] : [`   ${out.dim(error.hint)}`]),
    ]),
    ...findings.flatMap((finding) => describeFinding(finding)),
    '',
    `${endWords(failed.length, problems)} ${sums}`,
  ]
}

function endWords(failed: number, problems: number): string {
  if (failed > 0) return out.red(`Done, but for ${plural(failed, 'failure')},`)
  if (problems > 0) return out.red(`Done: ${plural(problems, 'problem')} found,`)
  return out.bold('Done,')
}
