import type { Band, StackGeometry } from './geometry.ts'
import { bandHue, isShared, type LayerProgress, relatedBands } from './model.ts'
import css from './stack.module.css'

const radius = 5
const bite = 6
const barWidth = 4
/** Room at the right of the slabs for the arcs that join a layer with those that need it. */
export const gutter = 40

interface ShapesProps {
  readonly geometry: StackGeometry
  readonly progress: readonly (LayerProgress | undefined)[]
  readonly width: number
  readonly active: number | undefined
  /** Draw what is no root lighter. */
  readonly light?: boolean
}

/** The drawn part of the stack, under the text: slabs, fills, hatching, notches, and the arcs of the active layer. */
export function StackShapes({ geometry, progress, width, active, light = false }: ShapesProps) {
  const slab = Math.max(0, width - gutter)
  const related = active === undefined ? undefined : relatedBands(geometry.bands, active)
  const lit = related && new Set([active, ...related.neededBy, ...related.needs])
  return (
    <svg className={css.shapes} width={width} height={geometry.height} aria-hidden="true">
      <defs>
        <pattern id="stack-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2.5" height="7" className={css.hatchLine} />
        </pattern>
        <pattern id="stack-strata" width="8" height="4" patternUnits="userSpaceOnUse">
          <rect width="8" height="1" className={css.strataLine} />
        </pattern>
        <pattern id="stack-merged" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="1.5" height="9" className={css.mergedLine} />
          <rect width="9" height="1.5" className={css.mergedLine} />
        </pattern>
        <pattern id="stack-packing" width="10" height="10" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
          <rect width="5" height="10" className={css.packingLine} />
        </pattern>
      </defs>
      {geometry.bands.map((band, i) => (
        <g
          key={band.key}
          transform={`translate(0 ${band.top})`}
          className={lit && !lit.has(i) ? `${css.slab} ${css.unlit}` : css.slab}
          data-hue={bandHue(band, progress[i])}
          data-active={i === active || undefined}
          data-light={(light && isLight(band)) || undefined}
        >
          <Slab band={band} progress={progress[i]} width={slab} id={`stack-band-${i}`} />
        </g>
      ))}
      {related && active !== undefined && (
        <Arcs bands={geometry.bands} from={active} neededBy={related.neededBy} needs={related.needs} x={slab} />
      )}
    </svg>
  )
}

/** What came along with others. */
function isLight(band: Band): boolean {
  return band.layers.every((layer) => layer.kind === 'package' && !layer.root)
}

interface SlabProps {
  readonly band: Band
  readonly progress: LayerProgress | undefined
  readonly width: number
  readonly id: string
}

function Slab({ band, progress, width, id }: SlabProps) {
  const notched = band.kind === 'layer' && band.layers.some(isShared)
  const outline = slabPath(width, band.height, notched)
  const middle = band.height / 2
  const isMerged = band.kind === 'layer' && band.layers[0]?.kind === 'merged'
  const isBase = band.layers.every((l) => l.kind === 'base')
  return (
    <>
      <clipPath id={id}>
        <path d={outline} />
      </clipPath>
      <g clipPath={`url(#${id})`}>
        <rect width={width} height={band.height} className={css.ground} />
        {progress && (
          <>
            <rect
              width={width}
              height={band.height}
              className={css.packed}
              style={{ transform: `scaleX(${progress.packed})` }}
            />
            {progress.phase === 'pack' && (
              <rect width={width * progress.packed} height={band.height} fill="url(#stack-packing)" />
            )}
            <rect
              width={width}
              height={band.height}
              className={css.sent}
              style={{ transform: `scaleX(${progress.sent})` }}
            />
          </>
        )}
        {isBase && <rect width={width} height={band.height} fill="url(#stack-hatch)" />}
        {isMerged && <rect width={width} height={band.height} fill="url(#stack-merged)" />}
        {band.kind === 'fold' && <rect width={width} height={band.height} fill="url(#stack-strata)" />}
        <rect width={width} height={1} className={css.light} />
        <rect width={barWidth} height={band.height} className={css.bar} />
      </g>
      <path d={outline} className={css.outline} />
      {notched && <circle cx={width} cy={middle} r={bite - 1} className={css.notch} />}
    </>
  )
}

/** A rounded slab with, when it is shared, a round bite out of its right edge. */
function slabPath(width: number, height: number, notched: boolean): string {
  const middle = height / 2
  const right = notched
    ? `V${middle - bite} A${bite} ${bite} 0 0 0 ${width} ${middle + bite} V${height - radius}`
    : `V${height - radius}`
  return [
    `M${radius} 0 H${width - radius} Q${width} 0 ${width} ${radius}`,
    right,
    `Q${width} ${height} ${width - radius} ${height} H${radius} Q0 ${height} 0 ${height - radius} V${radius} Q0 0 ${radius} 0 Z`,
  ].join(' ')
}

interface ArcsProps {
  readonly bands: readonly Band[]
  readonly from: number
  readonly neededBy: readonly number[]
  readonly needs: readonly number[]
  readonly x: number
}

function Arcs({ bands, from, neededBy, needs, x }: ArcsProps) {
  const middle = (i: number) => {
    const band = bands[i]
    return band ? band.top + band.height / 2 : 0
  }
  const start = middle(from)
  const arc = (i: number) => {
    const end = middle(i)
    const reach = Math.min(gutter * 1.2, 12 + Math.abs(end - start) / 7)
    return `M${x + 3} ${start} C${x + reach} ${start} ${x + reach} ${end} ${x + 3} ${end}`
  }
  return (
    <g>
      {needs.map((i) => (
        <path key={`needs ${i}`} d={arc(i)} className={css.arcNeeds} />
      ))}
      {neededBy.map((i) => (
        <g key={`by ${i}`}>
          <path d={arc(i)} className={css.arc} />
          <circle cx={x + 3} cy={middle(i)} r={2.5} className={css.arcEnd} />
        </g>
      ))}
    </g>
  )
}
