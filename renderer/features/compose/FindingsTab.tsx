import { Button, Checkbox } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import type { CompositionPreview } from '../../../main/api/compose.ts'
import { formatBytes, plural } from '../../../main/api/format.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { FindingList } from '../../ui/FindingList.tsx'
import { ThinBar } from '../../ui/ThinBar.tsx'
import css from './tabs.module.css'
import { bytesToLookInto, type Preview } from './use-preview.ts'
import { listNames } from './words.ts'
import type { Workbench } from './workbench.ts'

interface TabProps {
  readonly bench: Workbench
  readonly preview: CompositionPreview
  readonly state: Preview
  readonly onShow: (hash: string) => void
}

/** Whether it will run as far as was looked, what stands in the way, and what the cache lacks. */
export function FindingsTab({ bench, preview, state, onShow }: TabProps) {
  const { findings, missing, examined } = preview
  const settled = findings.length === 0 && examined.done >= examined.total && preview.packages.length > 0
  return (
    <>
      <Examined preview={preview} state={state} />
      {settled && (
        <p className={css.fine}>
          <IconCircleCheck size={16} aria-hidden /> Nothing stands in the way: it will run.
        </p>
      )}
      <FindingList findings={findings} onPackage={onShow} />
      {missing.length > 0 && (
        <section className={css.section}>
          <h3>{plural(missing.length, 'package')} missing from the cache</h3>
          <ul className={css.missing}>
            {missing.map(({ hash, name, why, neededBy }) => (
              <li key={hash}>
                <b>{name}</b> {why !== undefined && `${why}, `}needed by {listNames(neededBy, 6)}
              </li>
            ))}
          </ul>
          <Checkbox
            label="Compose without them"
            description="What needs them may not run"
            checked={bench.composition.allowMissing}
            onChange={({ currentTarget: { checked } }) => bench.change((old) => ({ ...old, allowMissing: checked }))}
          />
        </section>
      )}
    </>
  )
}

/** How many of the layers were looked into: only of those it is known what they need to run. */
function Examined({ preview, state }: { preview: CompositionPreview; state: Preview }) {
  const { looking, look, stopLooking } = state
  const { done, total } = preview.examined
  if (looking.kind === 'importing') {
    return (
      <div className={css.examined}>
        <p role="status">
          Importing {looking.name}
          <small>
            {formatBytes(looking.done)} of {formatBytes(looking.total)}
          </small>
        </p>
        <ThinBar part={looking.done / Math.max(1, looking.total)} className={css.thinBar} />
      </div>
    )
  }
  if (total === 0) return undefined
  const left = total - done
  if (looking.kind === 'failed') {
    return (
      <ErrorPanel error={looking.error}>
        <Button variant="default" onClick={look}>
          Try again
        </Button>
      </ErrorPanel>
    )
  }
  const running = looking.kind === 'running'
  // The progress counts what it looks into now; before its first word that is what is left.
  const part = running && looking.total > 0 ? looking.done / looking.total : 0
  return (
    <div className={css.examined}>
      <p role="status">
        {left === 0
          ? `All ${plural(total, 'layer')} looked into`
          : running
            ? `Looking into ${plural(looking.total || left, 'layer')}`
            : `${done} of ${plural(total, 'layer')} looked into`}
        {running && looking.name !== '' && <small>{looking.name}</small>}
      </p>
      {running && left > 0 && (
        <>
          <ThinBar part={part} className={css.thinBar} />
          <Button variant="default" size="compact-xs" onClick={stopLooking}>
            Stop
          </Button>
        </>
      )}
      {!running && left > 0 && (
        <Button variant="default" size="compact-xs" onClick={look}>
          Look into {plural(left, 'layer')} ({done === 0 ? '' : 'up to '}
          {formatBytes(bytesToLookInto(preview))})
        </Button>
      )}
    </div>
  )
}
