import { StrataError } from '../../support/errors.ts'
import type { JsonObject } from '../json.ts'
import type { WaitOptions } from '../locks/acquire.ts'
import type { StoreLocks } from '../locks/store-locks.ts'
import type { SpecGraph, SpecNode } from '../spec/graph.ts'
import { type IndexFile, readIndexFile, writeIndexFile } from './index-file.ts'
import { storedNode, trackedEdges } from './stored-node.ts'

/** A package whose files are in place. */
export interface NewInstall {
  readonly hash: string
  /** Its prefix as Spack calls it. */
  readonly prefix: string
  /** A user asked for it; else it is there for what depends on it. */
  readonly explicit: boolean
}

/** What is to be entered into a store's database. */
export interface Registration {
  /** The specs of the new packages and of all that they depend on, build dependencies too. */
  readonly graph: SpecGraph
  readonly installs: readonly NewInstall[]
  /** Packages that were installed before, and that a user has asked for now. */
  readonly markExplicit?: readonly string[]
  /** What upstream stores have installed: it gets no record of its own here. */
  readonly upstream?: ReadonlySet<string>
  /** Where a package that is not installed would be: Spack keeps that for build tools it did not need. */
  readonly prefixOf?: (node: SpecNode) => string | undefined
}

export interface RegisterRun extends WaitOptions {
  /** The store's root with its padding. */
  readonly paddedRoot: string
  readonly sysroot?: string
  readonly locks: StoreLocks
  /** The version of a database that has to be made; one that is there keeps its own. */
  readonly newVersion: number
  /** Milliseconds since 1970. */
  readonly now?: number
}

/** What changed. */
export interface Registered {
  readonly version: number
  /** Hashes of all records that are new, dependencies first: installed ones, externals, and build tools that are not there. */
  readonly added: readonly string[]
}

/**
 * Enters packages into the database of a store as Spack's `Database.add` does, under its exclusive lock, in one write: a
 * record for each after those of its dependencies; dependencies that are not installed get one all the same, so that every
 * edge ends somewhere; each new record counts once for every record that it depends on. A record that is there already
 * is marked installed and otherwise kept.
 *
 * Throws `lock-timeout`, `database-invalid`, `database-too-new`, `spec-too-new`, `spec-invalid`, `disk-full`,
 * `permission-denied`; nothing is written then.
 */
export async function registerInstalled(registration: Registration, run: RegisterRun): Promise<Registered> {
  const lock = await run.locks.database('exclusive', run)
  try {
    const index = await readIndexFile(run.paddedRoot, run.sysroot, run.newVersion)
    const entry = new Entry(registration, index, (run.now ?? Date.now()) / 1000)
    for (const install of registration.installs) entry.install(install)
    for (const hash of registration.markExplicit ?? []) entry.markExplicit(hash)
    await writeIndexFile(index, run.sysroot)
    return { version: index.version, added: [...entry.added] }
  } finally {
    lock.release()
  }
}

/** One transaction's changes to the records. */
class Entry {
  readonly added = new Set<string>()
  private readonly registration: Registration
  private readonly index: IndexFile
  /** Seconds since 1970. */
  private readonly now: number
  private readonly installs: ReadonlyMap<string, NewInstall>

  constructor(registration: Registration, index: IndexFile, now: number) {
    this.registration = registration
    this.index = index
    this.now = now
    this.installs = new Map(registration.installs.map((install) => [install.hash, install]))
  }

  install(install: NewInstall): void {
    const record = this.index.installs.get(install.hash)
    if (record === undefined) {
      this.addWithDependencies(install.hash)
      return
    }
    if (this.added.has(install.hash)) return
    this.index.installs.set(install.hash, {
      ...record,
      path: install.prefix,
      installed: true,
      // Replacing what a user once asked for does not make it a mere dependency.
      explicit: install.explicit || (record.installed === true && record.explicit === true),
      installation_time: this.now,
    })
  }

  markExplicit(hash: string): void {
    const record = this.index.installs.get(hash)
    if (record) this.index.installs.set(hash, { ...record, explicit: true })
  }

  /** Post-order, with a stack of its own: a chain of dependencies may be long. */
  private addWithDependencies(root: string): void {
    const path = [this.visit(root)]
    const entered = new Set([root])
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.dependencies.shift()
      if (next === undefined) {
        path.pop()
        this.add(top.node)
      } else if (!this.isKnown(next) && !entered.has(next)) {
        entered.add(next)
        path.push(this.visit(next, top.node))
      }
    }
  }

  private visit(hash: string, dependent?: SpecNode): { readonly node: SpecNode; readonly dependencies: string[] } {
    const node = this.registration.graph.nodes.get(hash)
    if (node) return { node, dependencies: trackedEdges(node, this.index.specVersion).map((edge) => edge.hash) }
    const who = dependent ? `${dependent.name}/${dependent.hash.slice(0, 7)} needs /${hash}, which` : `/${hash}`
    throw new StrataError('spec-invalid', `${who} neither the cache nor ${this.index.path} describes`)
  }

  private isKnown(hash: string): boolean {
    return this.index.installs.has(hash) || (this.registration.upstream?.has(hash) ?? false)
  }

  private add(node: SpecNode): void {
    const { prefixOf } = this.registration
    const install = this.installs.get(node.hash)
    const external = node.external !== undefined
    const path = install?.prefix ?? (external ? node.external?.path : prefixOf?.(node))
    const record: JsonObject = {
      spec: storedNode(node, this.index.specVersion),
      ref_count: 0,
      path: path ?? null,
      installed: install !== undefined || external,
      explicit: install?.explicit ?? false,
      installation_time: this.now,
      deprecated_for: null,
    }
    this.index.installs.set(node.hash, record)
    this.added.add(node.hash)
    for (const edge of trackedEdges(node, this.index.specVersion)) this.count(edge.hash)
  }

  private count(hash: string): void {
    const record = this.index.installs.get(hash)
    const counted = typeof record?.ref_count === 'number' ? record.ref_count : 0
    if (record) this.index.installs.set(hash, { ...record, ref_count: counted + 1 })
  }
}
