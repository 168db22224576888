import { IconLayersUnion } from '@tabler/icons-react'
import { useEffect } from 'react'
import type { ComposeRoute } from '../../app/routes.ts'
import { replaceRoute } from '../../app/use-route.ts'
import { JobPage } from '../activity/JobPage.tsx'
import { ChooseCache } from './ChooseCache.tsx'
import { ComposePage } from './ComposePage.tsx'
import { withRoots } from './composition.ts'
import { OpeningImage } from './OpeningImage.tsx'
import { PublishPage } from './PublishPage.tsx'
import { useWorkbench } from './workbench.ts'

/** Composing: from which cache, what, and where it goes; while it is published, the job in the place of the plan. */
export function ComposeScreen({ route }: { readonly route: ComposeRoute }) {
  const { repository, tag, specs, publish, job } = route
  if (repository === undefined) return <ChooseCache />
  if (job !== undefined) {
    return (
      <JobPage
        id={job}
        icon={IconLayersUnion}
        what="job"
        where="in the registry"
        onRetried={(next) => replaceRoute({ screen: 'compose', repository, job: next })}
        next={{ words: 'Back to composing', to: { screen: 'compose', repository } }}
      />
    )
  }
  if (tag !== undefined) return <OpeningImage key={`${repository} ${tag}`} repository={repository} tag={tag} />
  if (specs !== undefined) return <Adding repository={repository} specs={specs} />
  if (publish) return <PublishPage key={repository} repository={repository} />
  return <ComposePage key={repository} repository={repository} />
}

/** Adds what the address says, once: reloading must not bring back what was removed since. */
function Adding({ repository, specs }: { readonly repository: string; readonly specs: readonly string[] }) {
  const { change } = useWorkbench(repository)
  useEffect(() => {
    change((old) => withRoots(old, specs))
    replaceRoute({ screen: 'compose', repository })
  }, [change, repository, specs])
  return undefined
}
