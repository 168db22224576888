import type { Job } from '../../main/api/models.ts'
import type { OwnedEngine } from '../../main/engine.ts'

/** Begins a job and waits for its end, however it ends. */
export async function endedJob(engine: OwnedEngine, begin: () => Promise<{ readonly job: string }>): Promise<Job> {
  const ended = new Map<string, Job>()
  let heard = (): void => undefined
  const stop = engine.on('job.changed', (job) => {
    if (job.endedAt !== undefined) ended.set(job.id, job)
    heard()
  })
  try {
    const { job: id } = await begin()
    for (;;) {
      const job = ended.get(id)
      if (job) return job
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    }
  } finally {
    stop()
  }
}
