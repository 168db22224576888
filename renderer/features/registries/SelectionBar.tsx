import { Button } from '@mantine/core'
import { IconDownload, IconX } from '@tabler/icons-react'
import type { ActKind } from '../../../main/api/acts.ts'
import { plural } from '../../../main/api/format.ts'
import { navigate } from '../../app/use-route.ts'
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
  const act = (kind: ActKind) => navigate({ screen: 'registries', repository, act: kind, tags })
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
