import { plural } from '../../../main/api/format.ts'
import type { InstallPlan } from '../../../main/api/install.ts'
import { FindingList } from '../../ui/FindingList.tsx'
import page from '../planning/page.module.css'
import { planFindings } from './model.ts'

interface FindingsProps {
  readonly plan: InstallPlan
  readonly onPackage: (hash: string) => void
}

/** What to know before one installs; of a great many the gravest, since the table begins with the packages of all. */
export function InstallFindings({ plan, onPackage }: FindingsProps) {
  const { shown, more } = planFindings(plan)
  return (
    <>
      <FindingList findings={shown} onPackage={onPackage} />
      {more > 0 && (
        <p className={page.note}>And {plural(more, 'more finding')}: the table begins with their packages.</p>
      )}
    </>
  )
}
