import { useQuery } from '@tanstack/react-query'
import { refName } from '../../app/routes.ts'
import { errorBody } from '../../client.ts'
import { keys, useClient } from '../../engine.ts'
import { ReadError } from '../../ui/ReadError.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import type { RoomProps } from '../environments/room.ts'
import { SpecsRoom } from './SpecsRoom.tsx'

/** An environment's spack.yaml: its roots to change one by one, and the whole file in an editor. */
export function SpecsView({ route, environment }: RoomProps) {
  const { ref } = route
  const client = useClient()
  // Others edit this file, too: it is read again whenever somebody looks.
  const file = useQuery({
    queryKey: keys.manifest(ref),
    queryFn: () => client.call('environment.text', ref),
    staleTime: 0,
    refetchOnWindowFocus: true,
  })
  if (file.data) return <SpecsRoom at={ref} file={file.data} version={environment?.spack?.version} />
  if (!file.error) return <Waiting words={`Reading the spack.yaml of ${refName(ref)}`} />
  return <ReadError error={errorBody(file.error)} again={file.refetch} />
}
