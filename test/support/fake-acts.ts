import type { ActPlan, ActRequest, ActStep } from '../../main/api/acts.ts'
import type { Finding, Job, JobItem } from '../../main/api/models.ts'
import { digestOf, type FakeCache, type FakeTag } from './fake-cache.ts'
import { fakePreview } from './fake-compose.ts'
import type { FakeJob, FakeJobOptions } from './fake-job.ts'

/** What an act would do to a cache. */
export function fakeActPlan(request: ActRequest, cache: FakeCache, id: string): ActPlan {
  const { steps, findings, title, bytes, composition } = decide(request, cache)
  const changes = steps.filter((s) => s.action !== 'keep' && s.action !== 'present')
  return {
    id,
    kind: request.kind,
    title,
    madeAt: Date.now(),
    repository: request.repository,
    target: request.kind === 'copy' || request.kind === 'compose' ? request.to : undefined,
    steps: [...changes, ...steps.filter((s) => !changes.includes(s))],
    sums: { tags: changes.filter((s) => s.object === 'tag').length, kept: steps.length - changes.length, bytes },
    empty: changes.length === 0,
    findings: [...findings],
    composition,
    command: composition?.command ?? commandOf(request),
  }
}

interface Decision {
  readonly title: string
  readonly steps: readonly ActStep[]
  readonly findings: readonly Finding[]
  readonly bytes: number
  readonly composition?: ActPlan['composition']
}

function decide(request: ActRequest, cache: FakeCache): Decision {
  const at = request.repository.replace('oci://', '')
  switch (request.kind) {
    case 'tag':
      return {
        title: `Tag ${request.from} as ${request.to.join(', ')}`,
        steps: request.to.map((name) => step('write', 'tag', name, cache.tags.has(name) ? 'names another image so far: it moves' : 'new')),
        findings: request.to.flatMap((name): Finding[] => name.endsWith('.spack') ? [{ severity: 'problem', message: `${name}: a tag that ends in .spack belongs to a package.` }] : cache.tags.has(name) ? [{ severity: 'warning', message: `${name} exists and will name another image.` }] : []),
        bytes: 0,
      } // biome-ignore format: plain data
    case 'copy':
      return copying(request, cache, at)
    case 'delete':
      return deleting(request.tags, cache)
    case 'prune':
      return pruning(request, cache)
    case 'index': {
      const added = [...cache.tags.values()].filter((t) => t.row.package && !cache.listed?.has(t.row.package.hash))
      const steps = [...added.map((t) => step('write', 'index', nameOf(t), 'has a tag and is not in the index')), ...(cache.listed ? cache.gone : []).map((g) => step('delete', 'index', `${g.name}@${g.version}`, 'has no tag any more'))]
      return { title: `Update the index of ${at}`, steps, findings: [{ severity: 'warning', message: 'ncurses-6.2-4tq7h3xv2c6l4yqk3fhz5n4m2a7c6d5e.spack cannot be read and is passed over.', hint: 'Spack stops there. Delete the tag, or push the package again.' }], bytes: 0 }
    } // biome-ignore format: plain data
    case 'check': {
      const steps = chosen(request.tags, cache).map((t) => step('check', 'manifest', nameOf(t), 'manifest, config and layers', t.row.bytes))
      return { title: `Check ${at}`, steps, findings: request.deep ? [{ severity: 'note', message: 'Every blob is read and its digest computed: it takes as long as downloading them.' }] : [], bytes: request.deep ? sum(steps) : 0 }
    } // biome-ignore format: plain data
    case 'compose':
      return composing(request, cache)
    case 'combine': {
      const twice = new Set(request.images).size < request.images.length
      return { title: `Combine ${count(request.images.length)} as ${request.tag}`, steps: [step('write', 'tag', request.tag, `an index over ${count(request.images.length)}`), ...request.images.map((name) => step('present', 'manifest', name, `${cache.tags.get(name)?.row.platform ?? 'linux/amd64'}, there already`))], findings: twice ? [{ severity: 'problem', message: 'An image is named twice.' }] : [{ severity: 'warning', message: 'Two images are for linux/amd64: whoever pulls takes the first.' }], bytes: 0 }
    } // biome-ignore format: plain data
    case 'export': {
      const one = chosen([request.image], cache)[0]
      return { title: `Export ${request.image}`, steps: [step('write', 'manifest', request.to, 'new'), ...(one?.layers ?? []).map((l) => step('copy', 'blob', `${l.name}@${l.version}`, 'written there', 1_200_000))], findings: [], bytes: one?.row.bytes ?? 0 }
    } // biome-ignore format: plain data
  }
}

