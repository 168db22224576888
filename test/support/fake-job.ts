import type { Job, JobItem, PushPlan } from '../../main/api/models.ts'

export interface FakeJobOptions {
  /** Name of a package whose upload fails. */
  readonly failing?: string
  /** How many times faster than life. */
  readonly speed: number
  readonly onChange: (job: Job) => void
}

export interface FakeJob {
  readonly job: () => Job
  readonly cancel: () => void
  readonly pause: (paused: boolean) => void
}

const tick = 100
const rate = 9_000_000
const inWork = 3
const compression = 0.38

/** A push that only pretends: packs and sends three packages at a time, and says so ten times a second. */
export function startFakeJob(id: string, plan: PushPlan, command: string, options: FakeJobOptions): FakeJob {
  const items: JobItem[] = plan.packages.map((p) => {
    const total = (p.action === 'build' ? p.diskSize : p.size) ?? 0
    const skipped = p.action === 'external' || p.action === 'missing' || p.action === 'private'
    const phase = p.action === 'present' ? 'done' : skipped ? 'skipped' : 'waiting'
    return { key: p.hash, name: p.name, phase, done: 0, total }
  })
  if (plan.base)
    items.unshift({ key: 'base', name: plan.base.reference, phase: 'waiting', done: 0, total: plan.base.bytes })
  const disk = new Map(items.map((i) => [i.key, i.total]))
  const packed = new Set(plan.packages.filter((p) => p.action === 'build').map((p) => p.hash))
  const reuse = new Set(plan.packages.filter((p) => p.action === 'reuse').map((p) => p.hash))
  const errors = { code: 'registry-server-error', message: 'localhost:5445 answered 500 to PUT of a manifest', hint: 'Try again; if it stays, ask who runs the registry.' } as const // biome-ignore format: an error
  let job: Job = {
    id,
    kind: 'push',
    title: plan.title,
    state: 'running',
    startedAt: Date.now(),
    command,
    log: [{ at: Date.now(), message: `plan ${plan.id}: ${plan.sums.build} to build, ${plan.sums.reuse} reused` }],
    stack: [...plan.stack],
    progress: { itemsDone: 0, itemsTotal: items.length, bytesDone: 0, bytesTotal: 0, rate: 0, items: [] },
  }

  function say(message: string): void {
    job = { ...job, log: [...job.log, { at: Date.now(), message }] }
  }

  function sent({ key, name }: JobItem): string {
    const tag = plan.packages.find((p) => p.hash === key)?.tag ?? name
    return `${tag} sha256:${'5d0f1c9a'.repeat(8)}`
  }

  function publish(change: Partial<Job> = {}): void {
    const done = items.reduce((sum, i) => sum + doneBytes(i, disk.get(i.key) ?? 0), 0)
    const total = items.reduce((sum, i) => sum + (disk.get(i.key) ?? 0) * 2, 0)
    const moving = items.some((i) => i.phase === 'pack' || i.phase === 'upload')
    job = {
      ...job,
      ...change,
      progress: {
        itemsDone: items.filter((i) => i.phase === 'done' || i.phase === 'failed').length,
        itemsTotal: items.length,
        bytesDone: done,
        bytesTotal: total,
        rate: moving ? rate * inWork : 0,
        secondsLeft: moving ? (total - done) / (rate * inWork * options.speed) : undefined,
        items: items.map((i) => ({ ...i })),
      },
    }
    options.onChange(job)
  }

  function advance(): void {
    if (job.state !== 'running') return
    for (const item of items.filter((i) => i.phase === 'waiting').slice(0, free(items))) {
      item.phase = reuse.has(item.key) || item.key === 'base' ? 'upload' : 'pack'
    }
    for (const item of items) step(item)
    const over = items.every((i) => i.phase === 'done' || i.phase === 'failed' || i.phase === 'skipped')
    if (over) finish()
    else publish()
  }

  function step(item: JobItem): void {
    if (item.phase !== 'pack' && item.phase !== 'upload') return
    item.done += Math.max(rate * (tick / 1000), item.total / 12) * options.speed
    if (item.done < item.total) return
    item.done = item.phase === 'pack' ? 0 : item.total
    const failed = item.phase === 'upload' && item.name === options.failing
    if (item.phase === 'upload') say(failed ? `${item.name}: ${errors.message}` : sent(item))
    if (item.phase === 'pack' && packed.has(item.key)) item.total = Math.round(item.total * compression)
    item.phase = failed ? 'failed' : item.phase === 'pack' ? 'upload' : 'done'
  }

  function finish(): void {
    clearInterval(timer)
    const failed = items.filter((i) => i.phase === 'failed').map((i) => ({ hash: i.key, name: i.name, error: errors }))
    say(failed.length > 0 ? `done, ${failed.length} failed` : 'done')
    publish({
      state: failed.length > 0 ? 'failed' : 'done',
      endedAt: Date.now(),
      error: failed.length > 0 ? { code: 'push-incomplete', message: `${failed.length} of ${items.length} packages could not be pushed.`, hint: 'Retry sends only what is missing.' } : undefined, // biome-ignore format: an error
      result: resultOf(plan, failed, items, job.startedAt),
    })
  }

  const timer = setInterval(advance, tick)
  publish()
  return {
    job: () => job,
    cancel: () => {
      clearInterval(timer)
      say('cancelled')
      publish({ state: 'cancelled', endedAt: Date.now(), error: { code: 'cancelled', message: 'Cancelled. What was sent stays in the registry and is not sent again.' } }) // biome-ignore format: an error
    },
    pause: (paused) => publish({ state: paused ? 'paused' : 'running' }),
  }
}

