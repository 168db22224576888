import { Button } from '@mantine/core'
import { IconFiles } from '@tabler/icons-react'
import { useMemo } from 'react'
import type { ImageDetail, ImageLayer } from '../../../../main/api/catalog.ts'
import { formatBytes, formatCount, shortDigest, shortTag } from '../../../../main/api/format.ts'
import { formatRoute } from '../../../app/routes.ts'
import { navigate, replaceRoute } from '../../../app/use-route.ts'
import { Bytes } from '../../../ui/Bytes.tsx'
import type { GridColumn } from '../../../ui/grid/column.ts'
import { Grid } from '../../../ui/grid/Grid.tsx'
import { Hash } from '../../../ui/Hash.tsx'
import css from './image.module.css'
import { chosenLayer, hasFiles, layerName, usersWords } from './layers.ts'
import type { OneImage } from './one-image.ts'

interface LayerRow {
  readonly layer: ImageLayer
  readonly name: string
  /** From the bottom, from 1. */
  readonly number: number
}

const columns: readonly GridColumn<LayerRow>[] = [
  { id: 'number', title: '#', track: '44px', number: true, text: (r) => String(r.number) },
  {
    id: 'name',
    title: 'Layer',
    track: 'minmax(110px, 1.2fr)',
    text: (r) => r.name,
    hint: (r) => r.layer.createdBy ?? r.name,
    hue: (r) => r.layer.kind,
  },
  {
    id: 'size',
    title: 'Size',
    track: '76px',
    number: true,
    text: (r) => formatBytes(r.layer.bytes),
    hint: (r) => `${formatCount(r.layer.bytes)} bytes, compressed`,
  },
  {
    id: 'users',
    title: 'Also used by',
    track: 'minmax(100px, 1.4fr)',
    text: (r) => usersWords(r.layer, 2),
    hint: (r) => r.layer.usedBy.map(shortTag).join('\n') || undefined,
    hue: (r) => (r.layer.usedByCount > 0 ? 'shared' : 'alone'),
  },
  {
    id: 'digest',
    title: 'Digest',
    track: '156px',
    text: (r) => shortDigest(r.layer.digest),
    hint: (r) => r.layer.digest,
  },
]

const rowId = (row: LayerRow): string => row.layer.digest

/** The layers, top first as in the stack; the chosen one tells who else uses it. */
export function LayerList({ image, route }: { readonly image: ImageDetail; readonly route: OneImage }) {
  const rows = useMemo(
    () => image.layers.map((layer, i) => ({ layer, name: layerName(image, layer), number: i + 1 })).toReversed(),
    [image],
  )
  const chosen = route.layer === undefined ? undefined : chosenLayer(image, route.layer)
  return (
    <div className={css.split}>
      <Grid
        label="Layers"
        columns={columns}
        rows={rows}
        rowId={rowId}
        shown={chosen?.digest}
        onOpen={({ layer }) => replaceRoute({ ...route, view: 'layers', layer: layer.digest })}
        className={css.layerGrid}
        cellClass={css.layerCell}
      />
      {chosen && <LayerDetail image={image} layer={chosen} route={route} />}
    </div>
  )
}

function LayerDetail({ image, layer, route }: { image: ImageDetail; layer: ImageLayer; route: OneImage }) {
  const { usedBy, usedByCount } = layer
  return (
    <section className={css.detail} aria-label={`Layer ${layerName(image, layer)}`}>
      <header>
        <h2>{layerName(image, layer)}</h2>
        {hasFiles(layer) && (
          <Button
            variant="default"
            leftSection={<IconFiles size={15} />}
            onClick={() => navigate({ ...route, view: 'files', layer: layer.digest })}
          >
            Files
          </Button>
        )}
      </header>
      <dl className={css.pairs}>
        <dt>Size</dt>
        <dd>
          <Bytes value={layer.bytes} /> <span className={css.dim}>{layer.mediaType}</span>
        </dd>
        <dt>Digest</dt>
        <dd>
          <Hash value={layer.digest} />
        </dd>
        {layer.package && (
          <>
            <dt>Package</dt>
            <dd>
              <Hash value={layer.package.hash} />
            </dd>
          </>
        )}
        {layer.createdBy !== undefined && (
          <>
            <dt>Made by</dt>
            <dd className={css.mono}>{layer.createdBy}</dd>
          </>
        )}
        <dt>Used by</dt>
        <dd>
          {usedByCount === 0 ? (
            'no other tag of this repository: deleting this one frees it'
          ) : (
            <ul className={css.chips}>
              {usedBy.map((tag) => (
                <li key={tag}>
                  <a href={formatRoute({ screen: 'registries', repository: route.repository, tag })} title={tag}>
                    {shortTag(tag)}
                  </a>
                </li>
              ))}
              {usedByCount > usedBy.length && <li>and {formatCount(usedByCount - usedBy.length)} more</li>}
            </ul>
          )}
        </dd>
      </dl>
    </section>
  )
}
