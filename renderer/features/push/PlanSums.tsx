import { IconExternalLink, IconLock, IconPackageOff } from '@tabler/icons-react'
import { formatCount } from '../../../main/api/format.ts'
import type { PushPlan } from '../../../main/api/models.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import page from '../planning/page.module.css'
import { Sum } from '../planning/Sum.tsx'
import { isShared } from '../stack/model.ts'
import { stateIcons } from '../stack/StateIcon.tsx'
import css from './push.module.css'

/** Packages by what happens to them (the legend of the stack), bytes, and layers against the budget. */
export function PlanSums({ plan }: { readonly plan: PushPlan }) {
  const { sums } = plan
  const over = sums.layers > sums.layerLimit
  return (
    <div className={page.sums}>
      <ul className={page.legend} aria-label="Packages by what happens to them">
        <Sum count={sums.build} word="to build" icon={stateIcons.build} hue="build" />
        <Sum count={sums.reuse} word="reused" icon={stateIcons.reuse} hue="reuse" />
        <Sum count={sums.present} word="present" icon={stateIcons.present} hue="present" />
        <Sum count={sums.external} word="external" icon={IconExternalLink} hue="present" />
        <Sum count={sums.missing} word="not installed" icon={IconPackageOff} hue="warning" />
        <Sum count={sums.private} word="restricted" icon={IconLock} hue="warning" />
        {plan.stack.some(isShared) && (
          <li className={page.sum}>
            <i className={css.sharedMark} aria-hidden />
            shared
          </li>
        )}
      </ul>
      <p className={page.amounts}>
        {sums.bytesToPack > 0 && (
          <span title="The size on disk: packing compresses it before it is uploaded.">
            <b>
              <Bytes value={sums.bytesToPack} />
            </b>{' '}
            to pack and upload
          </span>
        )}
        {(sums.bytesToUpload > 0 || sums.bytesToPack === 0) && (
          <span title="Packed already: layers from the blob store, and those of the base image.">
            <b>
              <Bytes value={sums.bytesToUpload} />
            </b>{' '}
            {sums.bytesToPack > 0 ? 'more to upload as it is' : 'to upload'}
          </span>
        )}
        <span className={over ? css.over : undefined}>
          <b>{formatCount(sums.layers)}</b> of {sums.layerLimit} layers
        </span>
      </p>
    </div>
  )
}
