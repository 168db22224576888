import { readNodes } from '../../spack/spec/read-nodes.ts'
import { StrataError } from '../../support/errors.ts'
import { readIndex } from '../cache-index.ts'
import { specVersionOfIndex } from '../catalog.ts'
import { describePackage } from '../describe-package.ts'
import { INDEX_TAG } from '../package-tag.ts'
import { isDamage } from '../remote-package.ts'
import type { Browsed } from './browsed.ts'
import type { IndexFacts } from './memory.ts'

/**
 * What `index.spack` says; undefined when there is none. One that is damaged or newer than known says what is wrong with
 * it. Read again only when its digest is another one. Throws what the registry answers.
 */
export async function readIndexFacts({ repository, memory, signal }: Browsed): Promise<IndexFacts | undefined> {
  const head = await repository.headManifest(INDEX_TAG, { signal })
  if (!head) return undefined
  const known = memory.indexOf(head.digest)
  if (known) return known
  const { digest } = head
  try {
    const { database, problem = 'there is no index in it' } = await readIndex(repository, signal)
    if (!database) return { digest, problem, packages: [] }
    const { version, installs } = database
    const records = Object.entries(installs)
    const specVersion = specVersionOfIndex(version)
    const specs = records.map(([hash, record]) => [hash, record.spec] as const)
    const { nodes } = readNodes(specs, INDEX_TAG, () => specVersion)
    const cached = records.filter(([, record]) => record.in_buildcache).flatMap(([hash]) => nodes.get(hash) ?? [])
    return { digest, version, packages: cached.map((node) => ({ ...describePackage(node), specVersion })) }
  } catch (error) {
    if (!isDamage(error) && !(error instanceof StrataError && error.code === 'database-too-new')) throw error
    return { digest, problem: error.message, packages: [] }
  }
}
