import { IconLayersUnion, IconX } from '@tabler/icons-react'
import { type DragEvent, memo, useMemo, useState } from 'react'
import type { CompositionPreview } from '../../../main/api/compose.ts'
import { plural } from '../../../main/api/format.ts'
import { Command } from '../../ui/Command.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { LayerStack } from '../stack/LayerStack.tsx'
import type { StackEdit } from '../stack/use-stack-edit.ts'
import { BaseSlot, baseWords } from './BaseSlot.tsx'
import { dropped, moveRoot, withoutRoot } from './composition.ts'
import { kindOfDrag, readDrag, startDrag } from './drag.ts'
import css from './stack-pane.module.css'
import { layerNotes } from './words.ts'
import type { Workbench } from './workbench.ts'

interface PaneProps {
  readonly bench: Workbench
  readonly preview: CompositionPreview | undefined
  /** The preview is of an older composition. */
  readonly waiting: boolean
  /** What the last change came to. */
  readonly said: string
  readonly onShow: (hash: string) => void
}

/**
 * The stack that is being built: things are dropped on it, its roots moved and taken out, a base image put under it. How
 * far the look into the layers is does not concern it: it is rendered anew for a change only.
 */
export const StackPane = memo(function StackPane({ bench, preview, waiting, said, onShow }: PaneProps) {
  const [hovering, setHovering] = useState<ReturnType<typeof kindOfDrag>>()
  const edit = useEdit(bench, preview)
  const notes = useMemo(() => preview && layerNotes(preview), [preview])
  const apart = rootsWithoutBand(bench, preview)
  const empty = bench.composition.roots.length === 0

  function onDragOver(event: DragEvent): void {
    const kind = kindOfDrag(event.dataTransfer)
    setHovering(kind)
    if (kind !== undefined) event.preventDefault()
  }

  function onDrop(event: DragEvent): void {
    setHovering(undefined)
    const dragged = readDrag(event.dataTransfer)
    if (!dragged) return
    event.preventDefault()
    bench.change((old) => dropped(old, dragged, old.roots.length))
  }

  return (
    <section
      className={css.middle}
      aria-label="Stack"
      aria-busy={waiting}
      data-hovering={hovering}
      onDragOver={onDragOver}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setHovering(undefined)
      }}
      onDropCapture={() => setHovering(undefined)}
      onDrop={onDrop}
    >
      <p className={css.said} role="status">
        {said === '' && !empty ? 'Drag a root to move it, or Alt and an arrow; Delete takes it out.' : said}
      </p>
      <RootsApart roots={apart} change={bench.change} />
      <div className={css.picture} data-empty={empty || undefined}>
        {empty || !preview ? (
          <Empty waiting={waiting && !empty} />
        ) : (
          <LayerStack layers={preview.stack} title={titleOf(preview)} notes={notes} edit={edit} onOpen={onShow} />
        )}
      </div>
      <BaseSlot
        said={bench.composition.base}
        baseOf={bench.composition.baseOf}
        change={bench.change}
        found={preview?.base && baseWords(preview.base)}
        hovering={hovering === 'base'}
      />
      {preview && !empty && <Command value={preview.command} line />}
    </section>
  )
})

/** So many are shown at first: three hundred merged roots would push the picture away, and be drawn with every change. */
const apartShown = 12

function RootsApart({ roots, change }: { roots: ReturnType<typeof rootsWithoutBand>; change: Workbench['change'] }) {
  const [whole, setWhole] = useState(false)
  if (roots.length === 0) return undefined
  const shown = whole ? roots : roots.slice(0, apartShown)
  return (
    <ul className={css.unclear} aria-label="Roots without a layer of their own">
      {shown.map(({ spec, kind, words }) => (
        <li key={spec} data-kind={kind} title={words}>
          <code>{spec}</code>
          <button type="button" aria-label={`Remove ${spec}`} onClick={() => change((old) => withoutRoot(old, spec))}>
            <IconX size={13} aria-hidden />
          </button>
        </li>
      ))}
      {shown.length < roots.length && (
        <li data-kind="merged">
          <button type="button" onClick={() => setWhole(true)}>
            {roots.length - shown.length} more
          </button>
        </li>
      )}
    </ul>
  )
}

/** Roots that no band stands for: those that name no package or several, and those whose layers are merged. */
function rootsWithoutBand({ composition: { roots } }: Workbench, preview: CompositionPreview | undefined) {
  if (!preview) return []
  const merged = new Set(preview.packages.filter((one) => one.merged).map(({ hash }) => hash))
  const apart = preview.roots.flatMap(({ spec, hash }) => {
    if (!roots.includes(spec)) return []
    if (hash === undefined) return [{ spec, kind: 'unclear', words: 'It names no package of the cache, or several' }]
    return merged.has(hash) ? [{ spec, kind: 'merged', words: 'It is in the merged layer' }] : []
  })
  // What has to be settled comes first.
  return apart.toSorted((a, b) => Number(a.kind === 'merged') - Number(b.kind === 'merged'))
}

function Empty({ waiting }: { waiting: boolean }) {
  if (waiting) return undefined
  return (
    <EmptyState icon={IconLayersUnion} title="Drag packages here, or press Enter on one">
      What they need comes along. The last one lies on top; a base image goes under all of it.
    </EmptyState>
  )
}

function titleOf({ sums }: CompositionPreview): string {
  return `${plural(sums.roots, 'root')} and what they need`
}

/** Of the picture alone, so that it is not drawn anew before there is a new one: how its roots are moved, removed and dropped: by the spec that brought each. */
function useEdit({ change }: Workbench, preview: CompositionPreview | undefined): StackEdit {
  return useMemo(() => {
    const specs = new Map(
      preview?.roots.flatMap(({ spec, hash }) => (hash === undefined ? [] : [[hash, spec] as const])),
    )
    return {
      movable: new Set(specs.keys()),
      onMove: (key, by) => change((old) => moveRoot(old, specs.get(key) ?? '', by)),
      onRemove: (key) => change((old) => withoutRoot(old, specs.get(key) ?? '')),
      onDrag: (key, data) => startDrag(data, { kind: 'root', spec: specs.get(key) ?? '' }),
      takes: (data) => kindOfDrag(data) === 'package' || kindOfDrag(data) === 'root',
      onDrop: (data, below) => {
        const dragged = readDrag(data)
        if (dragged) change((old) => dropped(old, dragged, below))
      },
    }
  }, [preview, change])
}
