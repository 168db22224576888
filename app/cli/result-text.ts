import { formatBytes, formatDuration, plural, shortDigest } from '../../main/api/format.ts'
import type { PushPlan, PushResult } from '../../main/api/models.ts'
import { out } from './colours.ts'
import { type Cell, table } from './table.ts'

/** Tags of packages that are listed; Spack finds them by itself, and so more of them are counted only. */
const LISTED = 50

/** What a push did, and how to use it: the tags, what failed and why, the sums, a command a tool. */
export function describeResult(plan: PushPlan, result: PushResult): string[] {
  const { tags, failed, usage } = result
  const packages = tags.filter((tag) => tag.kind === 'package').sort((a, b) => a.tag.localeCompare(b.tag))
  const others = tags.filter((tag) => tag.kind !== 'package')
  const shown = [...packages.slice(0, LISTED), ...others]
  const hidden = tags.length - shown.length
  const written = tags.length === 0 ? 'Nothing new' : `${plural(tags.length, 'tag')} written to ${plan.target}`
  return [
    '',
    ...table(shown.map(tagRow)),
    ...(hidden > 0 ? [out.dim(`  and ${plural(hidden, 'more package')}`)] : []),
    ...failed.flatMap(({ name, error }) => [
      `${out.red('✗')}  ${name}: ${error.message}`,
      ...(error.hint === undefined ? [] : [`   ${out.dim(error.hint)}`]),
    ]),
    ...(shown.length + failed.length > 0 ? [''] : []),
    `${out.bold(written)}, ${formatBytes(result.bytesUploaded)} uploaded in ${formatDuration(result.seconds)}`,
    ...(usage.length > 0 ? ['', ...table(usage.map((one) => [[one.tool, out.dim], one.command]))] : []),
  ]
}

function tagRow({ tag, digest }: PushResult['tags'][number]): readonly Cell[] {
  return [['✓', out.green], tag, [shortDigest(digest), out.dim]]
}