function composing(request: Extract<ActRequest, { kind: 'compose' }>, cache: FakeCache): Decision {
  const composition = fakePreview(request, cache, new Set())
  const here = request.to === undefined
  const findings = [...composition.findings]
  if (request.tag.endsWith('.spack')) findings.unshift({ severity: 'problem', message: `${request.tag}: a tag that ends in .spack belongs to a package.` }) // biome-ignore format: a finding
  else if (here && cache.tags.has(request.tag)) findings.unshift({ severity: 'warning', message: `${request.tag} exists and will name the new image.` }) // biome-ignore format: a finding
  const merge = composition.merge && step('write', 'blob', `${composition.merge.packages.length} packages merged`, 'one layer made of theirs', composition.merge.bytes) // biome-ignore format: one step
  const base = composition.base && step('mount', 'blob', composition.base.reference, 'its layers, from their registry', composition.base.bytes) // biome-ignore format: one step
  const layers = composition.packages.filter((one) => !one.merged)
  const steps = [
    ...(merge ? [merge] : []),
    ...(base ? [base] : []),
    ...layers.map((one) => step(here ? 'present' : 'copy', 'blob', `${one.name}@${one.version}`, here ? 'in this repository already' : 'not there yet', one.bytes)),
    step('write', 'manifest', request.tag, 'config and manifest', 4_812),
    step('write', 'tag', request.tag, here && cache.tags.has(request.tag) ? 'names another image so far' : 'new'),
    ...(request.attachSbom ? [step('write', 'manifest', 'bill of materials', 'CycloneDX, names the image as its subject', 21_400)] : []),
  ] // biome-ignore format: plain data
  const sent = sum(steps.filter((s) => s.action === 'copy')) + (merge?.bytes ?? 0)
  return { title: `Compose ${request.tag}`, steps, findings, bytes: sent, composition }
}

function copying(request: Extract<ActRequest, { kind: 'copy' }>, cache: FakeCache, at: string): Decision {
  const roots = chosen(request.tags, cache)
  const needed = request.dependencies ? [...cache.tags.values()].filter((t) => t.row.package && !roots.includes(t) && roots.some((r) => r.layers.some((l) => l.hash === t.row.package?.hash))) : [] // biome-ignore format: one thought
  const steps = [
    ...roots.map((t) => step('copy', 'tag', nameOf(t), 'asked for', t.row.ownBytes ?? t.row.bytes)),
    ...needed.map((t, i) => step(i % 4 === 3 ? 'present' : i % 2 ? 'mount' : 'copy', 'tag', nameOf(t), i % 4 === 3 ? 'there already' : 'needed by what is copied', t.row.ownBytes)),
    ...(request.updateIndex ? [step('write', 'index', 'index.spack', 'lists what was copied')] : []),
  ] // biome-ignore format: plain data
  return { title: `Copy ${request.tags.length === 0 ? at : count(roots.length)} to ${request.to}`, steps, findings: [], bytes: sum(steps.filter((s) => s.action === 'copy')) } // biome-ignore format: plain data
}

