import type { ImageComparison } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import type { Browsed } from './browsed.ts'
import { browseCommand } from './command.ts'
import { compareDetails } from './comparison.ts'
import { named } from './detail.ts'
import { showImage } from './image.ts'
import type { OnProgress } from './progress.ts'

export interface Side {
  readonly browsed: Browsed
  readonly request: Parsed<'image.compare'>['left']
}

/** Two images of one repository or of two. Throws what `showImage` throws. */
export async function compareImages(left: Side, right: Side, onProgress: OnProgress): Promise<ImageComparison> {
  // One after the other: in one repository the second finds everything read.
  const one = await showImage(left.browsed, left.request, onProgress)
  const other = await showImage(right.browsed, right.request, onProgress)
  const words = [left, right].map(({ request }) => named(request.repository, request.tag))
  return { ...compareDetails(one, other), command: browseCommand(['diff', ...words], left.request) }
}
