import type { FilePreview, LayerFiles } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import { notBuilt } from '../../support/not-built.ts'
import type { Browsed } from './browsed.ts'

export async function listLayerFiles(_browsed: Browsed, _request: Parsed<'layer.files'>): Promise<LayerFiles> {
  throw notBuilt()
}

export async function previewLayerFile(_browsed: Browsed, _request: Parsed<'layer.preview'>): Promise<FilePreview> {
  throw notBuilt()
}