function deleting(tags: readonly string[], cache: FakeCache): Decision {
  const doomed = chosen(tags, cache)
  const digests = new Set(doomed.map((t) => t.row.digest))
  const same = [...cache.tags.values()].filter((t) => digests.has(t.row.digest) && !doomed.includes(t))
  const users = [...cache.tags.values()].filter((t) => !doomed.includes(t) && !same.includes(t) && t.layers.some((l) => doomed.some((d) => d.row.package?.hash === l.hash))) // biome-ignore format: one thought
  const findings: Finding[] = []
  if (same.length > 0) findings.push({ severity: 'warning', message: `${same.map((t) => t.row.tag).join(', ')} names the same image and goes with it.`, hint: 'A registry deletes a manifest by its digest, and with it every tag on it.' }) // biome-ignore format: plain data
  if (users.length > 0) findings.push({ severity: 'note', message: `${users.slice(0, 4).map((t) => t.row.tag.replace(/-[a-z2-7]{32}\.spack/, '')).join(', ')}${users.length > 4 ? ` and ${users.length - 4} more` : ''} hold layers of it: those layers stay.` }) // biome-ignore format: plain data
  const steps = [
    ...doomed.map((t) => step('delete', 'tag', t.row.tag, 'asked for', t.row.ownBytes ?? t.row.bytes)),
    ...same.map((t) => step('delete', 'tag', t.row.tag, 'has the same digest')),
    step('write', 'index', 'index.spack', 'without what is deleted'),
  ]
  return { title: `Delete ${count(doomed.length)}`, steps, findings, bytes: users.length > 0 ? 0 : sum(steps) }
}

function pruning(request: Extract<ActRequest, { kind: 'prune' }>, cache: FakeCache): Decision {
  const all = [...cache.tags.values()].filter((t) => t.row.package)
  const { newest, days, tags, environments } = request.keep
  const versions = new Map<string, number>()
  const keptRoots = all.toSorted((a, b) => (b.row.createdAt ?? 0) - (a.row.createdAt ?? 0)).filter((t) => {
    const name = t.row.package?.name ?? ''
    versions.set(name, (versions.get(name) ?? 0) + 1)
    const young = days !== undefined && (t.row.createdAt ?? 0) > Date.now() - days * 86_400_000
    const tool = environments.some((e) => e.environment === 'tools') && t.row.package?.specVersion === 4
    return young || tool || tags.some((tag) => t.row.tag.startsWith(tag)) || (newest !== undefined && (versions.get(name) ?? 0) <= newest)
  }) // biome-ignore format: one thought
  const needed = new Set(keptRoots.flatMap((t) => t.layers.map((l) => l.hash)))
  const images = [...cache.tags.values()].filter((t) => t.row.kind === 'environment')
  const steps = all.map((t) =>
    keptRoots.includes(t)
      ? step('keep', 'tag', nameOf(t), 'to be kept', t.row.ownBytes)
      : needed.has(t.row.package?.hash ?? '')
        ? step('keep', 'tag', nameOf(t), 'needed by what is kept', t.row.ownBytes)
        : step('delete', 'tag', nameOf(t), 'nothing that is kept needs it', t.row.ownBytes),
  )
  const freed = sum(steps.filter((s) => s.action === 'delete'))
  return {
    title: `Prune ${request.repository.replace('oci://', '')}`,
    steps: [...steps, ...images.map((t) => step('keep', 'tag', t.row.tag, 'an environment image', t.row.bytes)), ...(freed > 0 ? [step('write', 'index', 'index.spack', 'without what is deleted')] : [])],
    findings: [{ severity: 'note', message: 'The registry gives the space back when its garbage collection runs.', hint: 'For docker-registry: registry garbage-collect --delete-untagged.' }],
    bytes: freed,
  } // biome-ignore format: plain data
}

function step(
  action: ActStep['action'],
  object: ActStep['object'],
  name: string,
  why: string,
  bytes?: number,
): ActStep {
  return { key: `${action} ${object} ${name}`, action, object, name, why, bytes }
}

const count = (n: number) => (n === 1 ? '1 tag' : `${n} tags`)
const sum = (steps: readonly ActStep[]) => steps.reduce((n, s) => n + (s.bytes ?? 0), 0)

function nameOf({ row }: FakeTag): string {
  return row.package ? `${row.package.name}@${row.package.version}` : row.tag
}

function chosen(tags: readonly string[], cache: FakeCache): readonly FakeTag[] {
  const all = [...cache.tags.values()]
  return tags.length === 0 ? all : all.filter((t) => tags.includes(t.row.tag))
}

