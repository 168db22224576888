import { Button } from '@mantine/core'
import { IconDownload, IconX } from '@tabler/icons-react'
import { plural } from '../../../main/api/format.ts'
import type { RepositoryAct } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import { actWords } from './acts/words.ts'
import { isImage } from './kinds.ts'
import css from './registries.module.css'
import type { TagRow } from './rows.ts'

interface SelectionProps {
  readonly repository: string
  readonly selected: readonly TagRow[]
  readonly onClear: () => void
}

/** What can be done with the tags that are selected. It stands below the table: nothing moves when one selects. */
export function SelectionBar({ repository, selected, onClear }: SelectionProps) {
  const tags = selected.map(({ row }) => row.tag)
  const [first, second] = tags
  const specs = selected.flatMap(({ row }) => (row.package ? [`/${row.package.hash}`] : []))
  const images = selected.filter(({ row }) => isImage(row.kind))
  const act = (kind: RepositoryAct) => navigate({ screen: 'registries', repository, act: kind, tags })
  return (
    <div className={css.selection}>
      <span className={css.chosen} role="status">
        {plural(tags.length, 'tag')} selected
        <button type="button" className={css.clear} aria-label="Clear the selection" onClick={onClear}>
          <IconX size={14} aria-hidden />
        </button>
      </span>
      {tags.length === 1 && (
        <Button variant="default" onClick={() => act('tag')}>
          Retag…
        </Button>
      )}
      {tags.length === 2 && (
        <Button
          variant="default"
          onClick={() => navigate({ screen: 'registries', repository, tag: first, against: second })}
        >
          Compare
        </Button>
      )}
      {images.length > 1 && images.length === tags.length && specs.length === 0 && (
        <Button variant="default" onClick={() => act('combine')}>
          {actWords.combine.verb}
        </Button>
      )}
      {tags.length === 1 && images.length === 1 && (
        <Button variant="default" onClick={() => act('export')}>
          {actWords.export.verb}
        </Button>
      )}
      {(specs.length > 0 || (tags.length === 1 && selected[0]?.row.kind === 'environment')) && (
        <Button
          variant="default"
          onClick={() =>
            navigate({ screen: 'compose', repository, ...(specs.length > 0 ? { specs } : { tag: first }) })
          }
        >
          Compose…
        </Button>
      )}
      <Button variant="default" onClick={() => act('copy')}>
        Copy to…
      </Button>
      <Button variant="default" onClick={() => act('check')}>
        Check…
      </Button>
      <Button variant="default" className={css.danger} onClick={() => act('delete')}>
        Delete {plural(tags.length, 'tag')}…
      </Button>
      {specs.length > 0 && (
        <Button
          leftSection={<IconDownload size={16} />}
          onClick={() => navigate({ screen: 'install', from: repository, specs })}
        >
          Install {plural(specs.length, 'package')}…
        </Button>
      )}
    </div>
  )
}
