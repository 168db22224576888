import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { EnvironmentDetail, Mirror } from '../../../main/api/models.ts'
import { refKey } from '../../app/routes.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'

/** Which packages the environment's first OCI mirror has. Asks the network only when `ask` is called. */
export function useCached(environment: EnvironmentDetail): {
  readonly mirror: Mirror | undefined
  readonly hashes: ReadonlySet<string> | undefined
  readonly asking: boolean
  readonly problem: string | undefined
  readonly ask: () => void
} {
  const client = useClient()
  const [asked, setAsked] = useState(false)
  const mirror = environment.mirrors.find((m) => m.oci)
  const answer = useQuery({
    queryKey: ['cached', refKey(environment.ref), mirror?.name],
    queryFn: () => client.call('environment.cached', { ...environment.ref, to: mirror?.name ?? '' }),
    enabled: asked && mirror !== undefined,
  })
  const hashes = useMemo(() => answer.data && new Set(answer.data), [answer.data])
  return {
    mirror,
    hashes,
    asking: answer.isFetching,
    problem: answer.error ? errorBody(answer.error).message : undefined,
    ask: () => (asked ? void answer.refetch() : setAsked(true)),
  }
}
