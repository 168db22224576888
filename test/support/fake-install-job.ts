import type { InstallPlan } from '../../main/api/install.ts'
import type { Job, JobItem } from '../../main/api/models.ts'
import type { FakeJob, FakeJobOptions } from './fake-job.ts'

const tick = 100
const rate = 9_000_000
const inWork = 4
const expansion = 3.2

/** An install that only pretends: fetches, unpacks and registers four packages at a time, ten steps a second. */
export function startFakeInstall(id: string, plan: InstallPlan, options: FakeJobOptions): FakeJob {
  const written = plan.packages.filter((p) => p.action === 'install' || p.action === 'overwrite')
  const sizes = new Map(written.map((p) => [p.hash, p.size ?? 0]))
  const items: JobItem[] = written.map((p) => ({ key: p.hash, name: p.name, phase: 'waiting', done: 0, total: 0 }))
  const error = { code: 'digest-mismatch', message: 'the layer is not what its digest says: the registry sent 12 other bytes', hint: 'Try again; if it stays, push the package anew.' } as const // biome-ignore format: an error
  let job: Job = {
    id,
    kind: 'install',
    title: plan.title,
    state: 'running',
    startedAt: Date.now(),
    command: plan.command,
    log: [],
    stack: [],
    progress: { itemsDone: 0, itemsTotal: items.length, bytesDone: 0, bytesTotal: 0, rate: 0, items: [] },
  }

  function say(message: string): void {
    job = { ...job, log: [...job.log, { at: Date.now(), message }] }
  }

  function publish(change: Partial<Job> = {}): void {
    const done = items.reduce((sum, i) => sum + doneBytes(i, sizes.get(i.key) ?? 0), 0)
    const total = items.reduce((sum, i) => sum + (sizes.get(i.key) ?? 0) * (1 + expansion), 0)
    const itemsDone = items.filter((i) => i.phase === 'done' || i.phase === 'failed').length
    const progress = { ...job.progress, itemsDone, bytesDone: done, bytesTotal: total, rate: rate * inWork, secondsLeft: (total - done) / (rate * inWork * options.speed), items: items.map((i) => ({ ...i })) } // biome-ignore format: plain data
    job = { ...job, ...change, progress }
    options.onChange(job)
  }

  function begin(item: JobItem, phase: JobItem['phase']): void {
    const size = sizes.get(item.key) ?? 0
    item.phase = phase
    item.done = 0
    item.total = phase === 'fetch' ? size : phase === 'unpack' ? Math.round(size * expansion) : 0
  }

  function step(item: JobItem): void {
    if (item.phase === 'register') {
      item.phase = 'done'
      say(`${item.name} ${written.find((p) => p.hash === item.key)?.prefix}`)
      return
    }
    if (item.phase !== 'fetch' && item.phase !== 'unpack') return
    item.done += Math.max(rate * (tick / 1000), item.total / 12) * options.speed
    if (item.done < item.total) return
    item.done = item.total
    const fails = item.phase === 'fetch' && item.name === options.failing
    if (fails) say(`${item.name}: ${error.message}`)
    begin(item, fails ? 'failed' : item.phase === 'fetch' ? 'unpack' : 'register')
  }

  function advance(): void {
    if (job.state !== 'running') return
    const moving = items.filter((i) => i.phase !== 'waiting' && i.phase !== 'done' && i.phase !== 'failed').length
    for (const item of items.filter((i) => i.phase === 'waiting').slice(0, inWork - moving)) begin(item, 'fetch')
    for (const item of items) step(item)
    if (items.every((i) => i.phase === 'done' || i.phase === 'failed')) finish()
    else publish()
  }

  function finish(): void {
    clearInterval(timer)
    const failed = items.filter((i) => i.phase === 'failed').map((i) => ({ hash: i.key, name: i.name, error }))
    const broken = new Set(failed.map((f) => f.hash))
    const installed = written.flatMap(({ hash, name, version, prefix }) => broken.has(hash) || prefix === undefined ? [] : [{ hash, name, version, prefix }]) // biome-ignore format: one thought
    publish({
      state: failed.length > 0 ? 'failed' : 'done',
      endedAt: Date.now(),
      error: failed.length > 0 ? { code: 'install-incomplete', message: `${failed.length} of the packages could not be installed: ${failed.map((f) => f.name).join(', ')}`, hint: 'Everything else was installed. Mend the cause and run it again: only what is missing is done.' } : undefined, // biome-ignore format: an error
      installed: {
        installed,
        failed,
        bytesFetched: written.reduce((n, p) => n + (p.fetched ? 0 : (p.size ?? 0)), 0),
        seconds: Math.max(0.1, (Date.now() - job.startedAt) / 1000),
        usage: usageOf(plan),
      },
    })
  }

  const timer = setInterval(advance, tick)
  publish()
  return {
    job: () => job,
    cancel: () => {
      clearInterval(timer)
      publish({ state: 'cancelled', endedAt: Date.now() })
    },
    pause: (paused) => publish({ state: paused ? 'paused' : 'running' }),
  }
}

function doneBytes({ phase, done, total }: JobItem, size: number): number {
  const part = total > 0 ? Math.min(1, done / total) : 1
  if (phase === 'waiting') return 0
  if (phase === 'fetch') return size * part
  return phase === 'unpack' ? size * (1 + expansion * part) : size * (1 + expansion)
}

function usageOf({ target, packages }: InstallPlan) {
  const first = packages.find((p) => p.root)
  if (target.spack) {
    return [
      { tool: 'spack', command: `. ${target.spack.root}/share/spack/setup-env.sh` },
      { tool: 'spack', command: `spack load ${first?.name}/${first?.hash.slice(0, 7)}` },
    ]
  }
  return [
    { tool: 'shell', command: `export PATH=${first?.prefix}/bin:"$PATH"` },
    { tool: 'spack', command: `spack config add config:install_tree:root:${target.root}` },
  ]
}
