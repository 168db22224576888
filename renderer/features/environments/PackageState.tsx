import { IconCircleCheck, IconCircleDashed, IconExternalLink, IconStackPop } from '@tabler/icons-react'
import type { PackageSummary } from '../../../main/api/models.ts'
import css from './panel.module.css'

/** Installed, external, upstream or missing: icon and word. */
export function InstallState({ package: p }: { readonly package: PackageSummary }) {
  const { icon: Icon, word, hue } = installState(p)
  return (
    <span className={css.state} data-hue={hue} title={p.upstream}>
      <Icon size={15} stroke={1.8} aria-hidden />
      {word}
    </span>
  )
}

/** The same as plain data, for sorting and for text. */
export function installState(p: PackageSummary) {
  if (p.external) return { icon: IconExternalLink, word: 'external', hue: 'present' } as const
  if (!p.installed) return { icon: IconCircleDashed, word: 'not installed', hue: 'warning' } as const
  if (p.upstream !== undefined) return { icon: IconStackPop, word: 'upstream', hue: 'present' } as const
  return { icon: IconCircleCheck, word: 'installed', hue: 'reuse' } as const
}
