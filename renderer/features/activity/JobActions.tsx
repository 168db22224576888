import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconRefresh, IconX } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Job } from '../../../main/api/models.ts'
import { errorBody } from '../../client.ts'
import { keys, useClient } from '../../engine.ts'
import { failuresOf } from './progress.ts'

type Act = 'jobs.cancel' | 'jobs.pause' | 'jobs.resume' | 'jobs.retry'

const stopsSpack =
  'Ends Spack and everything that it has started: first by SIGINT, as Ctrl-C does, so that it can tidy up; what stays is killed.'

/** Pause, resume, cancel, retry: those that make sense in the job's state. A run of Spack cannot be paused: its builds would go on. */
export function JobActions({ job, onRetried }: { readonly job: Job; readonly onRetried: (job: string) => void }) {
  const client = useClient()
  const queries = useQueryClient()
  const act = useMutation({
    mutationFn: async (method: Act) => {
      if (method !== 'jobs.retry') return client.call(method, { id: job.id })
      const answer = await client.call(method, { id: job.id })
      await queries.invalidateQueries({ queryKey: keys.jobs })
      onRetried(answer.job)
    },
    onError: (error) => notifications.show({ color: 'red', title: job.title, message: errorBody(error).message }),
  })
  const failed = failuresOf(job).length
  const over = job.endedAt !== undefined || job.state === 'interrupted'
  const isSpack = job.kind === 'spack'
  const retryable = over && (job.state !== 'done' || failed > 0 || isSpack)
  return (
    <>
      {job.state === 'running' && !isSpack && !job.ending && (
        <Button variant="default" leftSection={<IconPlayerPause size={15} />} onClick={() => act.mutate('jobs.pause')}>
          Pause
        </Button>
      )}
      {job.state === 'paused' && (
        <Button leftSection={<IconPlayerPlay size={15} />} onClick={() => act.mutate('jobs.resume')}>
          Resume
        </Button>
      )}
      {(job.state === 'running' || job.state === 'paused') && (
        <Button
          variant="default"
          leftSection={isSpack ? <IconPlayerStop size={15} /> : <IconX size={15} />}
          disabled={job.ending}
          title={isSpack ? stopsSpack : undefined}
          onClick={() => act.mutate('jobs.cancel')}
        >
          {isSpack ? (job.ending ? 'Stopping' : 'Stop Spack and its builds') : job.ending ? 'Cancelling' : 'Cancel'}
        </Button>
      )}
      {retryable && (
        <Button
          variant={job.state === 'done' && isSpack ? 'default' : 'filled'}
          leftSection={<IconRefresh size={15} />}
          loading={act.isPending}
          onClick={() => act.mutate('jobs.retry')}
        >
          {isSpack ? 'Run again' : failed > 0 ? 'Retry what failed' : 'Go on from there'}
        </Button>
      )}
    </>
  )
}
