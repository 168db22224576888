import { IconFlag } from '@tabler/icons-react'
import { Handle, type NodeProps, Position } from '@xyflow/react'
import type { PackageSummary } from '../../../main/api/models.ts'
import css from './graph.module.css'

/** One package of the graph: name over version, a flag on roots, dashed when it is not there. */
export function PackageNode({ data }: NodeProps) {
  const { package: p, shown, sideways, absent } = data as { package: PackageSummary; shown: boolean; sideways: boolean; absent: string } // biome-ignore format: what toFlow puts there
  return (
    <div
      className={css.node}
      data-root={p.root || undefined}
      data-shown={shown || undefined}
      data-missing={(!p.installed && !p.external) || undefined}
    >
      <Handle type="target" position={sideways ? Position.Left : Position.Top} className={css.handle} />
      <span className={css.nodeName}>
        {p.root && <IconFlag size={12} aria-hidden />}
        {p.name}
      </span>
      <span className={css.nodeVersion}>
        {p.version}
        {p.external ? ' · external' : p.installed ? '' : ` · ${absent}`}
      </span>
      <Handle type="source" position={sideways ? Position.Right : Position.Bottom} className={css.handle} />
    </div>
  )
}
