import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { type Client, errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'
import { runName } from '../../run-name.ts'
import type { Catalogue } from './catalogues.ts'

export interface Run<T> {
  readonly data: T | undefined
  readonly error: ErrorBody | undefined
  /** Neither an answer nor an error, and none to come. */
  readonly cancelled: boolean
  readonly running: boolean
  readonly progress: Catalogue['progress']
  readonly cancel: () => void
  readonly again: () => void
}

/** The answer to a long question, how far it is, and an end to it: leaving the page cancels it in the engine, too. */
export function useRun<T>(key: readonly unknown[], call: (client: Client, run: string) => Promise<T>): Run<T> {
  const client = useClient()
  const queries = useQueryClient()
  const [run, setRun] = useState<string>()
  const [progress, setProgress] = useState<Catalogue['progress']>()
  useEffect(
    () =>
      client.on('catalog.progress', ({ run: name, read, total }) => {
        if (name === run) setProgress({ read, total })
      }),
    [client, run],
  )
  const answer = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => {
      const name = runName()
      setRun(name)
      setProgress(undefined)
      signal.addEventListener('abort', () => void client.call('run.cancel', { run: name }))
      return call(client, name)
    },
  })
  return {
    data: answer.data,
    error: answer.error ? errorBody(answer.error) : undefined,
    cancelled: answer.isPending && answer.fetchStatus === 'idle',
    running: answer.isFetching,
    progress,
    cancel: () => void queries.cancelQueries({ queryKey: key }),
    again: () => void answer.refetch(),
  }
}
