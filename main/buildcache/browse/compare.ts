import type { ImageComparison } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import { notBuilt } from '../../support/not-built.ts'
import type { Browsed } from './browsing.ts'
import type { OnProgress } from './progress.ts'

export interface Side {
  readonly browsed: Browsed
  readonly request: Parsed<'image.compare'>['left']
}

export async function compareImages(_left: Side, _right: Side, _onProgress: OnProgress): Promise<ImageComparison> {
  throw notBuilt()
}