const free = (items: readonly JobItem[]) =>
  Math.max(0, inWork - items.filter((i) => i.phase === 'pack' || i.phase === 'upload').length)

// Packing and sending count alike.
function doneBytes({ phase, done, total }: JobItem, disk: number): number {
  const part = total > 0 ? Math.min(1, done / total) : 1
  if (phase === 'pack') return disk * part
  if (phase === 'failed') return disk
  if (phase === 'upload') return disk * (1 + part)
  return phase === 'waiting' ? 0 : 2 * disk
}

function resultOf(plan: PushPlan, failed: NonNullable<Job['result']>['failed'], items: JobItem[], startedAt: number) {
  const broken = new Set(failed.map((f) => f.hash))
  const digest = `sha256:${'5d0f1c9a'.repeat(8)}`
  const host = plan.target.replace(/^oci\S*:\/\//, '')
  const tags: NonNullable<Job['result']>['tags'] = plan.packages
    .filter((p) => (p.action === 'build' || p.action === 'reuse') && !broken.has(p.hash))
    .map((p) => ({ tag: p.tag, reference: `${host}:${p.tag}`, digest, kind: 'package' }))
  if (plan.image && broken.size === 0) {
    tags.push({ tag: plan.image.tag, reference: `${host}:${plan.image.tag}`, digest, kind: 'image' })
  }
  if (plan.updatesIndex) tags.push({ tag: 'index.spack', reference: `${host}:index.spack`, digest, kind: 'index' })
  const image = `${host}:${plan.image?.tag}`
  return {
    tags,
    failed,
    bytesUploaded: items.filter((i) => i.phase === 'done').reduce((n, i) => n + i.total, 0),
    seconds: Math.max(0.1, (Date.now() - startedAt) / 1000),
    usage: [
      ...(plan.image && broken.size === 0
        ? [
            { tool: 'docker', command: `docker run -it --rm ${image}` },
            { tool: 'podman', command: `podman run -it --rm ${image}` },
            { tool: 'apptainer', command: `apptainer shell docker://${image}` },
          ]
        : []),
      { tool: 'spack', command: `spack mirror add demo ${plan.target} && spack buildcache list --allarch` },
    ],
  }
}
