import { IconStack2, IconX } from '@tabler/icons-react'
import { memo, useState } from 'react'
import type { Composition, CompositionPreview } from '../../../main/api/compose.ts'
import { shortTag } from '../../../main/api/format.ts'
import { useSettings } from '../../engine.ts'
import { BaseImage } from '../planning/BaseImage.tsx'
import page from '../planning/page.module.css'
import { withBase } from './composition.ts'
import css from './stack-pane.module.css'
import type { Workbench } from './workbench.ts'

interface SlotProps {
  readonly said: Composition['base']
  readonly baseOf: Composition['baseOf']
  readonly change: Workbench['change']
  /** What the engine found it to be, in words. */
  readonly found: string | undefined
  /** A base image is dragged over the stack. */
  readonly hovering: boolean
}

/** What lies under the packages: chosen, typed, or dropped here. */
export const BaseSlot = memo(function BaseSlot({ said = '', baseOf, change, found, hovering }: SlotProps) {
  const recent = useSettings().data?.recentBaseImages ?? []
  // Only what is chosen or typed to the end is asked for: each letter would be another image.
  const [typed, setTyped] = useState<string>()
  function choose(reference: string): void {
    setTyped(undefined)
    if (baseOf === undefined || reference.trim() !== '') change((old) => withBase(old, reference))
  }
  const facts = typed === undefined ? found : undefined
  return (
    <div className={css.slot} data-hovering={hovering || undefined}>
      <h2>
        <IconStack2 size={15} aria-hidden /> Base image
      </h2>
      <div className={css.slotBody}>
        {baseOf !== undefined ? (
          <p className={css.baseOf}>
            that of <b>{shortTag(baseOf)}</b>
            <button type="button" aria-label="Another base image" onClick={() => change((old) => withBase(old, ''))}>
              <IconX size={13} aria-hidden />
            </button>
          </p>
        ) : (
          <BaseImage
            value={typed ?? said}
            recent={recent}
            onChange={setTyped}
            onChosen={choose}
            placeholder="a reference, or a file’s path"
            noBase="None: from scratch there is no libc and no shell, and packages alone do not run."
            facts={facts}
          />
        )}
        {baseOf !== undefined && facts !== undefined && <p className={page.note}>{facts}</p>}
      </div>
    </div>
  )
})

/** `Debian GNU/Linux 12 · glibc 2.36 · amd64 · 1 layer`, as far as it was looked into. */
export function baseWords({ system, libc, architecture, layers }: NonNullable<CompositionPreview['base']>): string {
  const known = [system, libc].filter((one) => one !== undefined)
  return [...known, architecture, `${layers} layer${layers === 1 ? '' : 's'}`].join(' · ')
}
