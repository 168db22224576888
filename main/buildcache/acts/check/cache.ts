import { plural } from '../../../api/format.ts'
import type { Finding } from '../../../api/models.ts'
import type { Repository } from '../../../registry/repository.ts'
import type { SpecNode } from '../../../spack/spec/graph.ts'
import { StrataError } from '../../../support/errors.ts'
import { hashInTag, type ReadIndex, readIndex } from '../../cache-index.ts'
import { INDEX_TAG, isPackageTag } from '../../package-tag.ts'
import { listedNames } from '../names.ts'

/** Whether `index.spack` and the tags agree. */
export async function checkIndex(
  repository: Repository,
  tags: readonly string[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const hint = 'Bring it up to date: strata index REPOSITORY'
  let index: ReadIndex
  try {
    index = await readIndex(repository, signal)
  } catch (error) {
    if (!(error instanceof StrataError) || error.code !== 'database-too-new') throw error
    return [{ severity: 'warning', message: error.message, hint: error.hint }]
  }
  const packages = tags.filter(isPackageTag)
  if (index.digest === undefined) {
    if (packages.length === 0) return []
    return [{ severity: 'warning', message: `There is no ${INDEX_TAG}: Spack does not list these packages`, hint }]
  }
  const findings: Finding[] = []
  if (index.problem !== undefined) {
    findings.push({ severity: 'problem', message: `Spack cannot use ${INDEX_TAG}: ${index.problem}`, hint })
  }
  if (!index.database) return findings
  const held = new Map(packages.map((tag) => [hashInTag(tag), tag]))
  const records = Object.entries(index.database.installs).filter(([, record]) => record.in_buildcache)
  const gone = records.filter(([hash]) => !held.has(hash)).map(([, { spec }]) => `${spec.name}@${String(spec.version)}`)
  if (gone.length > 0) {
    const message = `${INDEX_TAG} lists ${plural(gone.length, 'package')} without a tag: ${listedNames(gone)}`
    findings.push({ severity: 'problem', message, hint })
  }
  const listed = new Set(records.map(([hash]) => hash))
  const unlisted = packages.filter((tag) => !listed.has(hashInTag(tag) ?? ''))
  if (unlisted.length > 0) {
    const message = `${INDEX_TAG} lacks ${plural(unlisted.length, 'package')}: ${listedNames(unlisted)}`
    findings.push({ severity: 'warning', message, hint })
  }
  return findings
}

/** Packages that others need and that the cache does not have. */
export class MissingPackages {
  private readonly held: ReadonlySet<string | undefined>
  private readonly missing = new Map<string, { readonly node: SpecNode; readonly tags: string[] }>()

  constructor(tags: readonly string[]) {
    this.held = new Set(tags.filter(isPackageTag).map(hashInTag))
  }

  note(tag: string, needs: readonly SpecNode[]): void {
    for (const node of needs) {
      // A spliced package is made from the one that was built.
      if (this.held.has(node.hash) || this.held.has(node.buildSpec?.hash ?? node.hash)) continue
      const one = this.missing.get(node.hash) ?? { node, tags: [] }
      one.tags.push(tag)
      this.missing.set(node.hash, one)
    }
  }

  findings(): Finding[] {
    return [...this.missing.values()].map(({ node, tags }) => ({
      severity: 'warning',
      message: `${node.name}@${node.version}/${node.hash} is not in the cache; needed by ${listedNames(tags)}`,
      hint: 'An install needs it from elsewhere. Push the packages with their dependencies.',
      hash: node.hash,
    }))
  }
}
