import { Button } from '@mantine/core'
import { IconArrowLeft, IconUpload } from '@tabler/icons-react'
import type { ActPlan } from '../../../main/api/acts.ts'
import type { Finding } from '../../../main/api/models.ts'
import { navigate } from '../../app/use-route.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { FindingList } from '../../ui/FindingList.tsx'
import { PlanHeader } from '../planning/PlanHeader.tsx'
import page from '../planning/page.module.css'
import { whyNot } from '../registries/acts/ActPage.tsx'
import { ActPlanView } from '../registries/acts/ActPlanView.tsx'
import acts from '../registries/acts/acts.module.css'
import { useAct } from '../registries/acts/use-act.ts'
import { shortReference } from '../registries/names.ts'
import { PublishForm } from './PublishForm.tsx'
import { lacking, toRequest } from './publication.ts'
import { useWorkbench } from './workbench.ts'

/** Where the image goes and under which tag at the left, what that sends at the right, and the button that does it. */
export function PublishPage({ repository }: { readonly repository: string }) {
  const { composition, publication, publish } = useWorkbench(repository)
  const { planned, run, starting, runError } = useAct(toRequest(repository, composition, publication), (job) =>
    navigate({ screen: 'compose', repository, job }),
  )
  const lacks = lacking(composition, publication)
  const why = whyNot(planned, { lacks, confirmed: true })
  const verb = publication.where === 'file' ? 'Export' : 'Publish'
  return (
    <div className={page.page}>
      <PlanHeader
        title={
          <>
            {verb} <span className={acts.where}>composed from {shortReference(repository)}</span>
          </>
        }
        titleHint={repository}
        why={why}
        run={{
          words: `${verb} ${publication.tag.trim()}`,
          icon: IconUpload,
          starting,
          disabled: !planned.plan || planned.planning || why !== undefined,
          onRun: () => void run(),
        }}
      >
        <Button
          variant="default"
          leftSection={<IconArrowLeft size={15} />}
          onClick={() => navigate({ screen: 'compose', repository })}
        >
          Back to composing
        </Button>
      </PlanHeader>
      <div className={`${page.columns} ${acts.columns}`}>
        <div className={page.left}>
          <PublishForm repository={repository} draft={publication} change={publish} />
          {runError && <ErrorPanel error={runError} />}
          {planned.plan && lacks === undefined && <FindingList findings={findingsOf(planned.plan)} />}
        </div>
        <ActPlanView planned={planned} lacks={lacks} act="compose" />
      </div>
    </div>
  )
}

/** What publishing adds, and whether what is published will run. */
function findingsOf({ findings, composition }: ActPlan): readonly Finding[] {
  return [...findings, ...(composition?.findings ?? [])]
}
