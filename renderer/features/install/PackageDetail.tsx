import { CloseButton } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { formatCount, plural } from '../../../main/api/format.ts'
import type { PathMapping, PlannedInstall } from '../../../main/api/install.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Hash } from '../../ui/Hash.tsx'
import { Path } from '../../ui/Path.tsx'
import css from './install.module.css'
import { pathLength, relocations, roomOf, roomWords, shortenPaths } from './model.ts'

/** One package of the plan in full: its prefixes, what becomes longer, and what stands in its way. */
export function PackageDetail({ package: one, onClose }: { readonly package: PlannedInstall; onClose: () => void }) {
  const { problem, relocation } = one
  const longer = one.mappings.filter((mapping) => mapping.kind !== 'package' && roomOf(mapping) < 0)
  return (
    <aside className={css.detail} aria-label={`Package ${one.name}`}>
      <header>
        <h3>
          {one.name} {one.version}
        </h3>
        <Hash value={one.hash} />
        <CloseButton size="sm" aria-label={`Close ${one.name}`} onClick={onClose} />
      </header>
      {problem && (
        <p className={css.problem}>
          {problem.details?.found === undefined ? shortenPaths(problem.message) : relocations.refused.means}
          {problem.hint !== undefined && <span>{problem.hint}</span>}
        </p>
      )}
      <dl>
        {problem?.details?.found !== undefined && (
          <Fact name="String">
            <Path value={String(problem.details.found)} /> <small>{stringWords(problem.details)}</small>
          </Fact>
        )}
        {one.prefix !== undefined && <PrefixFact name="Prefix" path={one.prefix} />}
        {one.oldPrefix !== undefined && <PrefixFact name="Packed for" path={one.oldPrefix} />}
        {relocation && !problem && <Fact name="Paths">{relocations[relocation].means}</Fact>}
        {longer.length > 0 && <Fact name="Longer too">{longer.map(mappingWords).join(', ')}</Fact>}
        {one.digest !== undefined && (
          <Fact name="Layer">
            <Hash value={one.digest} />
          </Fact>
        )}
        {!problem && <Fact name="Why">{one.why}</Fact>}
      </dl>
    </aside>
  )
}

function PrefixFact({ name, path }: { name: string; path: string }) {
  return (
    <Fact name={name}>
      <Path value={path} />
      <CopyButton value={path} what="prefix" /> <small>{plural(pathLength(path), 'character')}</small>
    </Fact>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** Where the string stands, and how many more of its kind there are. */
function stringWords({ file, offset, strings }: NonNullable<ErrorBody['details']>): string {
  const more = Number(strings) > 1 ? `, and ${Number(strings) - 1} more` : ''
  return `in ${file} at byte ${formatCount(Number(offset))}${more}`
}

function mappingWords(mapping: PathMapping): string {
  return `${mapping.name ?? mapping.kind} (${roomWords(roomOf(mapping))})`
}
