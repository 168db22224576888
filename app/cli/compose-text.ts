import type { CompositionPreview, PreviewPackage } from '../../main/api/compose.ts'
import { cutMiddle, formatBytes, plural, shortDigest, shortHash } from '../../main/api/format.ts'
import { out } from './colours.ts'
import { block, variableRows } from './image-text.ts'
import { describeFinding, type PlanTextOptions } from './plan-text.ts'
import { type Cell, table } from './table.ts'

const NAME_WIDTH = 48
/** Packages that a screen takes; of a longer stack the roots are shown. */
const LISTED = 50

/** What would come of a composition that is not published yet, as people read it. */
export function describePreview(preview: CompositionPreview, options: PlanTextOptions): string[] {
  return [
    out.bold(`An image of packages of ${preview.repository}`),
    ...describeComposition(preview, options),
    ...(preview.findings.length > 0 ? [''] : []),
    ...preview.findings.flatMap((finding) => describeFinding(finding)),
    '',
    out.dim(`$ ${preview.command}`),
  ]
}

/**
 * What a composition is made of: its layers, the roots on top and the base at the bottom, the sums, what of the
 * environment was said differently, and with `whole` all of the environment.
 */
export function describeComposition(preview: CompositionPreview, { whole, width }: PlanTextOptions): string[] {
  // What is merged lies on top.
  const stack = [...preview.packages].sort((a, b) => Number(a.merged) - Number(b.merged)).reverse()
  const shown = whole || stack.length <= LISTED ? stack : stack.filter((one) => one.root).slice(0, LISTED)
  const hidden = stack.length - shown.length
  const heads = ['', 'layer', '', 'bytes', ''].map((text): Cell => [text, out.dim])
  const more: Cell[] = ['', [`and ${plural(hidden, 'more package')}; --dry-run lists every one`, out.dim], '', '', '']
  const rows = [heads, ...shown.map(packageRow), ...(hidden > 0 ? [more] : []), ...baseRows(preview)]
  return [
    ...(rows.length > 1 ? ['', ...table(rows, { right: [3], width })] : []),
    '',
    ...table([...sums(preview), ...(whole ? settings(preview) : [])]),
    ...conflicts(preview, width),
    ...(whole
      ? block(
          'Environment',
          preview.variables.flatMap(({ name, value }) => variableRows(`${name}=${value}`)),
          { width },
        )
      : []),
  ]
}

function packageRow(one: PreviewPackage): readonly Cell[] {
  const brought = one.broughtBy && `${one.broughtBy.name} needs it (${one.broughtBy.types.join(', ')})`
  const shared = one.sharedBy > 0 ? `in ${plural(one.sharedBy, 'other image')}` : undefined
  return [
    one.merged ? ['merged', out.cyan] : one.root ? ['root', out.green] : '',
    cutMiddle(`${one.name}@${one.version}`, NAME_WIDTH),
    [shortHash(one.hash), out.dim],
    formatBytes(one.bytes),
    [[one.merged && one.root ? 'root' : brought, shared].filter(Boolean).join(', '), out.dim],
  ]
}

function baseRows({ base }: CompositionPreview): readonly Cell[][] {
  if (!base) return []
  const facts = [plural(base.layers, 'layer'), base.system, base.libc].filter(Boolean).join(', ')
  return [
    [
      ['base', out.dim],
      cutMiddle(base.reference, NAME_WIDTH),
      [shortDigest(base.digest), out.dim],
      formatBytes(base.bytes),
      [facts, out.dim],
    ],
  ]
}

function sums({ sums: of, base, merge, architecture, examined, digest }: CompositionPreview): Cell[][] {
  const unique =
    of.uniqueBytes > 0 ? `${formatBytes(of.uniqueBytes)} of it in no other image` : 'all of it elsewhere, too'
  const looked = `${examined.done} of ${plural(examined.total, 'layer')}`
  const unseen = examined.done < examined.total ? ': what the others need to run is not known' : ''
  return factRows([
    ['image', `linux/${architecture}, ${formatBytes(of.bytes)}, ${unique}`],
    ['layers', `${of.layers} of at most ${of.layerLimit}${base ? `, ${of.baseLayers} of them the base's` : ''}`],
    ['packages', `${of.packages} · ${plural(of.roots, 'root')}`],
    ['merged', merge && describeMerge(merge)],
    // Without a base image nothing runs, and nothing is looked into.
    ['examined', examined.total > 0 ? `${looked}${unseen}` : undefined],
    ['digest', digest],
  ])
}

function describeMerge({ packages, bytes, made }: NonNullable<CompositionPreview['merge']>): string {
  return `${plural(packages.length, 'package')} in one layer of about ${formatBytes(bytes)}, ${made ? 'made before' : 'to be made'}`
}

/** What a container of it does and is called. */
function settings({ settings: of, annotations }: CompositionPreview): Cell[][] {
  const pairs = (record: Readonly<Record<string, string>> = {}): string =>
    Object.entries(record)
      .map(([key, value]) => `${key}=${value}`)
      .join(', ')
  return factRows([
    ['entrypoint', of.entrypoint?.join(' ')],
    ['command', of.command?.join(' ')],
    ['workdir', of.workingDirectory],
    ['user', of.user],
    ['labels', pairs(of.labels)],
    ['annotations', pairs(annotations)],
  ])
}

function factRows(rows: readonly (readonly [string, string | undefined])[]): Cell[][] {
  return rows.flatMap(([key, value]) => (value ? [[[key, out.dim] as const, value]] : []))
}

/** Variables of which more than one value is said: each value with who says it, and which one the image gets. */
function conflicts({ conflicts: all }: CompositionPreview, width: number | undefined): string[] {
  const open = all.filter((one) => !one.settled)
  const rows = open.flatMap(({ name, says, value }) =>
    says.map((said, at): readonly Cell[] => [
      at === 0 ? name : '',
      said.value === value ? ['✓', out.green] : '',
      said.value,
      [said.by.join(', '), out.dim],
    ]),
  )
  return block('Said differently (settle with --env NAME=VALUE)', rows, { width })
}
