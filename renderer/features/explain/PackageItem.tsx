import { IconChevronRight } from '@tabler/icons-react'
import type { ExplainedPackage } from '../../../main/api/explain.ts'
import { plural, shortHash } from '../../../main/api/format.ts'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import { formatRoute } from '../../app/routes.ts'
import { FindingList } from '../../ui/FindingList.tsx'
import css from './explain.module.css'
import { NearBuild } from './NearBuild.tsx'
import { headlineOf, states } from './words.ts'

interface ItemProps {
  readonly package: ExplainedPackage
  readonly index: number
  readonly open: boolean
  /** Whether Tab comes here. */
  readonly tabStop: boolean
  readonly onToggle: () => void
  readonly environment: EnvironmentRef
  readonly repository: string
}

/** One package: its state and why in a line; opened, all that is known of it. */
export function PackageItem({ package: one, index, open, tabStop, onToggle, environment, repository }: ItemProps) {
  const { icon: Icon, word, hue } = states[one.state]
  const body = `explained-${index}`
  return (
    <>
      <button
        type="button"
        className={css.packageHead}
        data-head={index}
        tabIndex={tabStop ? 0 : -1}
        aria-expanded={open}
        aria-controls={open ? body : undefined}
        onClick={onToggle}
      >
        <IconChevronRight size={14} className={css.chevron} aria-hidden />
        <span className={css.state} data-hue={hue}>
          <Icon size={15} stroke={1.8} aria-hidden />
          {word}
        </span>
        <span className={css.name} title={one.spec}>
          {one.version === undefined ? one.spec : `${one.name} ${one.version}`}
          {one.hash !== undefined && <small>{shortHash(one.hash)}</small>}
        </span>
        <span className={css.headline}>{headlineOf(one)}</span>
      </button>
      {open && (
        <div id={body} className={css.packageBody}>
          <Body package={one} environment={environment} repository={repository} />
        </div>
      )}
    </>
  )
}

function Body({ package: one, environment, repository }: Pick<ItemProps, 'package' | 'environment' | 'repository'>) {
  const { summary, findings, near, hash, name } = one
  const [nearest, ...others] = near
  return (
    <>
      <p>
        {summary}.{' '}
        {hash !== undefined && (
          <a
            className={css.link}
            href={formatRoute({ screen: 'environments', ref: environment, view: 'table', package: hash })}
          >
            Show {name} in the table
          </a>
        )}
      </p>
      <FindingList findings={findings} />
      {nearest && (
        <NearBuild near={nearest} repository={repository} title={near.length > 1 ? 'Nearest' : 'In the cache'} />
      )}
      {others.map((other) => (
        <details key={other.hash} className={css.fold}>
          <summary>
            Then {other.name}@{other.version}/{shortHash(other.hash)}
            {other.reasonCount > 0 && <small>{plural(other.reasonCount, 'difference')}</small>}
          </summary>
          <NearBuild near={other} repository={repository} />
        </details>
      ))}
    </>
  )
}
