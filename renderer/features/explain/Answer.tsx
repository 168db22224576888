import { Button } from '@mantine/core'
import { useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { ExplainProgress } from '../../../main/api/explain.ts'
import { describeExplaining } from '../../../main/api/format.ts'
import { formatRoute } from '../../app/routes.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import type { OneEnvironment } from '../environments/room.ts'
import { useRun } from '../registries/use-run.ts'
import { ExplanationView } from './ExplanationView.tsx'
import css from './explain.module.css'
import type { Asked } from './question.ts'

export function answerKey({ number }: Asked): readonly unknown[] {
  return ['explained', number]
}

/** The answer to one question: that it is being found, why there is none, or the explanation. */
export function Answer({ route, asked }: { readonly route: OneEnvironment; readonly asked: Asked }) {
  const [progress, setProgress] = useState<ExplainProgress>()
  const run = useRun(answerKey(asked), (client, name) => {
    setProgress(undefined)
    const stop = client.on('explain.progress', ({ run: of, progress }) => {
      if (of === name) setProgress(progress)
    })
    return client.call('cache.explain', { ...asked.request, run: name }).finally(stop)
  })
  if (run.data) return <ExplanationView environment={route.ref} explanation={run.data} />
  if (run.error) {
    return (
      <div className={css.nothing}>
        <ErrorPanel error={run.error}>
          <Button variant="default" onClick={run.again}>
            Try again
          </Button>
          <Mend error={run.error} route={route} />
        </ErrorPanel>
      </div>
    )
  }
  return (
    <div className={css.nothing}>
      {run.cancelled ? (
        <p role="status">The question was cancelled. Nothing was changed.</p>
      ) : (
        <>
          <Waiting words={progress ? describeExplaining(progress) : `Reading what ${asked.request.repository} holds`} />
          <Button variant="default" onClick={run.cancel}>
            Cancel
          </Button>
        </>
      )}
    </div>
  )
}

/** Where what is missing can be had. */
function Mend({ error, route }: { error: ErrorBody; route: OneEnvironment }) {
  if (error.code !== 'lockfile-missing') return undefined
  const to = formatRoute({ screen: 'environments', ref: route.ref, view: 'spack', run: 'concretize' })
  return (
    <Button component="a" href={to} variant="default">
      Concretize…
    </Button>
  )
}
