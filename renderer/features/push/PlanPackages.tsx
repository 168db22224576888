import { formatCount, plural } from '../../../main/api/format.ts'
import type { PlannedPackage, PushPlan } from '../../../main/api/models.ts'
import page from '../planning/page.module.css'
import css from './push.module.css'

// The list is for reading reasons, not for scrolling through thousands; the table of the environment does that.
const shownAtMost = 300
const order = { missing: 0, private: 1, build: 2, reuse: 3, present: 4, external: 5 } as const

/** What happens to each package and why, behind a disclosure. */
export function PlanPackages({ plan, onOpen }: { readonly plan: PushPlan; readonly onOpen: (hash: string) => void }) {
  const sorted = plan.packages.toSorted((a, b) => order[a.action] - order[b.action] || a.name.localeCompare(b.name))
  return (
    <details className={page.options}>
      <summary>
        {plural(plan.packages.length, 'package')}
        <span className={page.note}>what happens to each, and why</span>
      </summary>
      <ul className={css.packageList}>
        {sorted.slice(0, shownAtMost).map((p) => (
          <PlannedRow key={p.hash} planned={p} onOpen={onOpen} />
        ))}
        {sorted.length > shownAtMost && <li>and {formatCount(sorted.length - shownAtMost)} more</li>}
      </ul>
      <p className={page.note}>Environment variables of the images: {plan.environmentSource.why}</p>
    </details>
  )
}

function PlannedRow({ planned, onOpen }: { planned: PlannedPackage; onOpen: (hash: string) => void }) {
  return (
    <li>
      <button type="button" onClick={() => onOpen(planned.hash)}>
        {planned.name} <span>{planned.version}</span>
      </button>
      <small>{planned.why}</small>
    </li>
  )
}
