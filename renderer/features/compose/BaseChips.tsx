import { IconStack2 } from '@tabler/icons-react'
import { memo } from 'react'
import { presetBaseImages } from '../../../main/api/base-images.ts'
import { cutMiddle } from '../../../main/api/format.ts'
import { useSettings } from '../../engine.ts'
import { withBase } from './composition.ts'
import { startDrag } from './drag.ts'
import css from './packages.module.css'
import type { Workbench } from './workbench.ts'

const recentShown = 2
/** Of a long path the end tells which file it is. */
const chipLetters = 32

interface ChipsProps {
  /** What is chosen. */
  readonly base: string | undefined
  readonly change: Workbench['change']
}

/** Base images to drag under the stack, or to choose with a click. */
export const BaseChips = memo(function BaseChips({ base, change }: ChipsProps) {
  const recent = useSettings().data?.recentBaseImages ?? []
  const presets: readonly { reference: string; glibc?: string; system?: string }[] = presetBaseImages
  const used = recent
    .filter((one) => !presets.some(({ reference }) => reference === one))
    .slice(0, recentShown)
    .map((reference) => ({ reference, glibc: undefined, system: undefined }))
  return (
    <div className={css.bases}>
      <h2 id="base-images">Base images</h2>
      <ul className={css.chips} aria-labelledby="base-images">
        {[...used, ...presets].map(({ reference, glibc, system }) => (
          <li key={reference}>
            <button
              type="button"
              className={css.chip}
              draggable
              onDragStart={(event) => startDrag(event.dataTransfer, { kind: 'base', reference })}
              aria-pressed={base === reference}
              title={system === undefined ? reference : `${system}, glibc ${glibc}`}
              onClick={() => change((old) => withBase(old, reference))}
            >
              <IconStack2 size={13} aria-hidden />
              <span>{cutMiddle(reference, chipLetters)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
})
