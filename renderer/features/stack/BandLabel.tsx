import { Bytes } from '../../ui/Bytes.tsx'
import type { Band } from './geometry.ts'
import { bandHue, bandWords, foldTitle, type LayerProgress } from './model.ts'
import { BandIcon } from './StateIcon.tsx'
import css from './stack.module.css'

// From this height on a second line fits.
const twoLines = 46

/** What eyes see on a band (its accessible name says it in words): icon, name, version, size; on a tall one also the state. */
export function BandLabel(props: {
  readonly band: Band
  readonly progress: LayerProgress | undefined
  /** What brought it: `for vim`. */
  readonly via?: string
}) {
  const { band, progress, via } = props
  const [layer] = band.layers
  if (!layer) return undefined
  const fold = band.kind === 'fold'
  const moving = progress?.phase === 'pack' || progress?.phase === 'upload' || progress?.phase === 'failed'
  const words = bandWords(band, progress)
  const tall = band.height >= twoLines
  const estimated = band.layers.some((l) => l.estimated)
  return (
    <div className={css.label} data-hue={bandHue(band, progress)}>
      <BandIcon band={band} progress={progress} />
      <div className={css.lines}>
        <div className={css.line}>
          <span className={layer.root || layer.kind === 'base' ? css.rootName : css.name}>
            {fold ? foldTitle(band.layers) : layer.name}
          </span>
          {!fold && layer.kind === 'merged' && <span className={css.version}>merged</span>}
          {!fold && layer.version !== undefined && <span className={css.version}>{layer.version}</span>}
          {!fold && via !== undefined && <span className={css.via}>{via}</span>}
        </div>
        {tall && (
          <div className={css.state}>
            {words}
            {layer.root && ' · root'}
          </div>
        )}
      </div>
      {moving && !tall && <span className={css.phase}>{words}</span>}
      <span className={css.size}>
        <Bytes value={band.bytes} about={estimated} />
      </span>
    </div>
  )
}
