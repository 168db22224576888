import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Explanation } from '../../../main/api/explain.ts'
import { formatCount, plural } from '../../../main/api/format.ts'
import page from '../planning/page.module.css'
import { AdviceList } from './AdviceList.tsx'
import css from './explain.module.css'

const shownFirst = 3
// A line of names; the rest is a number.
const namesShown = 6

/** Causes that several packages share: one thing to mend instead of fifty. */
export function CommonCauses({ common, of }: { readonly common: Explanation['common']; readonly of: number }) {
  const [all, setAll] = useState(false)
  if (common.length === 0 || of < 2) return undefined
  const shown = all ? common : common.slice(0, shownFirst)
  return (
    <section className={css.common} aria-label="Causes in common">
      <h3>Causes in common</h3>
      <ul>
        {shown.map(({ text, packages, advice }) => (
          <li key={text}>
            <p>
              <b>{plural(packages.length, 'package')}:</b> {text}
            </p>
            <p className={page.note}>{someNames(packages)}</p>
            <details className={css.fold}>
              <summary>What may be done</summary>
              <AdviceList advice={advice} />
            </details>
          </li>
        ))}
      </ul>
      {common.length > shown.length && (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
          Show all {formatCount(common.length)} causes
        </Button>
      )}
    </section>
  )
}

function someNames(names: readonly string[]): string {
  const more = names.length - namesShown
  return `${names.slice(0, namesShown).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`
}
