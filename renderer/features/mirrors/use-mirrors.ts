import { useQuery } from '@tanstack/react-query'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import { keys, useClient } from '../../engine.ts'

/** The mirrors that count for an environment, with where each is set. Read again whenever they are shown. */
export function useMirrors(ref: EnvironmentRef) {
  const client = useClient()
  return useQuery({
    queryKey: keys.mirrors(ref),
    queryFn: () => client.call('mirrors.read', ref),
    staleTime: 5_000,
  })
}
