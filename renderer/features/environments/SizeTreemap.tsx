import { Button } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import type { UseQueryResult } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { formatBytes, plural } from '../../../main/api/format.ts'
import type { EnvironmentDetail } from '../../../main/api/models.ts'
import { errorBody } from '../../client.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { packageGraph, pathFromRoot } from './package-graph.ts'
import css from './treemap.module.css'
import { layoutTreemap, type Tile } from './treemap-model.ts'

interface TreemapProps {
  readonly environment: EnvironmentDetail
  readonly sizes: UseQueryResult<Record<string, number>>
  readonly shown: string | undefined
  readonly onShow: (hash: string) => void
}

/** Where the bytes on disk are, and for the tile under the pointer or focus: why it is here. */
export function SizeTreemap({ environment, sizes, shown, onShow }: TreemapProps) {
  const { ref, width, height } = useElementSize()
  const [hovered, setHovered] = useState<string>()
  const tiles = useMemo(
    () => layoutTreemap(environment.packages, sizes.data ?? {}, { width, height }),
    [environment, sizes.data, width, height],
  )
  const total = tiles.reduce((sum, t) => sum + t.bytes, 0)
  if (sizes.error) {
    return (
      <div className={css.alone}>
        <ErrorPanel error={errorBody(sizes.error)}>
          <Button variant="default" onClick={() => void sizes.refetch()}>
            Measure again
          </Button>
        </ErrorPanel>
      </div>
    )
  }
  if (!sizes.data)
    return <Waiting words={`Measuring the prefixes of ${plural(environment.packages.length, 'package')}`} />
  const current = tiles.find((t) => t.key === hovered) ?? tiles.find((t) => t.key === shown)
  return (
    <div className={css.frame}>
      <p className={css.foot} role="status">
        {current ? (
          <TileWords tile={current} total={total} environment={environment} />
        ) : (
          <>
            <strong>{plural(tiles.length, 'package')}</strong>, <Bytes value={total} /> on disk. Point at one to see why
            it is here.
          </>
        )}
      </p>
      <div ref={ref} className={css.box}>
        {tiles.map((tile) => (
          <TileView
            key={tile.key}
            tile={tile}
            share={tile.bytes / total}
            shown={tile.key === shown}
            onHover={setHovered}
            onShow={onShow}
          />
        ))}
      </div>
    </div>
  )
}

interface TileProps {
  readonly tile: Tile
  readonly share: number
  readonly shown: boolean
  readonly onHover: (key: string | undefined) => void
  readonly onShow: (hash: string) => void
}

function TileView({ tile, share, shown, onHover, onShow }: TileProps) {
  const { package: p, x, y, width, height } = tile
  const hash = p?.hash
  return (
    <button
      type="button"
      className={css.tile}
      data-root={p?.root || undefined}
      data-shown={shown || undefined}
      // A heavier tile is a darker one: five steps say at a glance where to look.
      data-weight={share > 0.15 ? 4 : share > 0.07 ? 3 : share > 0.03 ? 2 : 1}
      style={{ left: x, top: y, width, height }}
      aria-label={`${tile.label} ${formatBytes(tile.bytes)}${p ? `, version ${p.version}` : ''}`}
      onMouseEnter={() => onHover(tile.key)}
      onMouseLeave={() => onHover(undefined)}
      onFocus={() => onHover(tile.key)}
      onClick={() => hash !== undefined && onShow(hash)}
      disabled={hash === undefined}
    >
      {width > 44 && height > 22 && <span className={css.tileName}>{tile.label} </span>}
      {width > 60 && height > 44 && <span className={css.tileSize}>{formatBytes(tile.bytes)}</span>}
    </button>
  )
}

function TileWords({ tile, total, environment }: { tile: Tile; total: number; environment: EnvironmentDetail }) {
  const share = `${((tile.bytes / total) * 100).toFixed(1)} %`
  const path = tile.package ? pathFromRoot(packageGraph(environment), tile.package.hash) : []
  return (
    <>
      <strong>
        {tile.label} {tile.package?.version}
      </strong>{' '}
      <Bytes value={tile.bytes} />, {share}. {path.length === 1 && 'A root of the environment.'}
      {path.length > 1 && `Here because of ${path.map((p) => p.name).join(' › ')}.`}
    </>
  )
}
