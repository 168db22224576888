import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import { keys, useClient } from '../../engine.ts'

/** What could be otherwise: a store to install into, or another padded length. */
export interface PaddingQuestion {
  readonly into?: string
  readonly length?: number
}

/** How far the packages of an environment can be moved. Nothing is asked while there is no question. */
export function usePadding(ref: EnvironmentRef, question: PaddingQuestion | undefined) {
  const client = useClient()
  return useQuery({
    queryKey: [...keys.padding(ref), question?.into ?? '', question?.length ?? 0],
    queryFn: () => client.call('padding.read', { ...ref, ...question }),
    enabled: question !== undefined,
    placeholderData: question === undefined ? undefined : keepPreviousData,
    staleTime: 5_000,
  })
}