function commandOf(request: ActRequest): string {
  const at = request.repository.replace('oci://', '')
  switch (request.kind) {
    case 'tag':
      return `strata tag ${at}:${request.from} ${request.to.join(' ')}`
    case 'copy':
      return `strata copy ${at} ${request.to}${request.tags.map((t) => ` --tag ${t}`).join('')}${request.dependencies ? '' : ' --only package'}`
    case 'delete':
      return `strata delete ${at} ${request.tags.join(' ')} --yes`
    case 'prune':
      return `strata prune ${at}${request.keep.environments.map((e) => ` --keep-env ${e.environment}`).join('')}${request.keep.newest === undefined ? '' : ` --keep-newest ${request.keep.newest}`}${request.keep.days === undefined ? '' : ` --keep-days ${request.keep.days}`} --yes`
    case 'index':
      return `strata index ${at}`
    case 'check':
      return `strata check ${at}${request.deep ? ' --deep' : ''}`
    case 'compose':
      return `strata compose --from ${at} --tag ${request.tag}`
    case 'combine':
      return `strata combine ${at} ${request.images.join(' ')} --tag ${request.tag}`
    case 'export':
      return `strata export ${at}:${request.image} ${request.to}${request.platform === undefined ? '' : ` --platform ${request.platform}`}`
  }
}

/** An act that only pretends: three steps at a time, then `apply` changes the made-up cache. */
export function startFakeAct(
  id: string,
  plan: ActPlan,
  options: FakeJobOptions & { readonly apply: () => void },
): FakeJob {
  const steps = plan.steps.filter((s) => s.action !== 'keep' && s.action !== 'present')
  const items: JobItem[] = steps.map((s) => ({
    key: s.key,
    name: s.name,
    phase: 'waiting',
    done: 0,
    total: s.bytes ?? 1,
  }))
  const total = items.reduce((n, i) => n + i.total, 0)
  let job: Job = { id, kind: 'act', title: plan.title, state: 'running', startedAt: Date.now(), command: plan.command, log: [{ at: Date.now(), message: `plan ${plan.id}` }], stack: plan.composition?.stack ?? [], progress: { itemsDone: 0, itemsTotal: items.length, bytesDone: 0, bytesTotal: total, rate: 0, items: [] } } // biome-ignore format: plain data

  function publish(change: Partial<Job> = {}): void {
    const bytesDone = items.reduce((n, i) => n + i.done, 0)
    job = { ...job, ...change, progress: { ...job.progress, bytesDone, itemsDone: items.filter((i) => i.phase === 'done').length, rate: change.state ? 0 : 8_000_000, items: items.map((i) => ({ ...i })) } } // biome-ignore format: plain data
    options.onChange(job)
  }

  function end(): void {
    clearInterval(timer)
    const failed = items.filter((i) => i.phase === 'failed').map(({ name }) => ({ name, error: { code: 'registry-denied', message: 'the registry answered 403', hint: 'Deleting has to be allowed for this login.' } as const })) // biome-ignore format: plain data
    if (failed.length === 0) options.apply()
    const words = { write: 'wrote', copy: 'copied', mount: 'mounted', delete: 'deleted', check: 'checked' } as const
    publish({
      state: failed.length > 0 ? 'failed' : 'done',
      endedAt: Date.now(),
      error: failed.length > 0 ? { code: 'act-incomplete', message: `${failed.length} of ${items.length} steps could not be done.` } : undefined,
      acted: {
        done: steps.filter((s) => !failed.some((f) => f.name === s.name)).map((s) => `${s.action in words ? words[s.action as keyof typeof words] : s.action} ${s.name}`),
        failed,
        findings: plan.kind === 'check' ? [{ severity: 'problem', message: 'petsc@3.21.2: the blob sha256:1b8c09aa41f2… is 48,199,996 bytes, its manifest says 48,200,000.', hint: 'Push the package again with --force.' }] : [],
        bytes: plan.sums.bytes,
        seconds: (Date.now() - job.startedAt) / 1000,
        image: failed.length === 0 ? imageOf(plan) : undefined,
      },
    }) // biome-ignore format: plain data
  }

  function advance(): void {
    if (job.state !== 'running') return
    const free = Math.max(3, Math.ceil(items.length / 25)) - items.filter((i) => i.phase === 'act').length
    for (const item of items.filter((i) => i.phase === 'waiting').slice(0, free)) item.phase = 'act'
    for (const item of items.filter((i) => i.phase === 'act')) {
      item.done = Math.min(item.total, item.done + (item.total / 3) * options.speed)
      if (item.done >= item.total) item.phase = item.name === options.failing ? 'failed' : 'done'
    }
    if (items.every((i) => i.phase === 'done' || i.phase === 'failed')) end()
    else publish()
  }

  const timer = setInterval(advance, 100)
  publish()
  return {
    job: () => job,
    cancel: () => {
      clearInterval(timer)
      publish({ state: 'cancelled', endedAt: Date.now(), error: { code: 'cancelled', message: 'Cancelled. What was done stays done.' } }) // biome-ignore format: an error
    },
    pause: (paused) => publish({ state: paused ? 'paused' : 'running' }),
  }
}

