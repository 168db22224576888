import { setMaxListeners } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { InstallResult } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import type { ItemPlan } from '../../jobs/progress.ts'
import { type StoreLocks, storeLocks } from '../../spack/locks/store-locks.ts'
import { runTimeTypes, type SpecEdge, type SpecNode } from '../../spack/spec/graph.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { limitConcurrency } from '../../support/concurrency.ts'
import { StrataError, toErrorBody, toStrataError } from '../../support/errors.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { isWritten } from './decide.ts'
import { TYPICAL_EXPANSION } from './describe.ts'
import { clearLeftovers, isThere, lookAtPrefix, partialFolder } from './leftovers.ts'
import type { PlacedPackage } from './place.ts'
import { isDamagedCopy, label, placeInput } from './place-input.ts'
import type { PreparedInstall, PreparedInstallation, RemoteLayer } from './prepared.ts'
import { type Registrar, registrar } from './registrar.ts'
import { checkWritable, writingFailed } from './store-access.ts'
import { isInstalledNow, lockSettings, permissionsFor } from './target.ts'
import { usageOf } from './usage.ts'

/** Downloads at a time: enough to fill a link, few enough to leave packages to unpack soon. */
const DOWNLOADS = 6

/** What a run's progress is made of. */
export function installItems({ packages }: PreparedInstallation): ItemPlan[] {
  return packages
    .filter((one) => isWritten(one.action))
    .map(({ node, layer, planned }) => ({
      key: node.hash,
      name: node.name,
      stages: [
        { phase: 'fetch', bytes: planned.fetched ? 0 : (layer?.size ?? 0) },
        { phase: 'unpack', bytes: planned.fetched ? Math.round((layer?.size ?? 0) * TYPICAL_EXPANSION) : undefined },
      ],
    }))
}

interface RunParts {
  readonly store: BlobStore
  readonly pool: WorkerPool
  readonly context: JobContext
  readonly now: () => number
}

/**
 * Does what the plan says. Packages are fetched, unpacked and relocated side by side, each under Spack's lock of its
 * prefix, and entered into the database after what they depend on. One package's failure stops those that need it, and no
 * others. Rejects only when cancelled, or when nothing could begin.
 */
export async function runInstall(prepared: PreparedInstallation, parts: RunParts): Promise<InstallResult> {
  const { packages, target } = prepared
  const { context } = parts
  const startedAt = parts.now()
  setMaxListeners(0, context.signal)
  const { paddedRoot } = target.store
  await checkWritable(prepared)
  await mkdir(paddedRoot, { recursive: true }).catch((error: unknown) => {
    throw writingFailed(toStrataError(error, `making ${paddedRoot}`), paddedRoot)
  })
  const locks = storeLocks(lockSettings(target))
  const register = registrar(prepared, locks, context)
  const installation = new Installation(prepared, parts, locks, register)
  await installation.installAll(packages)
  context.signal.throwIfAborted()
  await register.markExplicit(installation.found)
  // It looks at every file of the store: not for an install that fetched none.
  if (installation.bytesFetched > 0) await parts.store.evict()
  const { installed, failed } = installation
  return {
    installed,
    failed,
    bytesFetched: installation.bytesFetched,
    seconds: (parts.now() - startedAt) / 1000,
    usage: usageOf(prepared, new Set(failed.map((one) => one.hash))),
  }
}

class Installation {
  readonly installed: InstallResult['installed'] = []
  readonly failed: InstallResult['failed'] = []
  /** Roots that were there already. */
  readonly found: string[] = []
  bytesFetched = 0
  private readonly prepared: PreparedInstallation
  private readonly parts: RunParts
  private readonly locks: StoreLocks
  private readonly register: Registrar
  private readonly download = limitConcurrency(DOWNLOADS)
  /** What each package comes to: true once it is usable. Those that were there are from the start. */
  private readonly outcomes = new Map<string, Promise<boolean>>()

  constructor(prepared: PreparedInstallation, parts: RunParts, locks: StoreLocks, register: Registrar) {
    this.prepared = prepared
    this.parts = parts
    this.locks = locks
    this.register = register
  }

  /** `packages` in the plan's order, dependencies first. */
  async installAll(packages: readonly PreparedInstall[]): Promise<void> {
    // Those that cannot be installed fail before anything waits, and with them, one after the other, what needs them.
    const hopeful = packages.filter((one) => !this.isHopeless(one))
    // The large ones first: what begins last is what everybody waits for.
    const inOrder = hopeful.sort((a, b) => (b.layer?.size ?? 0) - (a.layer?.size ?? 0))
    for (const one of inOrder) this.outcomes.set(one.node.hash, this.attempt(one))
    await Promise.all(this.outcomes.values())
  }

  private isHopeless(one: PreparedInstall): boolean {
    const reason = this.hopelessness(one)
    if (reason === undefined) return false
    this.fail(one, reason)
    this.outcomes.set(one.node.hash, Promise.resolve(false))
    return true
  }

  /** Why it is certain from the start that a package cannot be installed. */
  private hopelessness(one: PreparedInstall): StrataError | undefined {
    if (one.action === 'missing') {
      return new StrataError('package-not-found', `${label(one)} is not in this cache`)
    }
    if (one.action === 'conflict') return new StrataError('prefix-conflict', `${label(one)}: ${one.why}`)
    if (!isWritten(one.action)) return undefined
    const lacking = runTimeEdges(one.node).find((edge) => this.failed.some(({ hash }) => hash === edge.hash))
    return one.problem ?? (lacking && dependencyFailed(one, lacking))
  }

  private fail(one: PreparedInstall, thrown: unknown): void {
    const { context } = this.parts
    const { hash, name } = one.node
    const error = toStrataError(thrown, label(one))
    context.progress.enter(hash, 'failed')
    context.log(`${name}: ${error.message}`)
    this.failed.push({ hash, name, error: toErrorBody(error) })
  }

