import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { CompositionPreview } from '../../../main/api/compose.ts'
import { NoTags } from '../registries/NoTags.tsx'
import { tagRows } from '../registries/rows.ts'
import { useCatalogue } from '../registries/use-catalogue.ts'
import { ComposeHeader } from './ComposeHeader.tsx'
import { groupByName } from './catalogue-tree.ts'
import css from './compose.module.css'
import { PackagePane } from './PackagePane.tsx'
import { saidOf } from './publication.ts'
import { ResultPane } from './ResultPane.tsx'
import { StackPane } from './StackPane.tsx'
import { usePreview } from './use-preview.ts'
import { useUndoKeys } from './use-undo-keys.ts'
import { changeWords } from './words.ts'
import { useWorkbench } from './workbench.ts'

const none: Parameters<typeof tagRows>[0] = []

/** What the cache has at the left, the stack in the middle, what results at the right. */
export function ComposePage({ repository }: { readonly repository: string }) {
  const bench = useWorkbench(repository)
  const { composition, publication } = bench
  const { catalogue, read, see } = useCatalogue(repository)
  const groups = useMemo(() => groupByName(tagRows(catalogue?.rows ?? none, Date.now())), [catalogue?.rows])
  const idle = composition.roots.length === 0 && composition.base === undefined && composition.baseOf === undefined
  const preview = usePreview(idle ? undefined : { repository, ...composition, ...saidOf(publication) })
  const said = useChangeWords(preview.preview)
  const [shown, setShown] = useState<string>()
  const show = useCallback((hash: string) => setShown(hash), [])
  useUndoKeys(bench)
  return (
    <div className={css.page}>
      <ComposeHeader repository={repository} bench={bench} preview={preview} />
      {groups.length === 0 && composition.roots.length === 0 ? (
        <NoTags repository={repository} catalogue={catalogue} onRead={read} />
      ) : (
        <div className={css.columns}>
          <PackagePane bench={bench} groups={groups} preview={preview.preview} onVisible={see} shown={shown} />
          <StackPane bench={bench} preview={preview.preview} waiting={preview.waiting} said={said} onShow={show} />
          <ResultPane bench={bench} preview={preview} onShow={show} />
        </div>
      )}
    </div>
  )
}

/** The last change in words, for the head of the stack and for screen readers. */
function useChangeWords(preview: CompositionPreview | undefined): string {
  const before = useRef<CompositionPreview>(undefined)
  const [words, setWords] = useState('')
  useEffect(() => {
    const next = preview && changeWords(before.current, preview)
    if (next !== undefined && before.current !== undefined) setWords(next)
    else if (!preview && before.current) setWords('Empty again')
    else if (next !== undefined && preview && preview.sums.roots === 1) setWords(next)
    before.current = preview
  }, [preview])
  return words
}
