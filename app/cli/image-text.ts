import type { ImageComparison, ImageDetail, ImageLayer } from '../../main/api/catalog.ts'
import {
  cutMiddle,
  foldPadding,
  formatBytes,
  formatRelative,
  plural,
  shortDigest,
  shortHash,
  shortTag,
} from '../../main/api/format.ts'
import { pathList, splitVariable } from '../../main/api/variables.ts'
import { out } from './colours.ts'
import { type Cell, table } from './table.ts'

const NAME_WIDTH = 40
/** Other tags that are named; the rest is a count. */
const NAMED = 3

/** An image as people read it: what it is, its layers with the roots on top, its variables, the sums. */
export function describeImage(image: ImageDetail, width: number | undefined): string[] {
  const layers = [...image.layers].reverse().map((layer) => layerRow(layer))
  const heads = ['layer', 'is', 'bytes', 'also in'].map((text): Cell => [text, out.dim])
  const platforms = image.platforms.map((one): readonly Cell[] => [
    one.platform,
    one.kind,
    one.bytes === undefined ? '' : formatBytes(one.bytes),
    [one.digest, out.dim],
  ])
  const env = (image.config?.env ?? []).flatMap(variableRows)
  return [
    out.bold(image.tag === undefined ? `${image.repository}@${image.digest}` : `${image.repository}:${image.tag}`),
    ...table(facts(image), { width }),
    ...block('', platforms, { right: [2], width }),
    ...block('', layers.length > 0 ? [heads, ...layers] : [], { right: [2], width }),
    ...block('Environment', env, { width }),
    // A command that is cut is none.
    ...block(
      'Use',
      (image.usage ?? []).map(({ tool, command }): readonly Cell[] => [[tool, out.dim], command]),
      {},
    ),
    '',
    sumsOf(image),
  ]
}

/** A list of paths has a line for each. */
export function variableRows(entry: string): readonly Cell[][] {
  const { name, value } = splitVariable(entry)
  return pathList(value).map((line, at) => [[at === 0 ? name : '', out.dim], foldPadding(line)])
}

/** Lines under a title; none where there is nothing. */
export function block(
  title: string,
  rows: readonly (readonly Cell[])[],
  options: Parameters<typeof table>[1],
): string[] {
  if (rows.length === 0) return []
  return ['', ...(title === '' ? [] : [out.bold(title)]), ...table(rows, options)]
}

function facts(image: ImageDetail): Cell[][] {
  const { package: found, config, base } = image
  const name = found && `${found.name}@${found.version}/${shortHash(found.hash)}`
  const spec = found?.specVersion === undefined ? '' : `, specs of version ${found.specVersion}`
  const made = [image.platform, image.createdAt === undefined ? undefined : formatRelative(image.createdAt, Date.now())]
  const rows: (readonly [string, string | undefined])[] = [
    ['is', image.problem === undefined ? image.kind : `${image.kind}: ${image.problem}`],
    ['package', name && `${name}${spec}`],
    ['built', found && [found.compiler && `%${found.compiler}`, found.target, found.os].filter(Boolean).join(' ')],
    ['variants', found?.variants],
    ['platform', made.filter(Boolean).join(', ')],
    [
      'base',
      base &&
        [base.name, base.digest && shortDigest(base.digest), plural(base.layers, 'layer')].filter(Boolean).join(' '),
    ],
    ['digest', image.digest],
    ['entrypoint', config?.entrypoint.join(' ')],
    ['command', config?.command.join(' ')],
    ['user', config?.user],
    [
      'labels',
      config &&
        Object.entries(config.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(', '),
    ],
    ['same image', image.sameDigest.join(', ')],
    [
      'referrers',
      image.referrers.map((one) => `${one.artifactType ?? 'unknown'} ${shortDigest(one.digest)}`).join(', '),
    ],
  ]
  return rows.flatMap(([key, value]) => (value ? [[[key, out.dim] as const, value]] : []))
}

function layerRow(layer: ImageLayer): readonly Cell[] {
  const { digest, package: found, merged, kind, createdBy, bytes, usedBy, usedByCount } = layer
  const packages = (merged ?? (found ? [found] : [])).map((one) => `${one.name}@${one.version}`).join(', ')
  const name = packages || (createdBy ?? (kind === 'base' ? 'base image' : 'unknown'))
  const others = usedBy.slice(0, NAMED).map((tag) => cutMiddle(shortTag(tag), NAME_WIDTH))
  const more = usedByCount > others.length ? ` and ${usedByCount - others.length} more` : ''
  return [
    [shortDigest(digest), out.dim],
    cutMiddle(name, NAME_WIDTH),
    formatBytes(bytes),
    [`${others.join(', ')}${more}`, out.dim],
  ]
}

function sumsOf({ sums, layers }: ImageDetail): string {
  const parts = [
    plural(layers.length, 'layer'),
    formatBytes(sums.bytes),
    `${formatBytes(sums.uniqueBytes)} of them used by this image alone`,
    ...(sums.unpackedBytes === undefined ? [] : [`${formatBytes(sums.unpackedBytes)} unpacked`]),
  ]
  return parts.join(' · ')
}

const signs = { same: ' ', changed: '~', added: '+', removed: '-', version: '~', build: '~' } as const
const colours = {
  same: out.dim,
  changed: out.yellow,
  added: out.green,
  removed: out.red,
  version: out.yellow,
  build: out.yellow,
}

/** A comparison as people read it: packages that differ, layers that differ, variables, the sums. */
export function describeComparison(comparison: ImageComparison, width: number | undefined): string[] {
  const { left, right, packages, layers, env, sums } = comparison
  const differing = packages.filter((one) => one.change !== 'same').map(packageChange)
  // What a package's line says already needs no line of its layer's.
  const others = layers.filter((one) => one.change !== 'same' && !(one.left?.package ?? one.right?.package))
  const rows = others.map(({ change, left: one, right: other }): readonly Cell[] => [
    [signs[change], colours[change]],
    shortDigest(one?.digest ?? other?.digest ?? ''),
    [one?.createdBy ?? other?.createdBy ?? '', out.dim],
  ])
  const same = packages.length - differing.length
  return [
    `${out.red('-')} ${out.bold(titleOf(left))}`,
    `${out.green('+')} ${out.bold(titleOf(right))}`,
    ...block('Packages', differing, { width }),
    ...block('Layers', rows, { width }),
    ...block(
      'Environment',
      env.map((one) => variableChange(one)),
      { width },
    ),
    '',
    [
      left.digest === right.digest ? 'the same image' : `${plural(same, 'package')} the same`,
      `${formatBytes(sums.sharedBytes)} in both`,
      `${formatBytes(sums.leftBytes)} left only`,
      `${formatBytes(sums.rightBytes)} right only`,
    ].join(' · '),
  ]
}

function titleOf({ repository, tag, digest }: ImageDetail): string {
  return tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`
}

function packageChange({ name, change, left, right }: ImageComparison['packages'][number]): readonly Cell[] {
  const side = (one: typeof left): string => (one ? `${one.version}/${shortHash(one.hash)}` : '')
  const sizes = [left, right].map((one) => (one ? formatBytes(one.bytes) : ''))
  const arrow = left && right ? ' → ' : ''
  return [[signs[change], colours[change]], name, `${side(left)}${arrow}${side(right)}`, [sizes.join(arrow), out.dim]]
}

function variableChange({ name, left, right }: ImageComparison['env'][number]): readonly Cell[] {
  const change = left === undefined ? 'added' : right === undefined ? 'removed' : 'changed'
  return [[signs[change], colours[change]], name]
}
