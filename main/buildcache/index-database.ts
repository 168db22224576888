import * as z from 'zod'
import type { JsonObject } from '../spack/json.ts'
import { withoutCompiler } from '../spack/spec/convert.ts'
import type { SpecDocument } from '../spack/spec/document.ts'
import { checkSpecVersion } from '../spack/spec/read-nodes.ts'
import { StrataError } from '../support/errors.ts'

/** A spec node as it stands in an index: only what edges need is known of it here. */
const Node = z.looseObject({ name: z.string(), hash: z.string(), dependencies: z.array(z.unknown()).optional() })

const Record = z.looseObject({
  spec: Node,
  ref_count: z.number().default(0),
  in_buildcache: z.boolean().default(false),
})

const Index = z.object({
  database: z.looseObject({ version: z.coerce.string(), installs: z.record(z.string(), Record) }),
})

/** The content of `index.spack`: a database of specs whose records say whether the cache has them. */
export type IndexDatabase = z.infer<typeof Index>['database']
type IndexRecord = z.infer<typeof Record>

/** A spec document as a package's config holds it. */
const Document = z.looseObject({ _meta: z.looseObject({ version: z.number().int() }), nodes: z.array(Node).min(1) })

/** The database version that holds nodes of a spec version, from Spack 0.21 on (formats.md). */
const databaseVersions: ReadonlyMap<number, number> = new Map([
  [3, 6],
  [4, 7],
  [5, 8],
  [6, 9],
])
const NEWEST = Math.max(...databaseVersions.values())

/**
 * The spec document in a package's config, checked as far as an index needs it. `what` names it in the error.
 * Throws `spec-invalid`, and `spec-too-new` for one that a newer Spack wrote.
 */
export function parseDocument(spec: unknown, what: string): SpecDocument {
  const parsed = Document.safeParse(spec)
  if (!parsed.success) throw new StrataError('spec-invalid', `${what} holds no spec`)
  checkSpecVersion(parsed.data._meta.version, what)
  return { spec: spec as SpecDocument['spec'] }
}

/** Parses an index. Throws `database-invalid`, and `database-too-new` for one that a newer Spack wrote. */
export function parseIndex(bytes: Buffer): IndexDatabase {
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new StrataError('database-invalid', 'the index of the build cache is not JSON', { cause, hint: REBUILD })
  }
  const parsed = Index.safeParse(json)
  if (!parsed.success) {
    throw new StrataError('database-invalid', 'the index of the build cache is not a database of specs', {
      hint: REBUILD,
    })
  }
  const { database } = parsed.data
  if (Number.parseInt(database.version, 10) > NEWEST) {
    throw new StrataError('database-too-new', `the index of the build cache is of version ${database.version}`, {
      hint: `Versions up to ${NEWEST} are supported. Update Strata, or let the Spack that wrote it update it.`,
    })
  }
  return database
}

const REBUILD = 'Delete the tag index.spack, or write it anew with: spack buildcache update-index'

/**
 * The index that fits the packages: every document's nodes, and of `before` what is still reached. `packages` holds a
 * document for what is new, and just the hash for what `before` knows already. Reference counts are counted anew; the
 * version is the newest that any node needs, older nodes being written in its form.
 */
export function mergeIndex(
  before: IndexDatabase | undefined,
  packages: readonly (SpecDocument | string)[],
): IndexDatabase {
  const known = new Map<string, IndexRecord>(Object.entries(before?.installs ?? {}))
  const present = new Set<string>()
  let version = Math.max(7, Number.parseInt(before?.version ?? '0', 10))
  for (const one of packages) {
    if (typeof one === 'string') {
      present.add(one)
      continue
    }
    version = Math.max(version, databaseVersions.get(one.spec._meta.version) ?? NEWEST)
    for (const raw of one.spec.nodes) {
      const node = Node.parse(raw)
      if (!known.has(node.hash)) known.set(node.hash, { spec: node, ref_count: 0, in_buildcache: false })
    }
    const root = one.spec.nodes[0]
    if (root) present.add(Node.parse(root).hash)
  }
  // A map while it is counted: a hash from outside may be called `constructor`.
  const installs = new Map<string, IndexRecord>()
  for (const hash of [...reached(known, present)].sort()) {
    const record = known.get(hash)
    if (!record) continue
    const spec = version >= 8 ? inVersion5(record.spec) : record.spec
    installs.set(hash, { ...record, spec, ref_count: 0, in_buildcache: present.has(hash) })
  }
  for (const record of installs.values()) {
    for (const hash of dependencyHashes(record.spec)) {
      const dependency = installs.get(hash)
      if (dependency) dependency.ref_count += 1
    }
  }
  return { version: String(version), installs: Object.fromEntries(installs) }
}

/**
 * Whether merging has changed nothing. A node that stays is the very object it was, so that an index of thousands of
 * packages is compared in a millisecond.
 */
export function isUnchanged(before: IndexDatabase, merged: IndexDatabase): boolean {
  const records = Object.entries(merged.installs)
  return (
    before.version === merged.version &&
    Object.keys(before.installs).length === records.length &&
    records.every(([hash, record]) => {
      const old = before.installs[hash]
      return (
        old?.spec === record.spec && old.ref_count === record.ref_count && old.in_buildcache === record.in_buildcache
      )
    })
  )
}

/** The packages and everything that their edges lead to: an edge of a record must end somewhere. */
function reached(known: ReadonlyMap<string, IndexRecord>, from: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [...from]
  for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
    const record = known.get(hash)
    if (!record || found.has(hash)) continue
    found.add(hash)
    waiting.push(...dependencyHashes(record.spec))
  }
  return found
}

function dependencyHashes(node: IndexRecord['spec']): string[] {
  return (node.dependencies ?? []).flatMap((dependency) =>
    typeof dependency === 'object' && dependency !== null && 'hash' in dependency && typeof dependency.hash === 'string'
      ? [dependency.hash]
      : [],
  )
}

/** A node that an older Spack pushed, in a form that fits an index of Spack 1.x. Later ones carry `annotations` already. */
function inVersion5(node: IndexRecord['spec']): IndexRecord['spec'] {
  if ('annotations' in node || !('compiler' in node)) return node
  return withoutCompiler(node as JsonObject, 4) as IndexRecord['spec']
}
