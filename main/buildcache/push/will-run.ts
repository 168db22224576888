import type { Finding } from '../../api/models.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError } from '../../support/errors.ts'
import { isLeftOut } from './findings.ts'
import type { Preparation } from './prepared.ts'

/**
 * What would not run on the base image, by what is known of its layers and of the packages'. A plan reads no layer (a base
 * takes a second, a plan should take none): what was looked into for a composition is remembered, and of anything else
 * nothing is said, nor of what needs it. Nothing is loaded or read for a push without a base image.
 */
export async function willRunFindings(prepared: Preparation, store: BlobStore): Promise<Finding[]> {
  if (prepared.bases.size === 0) return []
  const { examine } = await import('../compose/examine.ts')
  const found = await Promise.all(
    [...prepared.bases].map(([architecture, base]) => {
      const packages = [...prepared.packages].flatMap(([hash, one]) =>
        one.architecture !== architecture || one.action === 'external' || isLeftOut(prepared, hash) ? [] : [one],
      )
      return examine({ packages, base, openLayer: unread, openBaseLayer: unread }, { store, mode: 'known' })
    }),
  )
  return found.flatMap(({ findings }) => findings)
}

async function unread(): Promise<never> {
  throw new StrataError('internal', 'a plan reads no layer')
}
