import { IconHelpCircle } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useSettings } from '../../engine.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import type { RoomProps } from '../environments/room.ts'
import { usualCache } from '../planning/access.ts'
import { Answer, answerKey } from './Answer.tsx'
import { ExplainForm } from './ExplainForm.tsx'
import css from './explain.module.css'
import { type Asked, type Question, toRequest, useQuestion, useQuestions } from './question.ts'

/** Why was my cache not used? The question above, the answer below; no registry is asked before the user asks. */
export function ExplainView({ route, environment }: RoomProps) {
  const { ref } = route
  const settings = useSettings().data
  const mirrors = environment?.mirrors ?? []
  const { question, asked } = useQuestion(ref)
  const { change, ask } = useQuestions()
  const cache = question.cache ?? usualCache(mirrors, settings?.recentTargets ?? [])
  const request = toRequest(ref, { ...question, cache })
  const shown = useAnswered(asked)
  const filling = route.specs?.join('\n')
  useEffect(() => {
    if (filling === undefined || filling === question.filledWith) return
    change(ref, { choice: 'specs', specs: filling, filledWith: filling })
  }, [filling, question.filledWith, change, ref])
  return (
    <div className={css.room}>
      <ExplainForm
        question={{ ...question, cache }}
        change={(part: Partial<Question>) => change(ref, part)}
        mirrors={mirrors}
        onAsk={request && (() => ask(ref, request))}
      />
      {shown ? (
        <Answer key={shown.number} route={route} asked={shown} />
      ) : (
        <div className={css.nothing}>
          <EmptyState icon={IconHelpCircle} title="Why was my cache not used?">
            For each package: whether the cache has it, what keeps Spack from using it, and how the nearest builds that
            are there differ, followed down to the first cause. The registry is asked when you press Explain.
          </EmptyState>
        </div>
      )}
    </div>
  )
}

/** The question that is to be shown with its answer. One that was left before its answer came is not put again unasked. */
function useAnswered(asked: Asked | undefined): Asked | undefined {
  const queries = useQueryClient()
  const [left] = useState(() => asked && queries.getQueryData(answerKey(asked)) === undefined && asked.number)
  return asked?.number === left ? undefined : asked
}
