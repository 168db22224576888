import { IconGitBranch } from '@tabler/icons-react'
import type { CiRecipe } from '../../../main/api/ci.ts'
import type { Client } from '../../client.ts'
import { useSettings } from '../../engine.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import type { RoomProps } from '../environments/room.ts'
import { PlanPane } from '../planning/PlanPane.tsx'
import page from '../planning/page.module.css'
import { useLivePlan } from '../planning/use-live-plan.ts'
import { CiForm } from './CiForm.tsx'
import css from './ci.module.css'
import { type RecipeInput, toRequest, useCiDraft, withDefaults } from './draft.ts'
import { RecipeView } from './RecipeView.tsx'

// Only local files are read; long enough that a typed word does not read them for each letter.
const pause = 150

/** CI files that install an environment with its cache, push to it and tag an image: made as the form says, shown, written. */
export function CiView({ route, environment }: RoomProps) {
  const { ref } = route
  const settings = useSettings().data
  const [said, change] = useCiDraft(ref)
  const draft = withDefaults(said, environment, settings)
  const request = settings && toRequest(ref, draft)
  const planned = useLivePlan(request, makeRecipe, pause)
  return (
    <div className={`${page.columns} ${css.room}`}>
      <div className={`${page.left} ${css.left}`}>
        <CiForm draft={draft} change={change} environment={environment} error={planned.error} />
        {planned.plan && <Notes notes={planned.plan.notes} />}
      </div>
      <PlanPane
        planned={planned}
        empty={
          request === undefined && settings ? (
            <EmptyState icon={IconGitBranch} title="No cache is named">
              A workflow that installs this environment with a build cache, and pushes to it what it had to build,
              appears here when you name the cache.
            </EmptyState>
          ) : undefined
        }
        waiting="Writing the recipe"
      >
        {(recipe) =>
          request && (
            <RecipeView
              key={recipe.provider}
              recipe={recipe}
              request={request}
              stale={planned.planning}
              again={planned.again}
            />
          )
        }
      </PlanPane>
    </div>
  )
}

const makeRecipe = (client: Client, request: RecipeInput): Promise<CiRecipe> => client.call('ci.recipe', request)

/** What the files alone do not do. */
function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return undefined
  return (
    <section className={css.notes} aria-label="Also to be done">
      <h3>Also to be done</h3>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </section>
  )
}
