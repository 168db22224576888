import { formatBytes, formatCount, shortHash } from '../../../main/api/format.ts'
import { fateOf, type PlannedInstall } from '../../../main/api/install.ts'
import type { GridColumn } from '../../ui/grid/column.ts'
import { fates, isStuck, isWritten, pathLength, prefixLengths, relocations, shortenPaths } from './model.ts'

export const columns: readonly GridColumn<PlannedInstall>[] = [
  {
    id: 'action',
    title: 'Action',
    track: '86px',
    text: (p) => fates[fateOf(p)].word,
    hue: (p) => fates[fateOf(p)].hue,
  },
  {
    id: 'name',
    title: 'Package',
    track: 'minmax(110px, 1.1fr)',
    text: (p) => `${p.name}@${p.version}`,
    hint: (p) => `${p.name}@${p.version}/${shortHash(p.hash)}`,
    hue: (p) => (p.root ? 'root' : undefined),
  },
  {
    id: 'root',
    title: 'Root',
    track: '44px',
    text: (p) => (p.root ? 'root' : ''),
    hint: (p) => (p.root ? 'Asked for, not only needed by another package' : undefined),
  },
  {
    id: 'size',
    title: 'Layer',
    track: '116px',
    number: true,
    text: (p) => (p.size === undefined ? '' : `${p.fetched ? 'fetched · ' : ''}${formatBytes(p.size)}`),
    hint: (p) => (p.size === undefined ? undefined : `${formatCount(p.size)} bytes, compressed`),
  },
  {
    id: 'lengths',
    title: 'Prefix',
    track: '82px',
    number: true,
    text: (p) => (isWritten(p) ? prefixLengths(p) : ''),
    hint: lengthsHint,
  },
  {
    id: 'relocation',
    title: 'Paths',
    track: '88px',
    text: (p) => p.relocation ?? '',
    hint: (p) => p.relocation && relocations[p.relocation].means,
    hue: (p) => p.relocation && relocations[p.relocation].hue,
  },
  {
    id: 'why',
    title: 'Why',
    track: 'minmax(80px, 1.4fr)',
    text: (p) => shortenPaths(p.problem?.message ?? p.why),
    hint: (p) => p.problem?.message ?? p.why,
    hue: (p) => (isStuck(p) ? 'problem' : undefined),
  },
]

function lengthsHint({ oldPrefix, prefix }: PlannedInstall): string | undefined {
  if (prefix === undefined) return undefined
  const now = `to ${prefix} (${pathLength(prefix)} characters)`
  return oldPrefix === undefined ? now : `from ${oldPrefix} (${pathLength(oldPrefix)} characters)\n${now}`
}
