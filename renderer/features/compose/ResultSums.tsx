import type { CompositionPreview } from '../../../main/api/compose.ts'
import { formatCount, plural } from '../../../main/api/format.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import css from './result.module.css'

/** Size, what of it is new to the repository, and the layers against the budget. */
export function ResultSums({ preview }: { readonly preview: CompositionPreview }) {
  const { sums, merge } = preview
  const over = sums.layers > sums.layerLimit
  return (
    <div className={css.sums}>
      <dl>
        <div>
          <dt>Size</dt>
          <dd>
            <Bytes value={sums.bytes} />
          </dd>
        </div>
        <div title="Bytes of layers that no other image of the repository has">
          <dt>Unique</dt>
          <dd>
            <Bytes value={sums.uniqueBytes} />
          </dd>
        </div>
        <div>
          <dt>Packages</dt>
          <dd>{formatCount(sums.packages)}</dd>
        </div>
        <div>
          <dt>Layers</dt>
          <dd className={over ? css.over : undefined}>
            {formatCount(sums.layers)} <small>of {sums.layerLimit}</small>
          </dd>
        </div>
      </dl>
      <div className={css.budget} aria-hidden>
        <i className={css.budgetBase} style={{ flexGrow: sums.baseLayers }} />
        <i className={css.budgetPackages} style={{ flexGrow: Math.max(0, sums.layers - sums.baseLayers) }} />
        <i style={{ flexGrow: Math.max(0, sums.layerLimit - sums.layers) }} />
      </div>
      {merge && (
        <p className={css.merge}>
          {plural(merge.packages.length, 'package')} merged into one layer of <Bytes value={merge.bytes} />, to keep to
          the limit{merge.made ? '; it is made already' : ''}.
        </p>
      )}
    </div>
  )
}
