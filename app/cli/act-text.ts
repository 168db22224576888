import type { ActKind, ActPlan, ActStep } from '../../main/api/acts.ts'
import { cutMiddle, formatBytes, formatDuration, plural, shortDigest } from '../../main/api/format.ts'
import type { ActResult } from '../../main/api/models.ts'
import { out } from './colours.ts'
import { describeComposition } from './compose-text.ts'
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
  compose: { tags: 'to write', kept: 'of its layers there already', bytes: 'of layers to send' },
  combine: { tags: 'to write', kept: 'there already', bytes: 'to send' },
  export: { tags: 'to write', kept: 'there already', bytes: 'to write' },
}

/** Tags are up to 128 letters long; their ends tell them apart. */
const NAME_WIDTH = 64
/** Steps and findings that a screen takes; of a longer plan what changes something comes first. */
const LISTED = 50

/** A plan as people read it: what happens to each tag, the sums, what to know before, and the command. */
export function describeActPlan(plan: ActPlan, options: PlanTextOptions): string[] {
  const { composition } = plan
  // The layers of a composition stand in its stack.
  const steps = composition ? plan.steps.filter((step) => step.object !== 'blob') : plan.steps
  const changes = steps.filter((step) => !['present', 'keep', 'check'].includes(step.action))
  const fits = steps.length <= LISTED && plan.kind !== 'check'
  const shown = options.whole || fits ? steps : changes.slice(0, LISTED)
  const hidden = steps.length - shown.length
  return [
    out.bold(plan.title),
    ...(composition ? describeComposition(composition, options) : []),
    ...(shown.length > 0 ? [''] : []),
    ...table(shown.map(stepRow), { right: [3], width: options.width }),
    ...(hidden > 0 && plan.kind !== 'check'
      ? [out.dim(`  and ${plural(hidden, 'more step')}; --dry-run lists every one`)]
      : []),
    '',
    ...table(facts(plan)),
    ...[...(composition?.findings ?? []), ...plan.findings].flatMap((finding) => describeFinding(finding)),
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
    // That a composition sends none of its layers is what one wants to hear.
    ...(sums.bytes > 0 || kind === 'compose'
      ? [['bytes', `${formatBytes(sums.bytes)} ${words.bytes}`] satisfies [string, string]]
      : []),
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
  compose: 'sent',
  combine: 'sent',
  export: 'written',
}

/** What an act did: a line each, what failed and why, what it found, the sums. */
export function describeActResult(plan: ActPlan, result: ActResult): string[] {
  const { done, failed, findings, bytes, seconds, image } = result
  const hidden = done.length - LISTED
  const sums = [
    ...(bytes > 0 ? [`${formatBytes(bytes)} ${byteWords[plan.kind]}`] : []),
    `in ${formatDuration(seconds)}`,
  ].join(' ')
  const problems = findings.filter((finding) => finding.severity === 'problem').length
  const lines = [
    ...done.slice(0, LISTED).map((line) => `${out.green('✓')}  ${line}`),
    ...(hidden > 0 ? [out.dim(`  and ${plural(hidden, 'more')}`)] : []),
    ...failed.flatMap(({ name, error }) => [
      `${out.red('✗')}  ${name}: ${error.message}`,
      ...(error.hint === undefined ? [] : [`   ${out.dim(error.hint)}`]),
    ]),
    ...findings.flatMap((finding) => describeFinding(finding)),
  ]
  return [
    ...(lines.length > 0 ? ['', ...lines] : []),
    '',
    `${endWords(failed.length, problems)} ${sums}`,
    ...(image ? describeMade(image) : []),
  ]
}

/** Where a made image is, and a command a tool to use it. A command that is cut is none. */
function describeMade({ reference, digest, usage }: NonNullable<ActResult['image']>): string[] {
  const rows: Cell[][] = [['image', reference], ['digest', digest], ...usage.map((one) => [one.tool, one.command])].map(
    ([key = '', value = '']) => [[key, out.dim], value],
  )
  return ['', ...table(rows)]
}

function endWords(failed: number, problems: number): string {
  if (failed > 0) return out.red(`Done, but for ${plural(failed, 'failure')},`)
  if (problems > 0) return out.red(`Done: ${plural(problems, 'problem')} found,`)
  return out.bold('Done,')
}