/** Where a composed image is, and how it is used. */
function imageOf({ kind, repository, target, steps, composition }: ActPlan): NonNullable<Job['acted']>['image'] {
  if (kind !== 'compose' && kind !== 'combine') return undefined
  const tag = steps.find((s) => s.object === 'tag')?.name ?? ''
  const archive = /^docker-archive:(.*)$/.exec(target ?? '')?.[1]
  const reference = archive ?? `${(target ?? repository).replace(/^oci:\/\//, '')}:${tag}`
  const run = ['docker run --rm -it ', 'podman run --rm -it ', 'apptainer shell docker://'].map((words) => ({ tool: words.split(' ')[0] ?? '', command: `${words}${reference}` })) // biome-ignore format: one line a tool
  const load = ['docker', 'podman'].map((tool) => ({ tool, command: `${tool} load --input ${archive}` }))
  return { reference, digest: composition?.digest ?? digestOf(tag), usage: archive === undefined ? run : load }
}

/** What an act leaves of a made-up cache. */
export function applyAct(request: ActRequest, plan: ActPlan, cache: FakeCache): void {
  switch (request.kind) {
    case 'tag': {
      const from = cache.tags.get(request.from)
      for (const tag of request.to) if (from) cache.tags.set(tag, { ...from, row: { ...from.row, tag } })
      return
    }
    case 'delete':
    case 'prune': {
      const gone = new Set(plan.steps.filter((s) => s.action === 'delete').map((s) => s.name))
      for (const [tag, one] of cache.tags) if (gone.has(tag) || gone.has(nameOf(one))) cache.tags.delete(tag)
      return
    }
    case 'index':
      cache.listed = new Set([...cache.tags.values()].flatMap((t) => t.row.package?.hash ?? []))
      cache.gone.length = 0
      return
    case 'compose': {
      const hashes = new Set(plan.composition?.packages.map((p) => p.hash))
      const layers = [...cache.tags.values()].flatMap((t) => (t.row.package && hashes.has(t.row.package.hash) ? [t.row.package] : [])) // biome-ignore format: one thought
      const { bytes, layers: number } = plan.composition?.sums ?? { bytes: 0, layers: 0 }
      if (request.to === undefined) cache.tags.set(request.tag, { row: { tag: request.tag, kind: 'environment', read: true, digest: plan.composition?.digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', platform: 'linux/amd64', layers: number, bytes }, layers, base: plan.composition?.base !== undefined }) // biome-ignore format: plain data
      return
    }
    case 'combine':
      cache.tags.set(request.tag, { row: { tag: request.tag, kind: 'platforms', read: true, digest: digestOf(request.tag), mediaType: 'application/vnd.oci.image.index.v1+json' }, layers: [], base: false }) // biome-ignore format: plain data
      return
    case 'copy':
    case 'check':
    case 'export':
      return
  }
}
