import type { ImageDetail } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import { notBuilt } from '../../support/not-built.ts'
import type { Browsed } from './browsing.ts'
import type { OnProgress } from './catalog.ts'

export async function showImage(
  _browsed: Browsed,
  _request: Parsed<'image.show'>,
  _onProgress: OnProgress,
): Promise<ImageDetail> {
  throw notBuilt()
}
