import { Select } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { ImageDetail, ImageLayer } from '../../../../main/api/catalog.ts'
import { formatBytes, plural } from '../../../../main/api/format.ts'
import { replaceRoute } from '../../../app/use-route.ts'
import { useRun } from '../use-run.ts'
import { Waits } from '../Waits.tsx'
import { FileTree } from './FileTree.tsx'
import css from './files.module.css'
import { chosenLayer, hasFiles, layerName } from './layers.ts'
import type { OneImage } from './one-image.ts'
import { Preview } from './Preview.tsx'
import { fileTree } from './tree.ts'

/** A layer's files as a tree, fetched when this opens; the chosen file beside it. */
export function FilesView({ image, route }: { readonly image: ImageDetail; readonly route: OneImage }) {
  const wanted = chosenLayer(image, route.layer)
  const layer = wanted && hasFiles(wanted) ? wanted : image.layers.findLast(hasFiles)
  if (!layer) return undefined
  const options = image.layers.filter(hasFiles).toReversed()
  return (
    <div className={css.view}>
      <div className={css.head}>
        <Select
          aria-label="Layer"
          className={css.select}
          data={options
            .map((one, i) => ({
              value: one.digest,
              label: `${layerName(image, one)} · ${formatBytes(one.bytes)}`,
              // A layer may stand in an image twice.
              key: `${one.digest} ${i}`,
            }))
            .filter((one, i, all) => all.findIndex((other) => other.value === one.value) === i)}
          value={layer.digest}
          allowDeselect={false}
          searchable={options.length > 8}
          onChange={(digest) => digest !== null && replaceRoute({ ...route, view: 'files', layer: digest })}
        />
      </div>
      <LayerTree key={layer.digest} repository={route.repository} layer={layer} />
    </div>
  )
}

function LayerTree({ repository, layer }: { repository: string; layer: ImageLayer }) {
  const { digest, bytes, mediaType } = layer
  const run = useRun(['files', digest], (client, name) =>
    client.call('layer.files', { repository, digest, bytes, mediaType, run: name }),
  )
  const [chosen, setChosen] = useState<string>()
  const files = run.data?.files
  const nodes = useMemo(() => fileTree(files ?? []), [files])
  if (!run.data)
    return <Waits run={run} words={`Streaming ${formatBytes(bytes)} from the registry to list its files`} />
  const { stopped, unpackedBytes } = run.data
  return (
    <>
      <p className={css.sums}>
        {plural(run.data.files.length, 'entry').replace('entrys', 'entries')}, {formatBytes(unpackedBytes)} unpacked
        from {formatBytes(bytes)}
        {stopped !== undefined && <span className={css.stopped}>{stopped}</span>}
      </p>
      <div className={css.panes}>
        <FileTree nodes={nodes} chosen={chosen} onChoose={setChosen} />
        <Preview repository={repository} layer={layer} path={chosen} />
      </div>
    </>
  )
}