  private async attempt(one: PreparedInstall): Promise<boolean> {
    const { context } = this.parts
    try {
      if (!isWritten(one.action)) {
        if (one.action === 'installed') await this.keep(one)
        return true
      }
      await this.make(one)
      context.progress.enter(one.node.hash, 'done')
      return true
    } catch (thrown) {
      if (!context.signal.aborted) this.fail(one, thrown)
      return false
    }
  }

  private async make(one: PreparedInstall): Promise<void> {
    const { context } = this.parts
    const { prefix, layer } = one
    if (prefix === undefined || layer === undefined) throw new StrataError('internal', `${label(one)} has no layer`)
    await this.fetch(one, layer)
    await context.gate()
    await this.locked(one, () => this.underLock(one, prefix, layer)).catch((error: unknown) => {
      throw writingFailed(error, this.prepared.target.store.root)
    })
  }

  /** A package that is installed stays as it is; what a killed run has left beside it goes. */
  private async keep(one: PreparedInstall): Promise<void> {
    const { node, prefix, leftovers, root } = one
    if (root) this.found.push(node.hash)
    if (!leftovers || prefix === undefined) return
    await this.locked(one, async () => clearLeftovers(prefix, await isInstalledNow(this.prepared.target, node.hash)))
  }

  private async locked(one: PreparedInstall, work: () => Promise<void>): Promise<void> {
    const { context } = this.parts
    const onWait = (holder: string): void => context.log(`${one.node.name}: waiting for ${holder}`)
    const lock = await this.locks.prefix(one.node.hash, 'exclusive', { signal: context.signal, onWait })
    try {
      await work()
    } finally {
      lock.release()
    }
  }

  private async underLock(one: PreparedInstall, prefix: string, layer: RemoteLayer): Promise<void> {
    const { node } = one
    const { context } = this.parts
    if (await this.isInstalledMeanwhile(one, prefix)) {
      context.log(`${node.name}: it has been installed meanwhile`)
      if (one.root) this.found.push(node.hash)
      return
    }
    await this.place(one, prefix, layer)
    try {
      await this.dependencies(one)
      context.progress.enter(node.hash, 'register')
      await this.register.add({ hash: node.hash, prefix, explicit: one.root })
    } catch (error) {
      await rm(partialFolder(prefix), { recursive: true, force: true })
      throw error
    }
    this.installed.push({ hash: node.hash, name: node.name, version: node.version, prefix })
    context.log(`${label(one)} ${prefix}`)
  }

  /** Clears away what a killed run has left. Throws `prefix-conflict` for what the database does not know: it is not ours. */
  private async isInstalledMeanwhile({ node, action }: PreparedInstall, prefix: string): Promise<boolean> {
    const { exists, leftovers } = await lookAtPrefix(prefix)
    // As a rule nothing is there, and the database need not be read for every package.
    if (!exists && !leftovers) return false
    const registered = await isInstalledNow(this.prepared.target, node.hash)
    await clearLeftovers(prefix, registered)
    if (!(await isThere(prefix))) return false
    if (registered) return action === 'install'
    throw new StrataError('prefix-conflict', `${prefix} is there by now, and the store's database does not know it`)
  }

  private async fetch({ node }: PreparedInstall, layer: RemoteLayer): Promise<void> {
    const { store, context } = this.parts
    const { signal, progress } = context
    await this.download(async () => {
      await context.gate()
      if ((await store.stat(layer.digest))?.size === layer.size) return
      progress.enter(node.hash, 'fetch')
      await store.fetch(this.prepared.repository, layer, {
        signal,
        onProgress: (bytes) => progress.advance(node.hash, 'fetch', bytes),
      })
      this.bytesFetched += layer.size
    }, layer.size)
  }

  private async place(one: PreparedInstall, prefix: string, layer: RemoteLayer): Promise<void> {
    const { store, pool, context } = this.parts
    const { node } = one
    await mkdir(dirname(prefix), { recursive: true }).catch((error: unknown) => {
      throw toStrataError(error, `making ${dirname(prefix)}`)
    })
    context.progress.enter(node.hash, 'unpack')
    const input = placeInput(this.prepared, one, layer, prefix, store)
    const permissions = await permissionsFor(this.prepared.target, node.name)
    const onProgress = (bytes: number): void => context.progress.advance(node.hash, 'unpack', bytes)
    const unpack = (): Promise<PlacedPackage> =>
      pool.place({ ...input, permissions }, { signal: context.signal, onProgress })
    const placed = await unpack().catch(async (error: unknown) => {
      if (!(await isDamagedCopy(store, layer, error))) throw error
      context.log(`${node.name}: the blob store's copy of its layer is damaged; it is fetched again`)
      await this.fetch(one, layer)
      return unpack()
    })
    context.progress.size(node.hash, 'unpack', placed.uncompressedSize)
  }

  /** Waits until everything that it needs at run time is in the database. */
  private async dependencies(one: PreparedInstall): Promise<void> {
    for (const edge of runTimeEdges(one.node)) {
      const outcome = this.outcomes.get(edge.hash)
      if (outcome !== undefined && !(await outcome)) throw dependencyFailed(one, edge)
    }
  }
}

function runTimeEdges({ edges }: SpecNode): readonly SpecEdge[] {
  return edges.filter(({ types }) => runTimeTypes.some((type) => types.includes(type)))
}

function dependencyFailed(one: PreparedInstall, edge: SpecEdge): StrataError {
  return new StrataError('dependency-failed', `${label(one)} needs ${edge.name}, which is not installed`, {
    hint: 'See what became of it above; nothing of this package was left in the store.',
  })
}
