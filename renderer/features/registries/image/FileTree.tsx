import { IconChevronRight, IconFile, IconFolder, IconLink, IconTerminal2 } from '@tabler/icons-react'
import { type KeyboardEvent, memo, useDeferredValue, useMemo, useRef, useState } from 'react'
import { foldPadding, formatBytes } from '../../../../main/api/format.ts'
import grid from '../../../ui/grid/grid.module.css'
import { useGridKeys } from '../../../ui/grid/use-grid-keys.ts'
import { useVirtualRows } from '../../../ui/grid/use-virtual-rows.ts'
import { SearchField } from '../../../ui/SearchField.tsx'
import css from './files.module.css'
import { firstOpened, searchTree, type TreeLine, type TreeNode, treeLines } from './tree.ts'

interface TreeProps {
  readonly nodes: readonly TreeNode[]
  readonly chosen: string | undefined
  readonly onChoose: (path: string) => void
}

/** The tree of a layer's files: arrows walk it, right and left open and close folders, Enter shows a file. */
export function FileTree({ nodes, chosen, onChoose }: TreeProps) {
  const [query, setQuery] = useState('')
  const deferred = useDeferredValue(query)
  const [opened, setOpened] = useState<ReadonlySet<string>>(() => firstOpened(nodes))
  const found = useMemo(() => (deferred.trim() === '' ? undefined : searchTree(nodes, deferred)), [nodes, deferred])
  const lines = useMemo(
    () => (found ? treeLines(found.nodes, found.opened) : treeLines(nodes, opened)),
    [nodes, opened, found],
  )
  const scroller = useRef<HTMLDivElement>(null)
  const toggle = (path: string) => {
    const next = new Set(opened)
    if (!next.delete(path)) next.add(path)
    setOpened(next)
  }
  const open = (index: number) => {
    const line = lines[index]
    if (!line) return
    if (line.node.file.kind === 'directory') toggle(line.node.path)
    else onChoose(line.node.path)
  }
  const { active, setActive, onKeyDown } = useGridKeys({ count: lines.length, scroller, onOpen: open })
  const { items, height, slot } = useVirtualRows({ count: lines.length, active, scroller })

  function walk(event: KeyboardEvent): void {
    const line = lines[active]
    const folder = line?.node.file.kind === 'directory'
    if (event.key === 'ArrowRight' && folder) {
      if (line.opened) setActive(Math.min(lines.length - 1, active + 1))
      else toggle(line.node.path)
    } else if (event.key === 'ArrowLeft' && line) {
      if (folder && line.opened && !found) toggle(line.node.path)
      else setActive(Math.max(0, parentOf(lines, active)))
    } else {
      onKeyDown(event)
      return
    }
    event.preventDefault()
  }

  return (
    <div className={css.tree}>
      <div className={css.treeTools}>
        <SearchField label="Search files" value={query} onChange={setQuery} />
      </div>
      <div
        ref={scroller}
        className={`${grid.scroller} ${css.treeBox}`}
        role="tree"
        aria-label="Files of the layer"
        aria-activedescendant={lines[active] && `file-${active}`}
        tabIndex={0}
        onKeyDown={walk}
      >
        <div className={grid.rows} role="presentation" style={{ height }}>
          {items.map((item) => {
            const line = lines[item.index]
            return (
              line && (
                <Line
                  key={slot(item)}
                  line={line}
                  index={item.index}
                  top={item.start}
                  active={item.index === active}
                  shown={line.node.path === chosen}
                  onChoose={(index) => {
                    setActive(index)
                    open(index)
                  }}
                />
              )
            )
          })}
        </div>
        {lines.length === 0 && (
          <p className={grid.none}>{query === '' ? 'The layer is empty.' : 'No file has that name.'}</p>
        )}
      </div>
    </div>
  )
}

function parentOf(lines: readonly TreeLine[], index: number): number {
  const level = lines[index]?.level ?? 1
  return lines.findLastIndex((line, i) => i < index && line.level < level)
}

interface LineProps {
  readonly line: TreeLine
  readonly index: number
  readonly top: number
  readonly active: boolean
  readonly shown: boolean
  readonly onChoose: (index: number) => void
}

const Line = memo(function Line({ line, index, top, active, shown, onChoose }: LineProps) {
  const { node, level, opened } = line
  const { kind, target, mode } = node.file
  const folder = kind === 'directory'
  const Icon = folder ? IconFolder : kind === 'file' ? ((mode & 0o111) > 0 ? IconTerminal2 : IconFile) : IconLink
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys of all its rows
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus, and says which row is active
    <div
      id={`file-${index}`}
      role="treeitem"
      aria-level={level}
      aria-expanded={folder ? opened : undefined}
      aria-selected={shown}
      className={`${grid.row} ${css.line}`}
      data-active={active || undefined}
      data-shown={shown || undefined}
      style={{ transform: `translateY(${top}px)` }}
      title={target === undefined ? node.path : `${node.path} → ${target}`}
      onClick={() => onChoose(index)}
    >
      <span className={css.name} style={{ paddingLeft: (level - 1) * 14 }}>
        <IconChevronRight
          size={13}
          className={css.chevron}
          data-opened={opened || undefined}
          data-folder={folder || undefined}
          aria-hidden
        />
        <Icon size={15} stroke={1.6} className={css.icon} aria-hidden />
        <span>{foldPadding(`/${node.name}`).slice(1)}</span>
        {target !== undefined && <small>→ {target}</small>}
      </span>
      <span className={css.bytes}>{node.bytes > 0 || kind === 'file' ? formatBytes(node.bytes) : ''}</span>
    </div>
  )
})
