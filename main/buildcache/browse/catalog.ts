import type { Catalog, CatalogProgress, CatalogRow } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import { notBuilt } from '../../support/not-built.ts'
import type { Browsed } from './browsing.ts'

export type OnProgress = (progress: Omit<CatalogProgress, 'run'>) => void

export async function readCatalogRows(
  _browsed: Browsed,
  _input: Parsed<'catalog.read'>,
  _onProgress: OnProgress,
): Promise<Catalog> {
  throw notBuilt()
}

export async function readRows(_browsed: Browsed, _tags: readonly string[]): Promise<CatalogRow[]> {
  throw notBuilt()
}
