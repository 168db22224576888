import type { ExplainedPackage, ExplainedState, Explanation, NearPackage, Reason } from '../../main/api/explain.ts'
import { formatCount, plural, shortHash } from '../../main/api/format.ts'
import { out } from './colours.ts'
import { describeFinding } from './plan-text.ts'

const colours: Readonly<Record<ExplainedState, (text: string) => string>> = {
  usable: out.green,
  hindered: out.red,
  gone: out.red,
  differs: out.yellow,
  absent: out.yellow,
  external: out.dim,
}
const states = Object.keys(colours) as ExplainedState[]

/** Packages that a screen takes with their reasons; of more only what they have in common is told. */
const TOLD = 12
/** Reasons of the nearest build. */
const REASONS = 5

/** An explanation as people read it: what holds for all, each package, what several have in common, the sums. */
export function describeExplanation(explanation: Explanation): string[] {
  const { repository, packages, findings, explained, common, sums, command } = explanation
  // What is as it should be needs no explanation: a line each while there is room for it.
  const puzzling = explained.filter(({ state }) => state !== 'usable' && state !== 'external')
  const told = explained.length <= TOLD ? explained : puzzling.slice(0, TOLD)
  const counts = states.flatMap((state) => (sums[state] > 0 ? [`${formatCount(sums[state])} ${state}`] : []))
  return [
    `${out.bold(repository)} ${out.dim(plural(packages, 'package'))}`,
    ...findings.flatMap((finding) => describeFinding(finding)),
    ...(told.length > 0 ? [''] : []),
    ...told.flatMap((one, at) => {
      const lines = describePackage(one)
      // Packages of one line make a list; one that has a tale to tell stands apart.
      return lines.length > 1 && at > 0 ? ['', ...lines] : lines
    }),
    ...(puzzling.length > told.length
      ? ['', out.dim(`and ${puzzling.length - told.length} more; --json has all`)]
      : []),
    ...(common.length > 0 && explained.length > 1
      ? ['', out.bold('In common'), ...common.slice(0, REASONS).map(commonLine)]
      : []),
    '',
    counts.join(' · '),
    out.dim(`$ ${command}`),
  ].map((line) => line.trimEnd())
}

function commonLine({ text, packages }: Explanation['common'][number]): string {
  return `  ${plural(packages.length, 'package')}: ${text}`
}

function describePackage({ state, summary, findings, near, hash }: ExplainedPackage): string[] {
  const [nearest, ...others] = near
  return [
    `${colours[state](state)} ${summary}`,
    // That something is installed already is no news beside that all is well.
    ...findings
      .filter((one) => state !== 'usable' || one.severity !== 'note' || hash === undefined)
      .flatMap((finding) => describeFinding(finding))
      .map((line) => `  ${line}`),
    ...(nearest ? describeNearest(nearest, hash !== undefined && others.length > 0) : []),
    ...others.map((one) => `  ${out.dim('then')} ${titleOf(one)} ${out.dim(plural(one.reasonCount, 'difference'))}`),
  ]
}

function describeNearest(near: NearPackage, several: boolean): string[] {
  const shown = near.reasons.slice(0, REASONS)
  const hidden = near.reasonCount - shown.length
  return [
    `  ${out.dim(several ? 'nearest' : 'there is')} ${titleOf(near)}`,
    ...shown.map((reason) => `    ${reason.text}`),
    ...(hidden > 0 ? [out.dim(`    and ${plural(hidden, 'more difference')}`)] : []),
    ...advice(shown),
  ]
}

/** Ways to go on, each once: the same command often helps against several reasons. */
function advice(reasons: readonly Reason[]): string[] {
  return [...new Set(reasons.flatMap((one) => one.advice))].map((line) => `    ${out.cyan('›')} ${out.dim(line)}`)
}

function titleOf({ name, version, hash }: NearPackage): string {
  return `${name}@${version}/${shortHash(hash)}`
}
