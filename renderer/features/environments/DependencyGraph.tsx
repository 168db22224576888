import '@xyflow/react/dist/base.css'
import { SegmentedControl, Switch } from '@mantine/core'
import { Background, Controls, type Edge, type Node, ReactFlow } from '@xyflow/react'
import { useMemo, useState } from 'react'
import { formatCount, plural } from '../../../main/api/format.ts'
import { Waiting } from '../../ui/Waiting.tsx'
import css from './graph.module.css'
import { selectGraph, sideways } from './graph-model.ts'
import { PackageNode } from './PackageNode.tsx'
import type { PackageSet } from './package-graph.ts'
import { useLayout } from './use-layout.ts'

const nodeTypes = { package: PackageNode }
const nodeHeight = 40
// Inter at 13 px is about 7 pixels a letter; measuring every text would cost more than it gains.
const nodeWidth = (name: string, version: string) =>
  Math.max(96, Math.min(220, 32 + 7.2 * Math.max(name.length, version.length)))

interface GraphProps {
  readonly environment: PackageSet
  readonly shown: string | undefined
  readonly onShow: (hash: string) => void
  /** What is said of a package that is named but not there. */
  readonly absent?: string
}

/** The dependencies of the roots, dependents above, laid out in a worker and capped: what is left out is said. */
export function DependencyGraph({ environment, shown, onShow, absent = 'not installed' }: GraphProps) {
  const [build, setBuild] = useState(false)
  const [fromShown, setFromShown] = useState(false)
  const from = fromShown ? shown : undefined
  const selection = useMemo(() => selectGraph(environment, { build, from }), [environment, build, from])
  const question = useMemo(
    () => ({
      nodes: selection.nodes.map((p) => ({ id: p.hash, width: nodeWidth(p.name, p.version), height: nodeHeight })),
      edges: selection.edges,
    }),
    [selection],
  )
  const positions = useLayout(question)
  const flow = useMemo(() => toFlow(selection, positions, { shown, absent }), [selection, positions, shown, absent])
  const shownName = environment.packages.find((p) => p.hash === shown)?.name
  if (!positions) return <Waiting words={`Laying out ${plural(selection.nodes.length, 'package')}`} />
  return (
    <div className={css.frame}>
      <div className={css.tools}>
        <Switch
          size="xs"
          label="Build dependencies"
          checked={build}
          onChange={(event) => setBuild(event.currentTarget.checked)}
        />
        {shownName !== undefined && (
          <SegmentedControl
            aria-label="Where the graph starts"
            data={[
              { value: 'roots', label: 'From the roots' },
              { value: 'package', label: `Around ${shownName}` },
            ]}
            value={fromShown ? 'package' : 'roots'}
            onChange={(value) => setFromShown(value === 'package')}
          />
        )}
        <span className={css.count} role="status">
          {plural(selection.nodes.length, 'package')}
          {selection.folded > 0 && `, the nearest ones; ${formatCount(selection.folded)} more are folded away`}
        </span>
      </div>
      <ReactFlow
        // Another graph is fitted into the window anew.
        key={`${positions.length} ${positions[0]?.id}`}
        className={css.flow}
        nodes={flow.nodes}
        edges={flow.edges}
        nodeTypes={nodeTypes}
        onNodeClick={(_, node) => onShow(node.id)}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        fitView
        // Names stay readable: a graph that does not fit then is one to pan.
        fitViewOptions={{ padding: 0.08, minZoom: 0.45, maxZoom: 1.1 }}
        minZoom={0.1}
        maxZoom={2}
        onlyRenderVisibleElements
        proOptions={{ hideAttribution: true }}
        aria-label={`Dependency graph of ${environment.name}`}
      >
        <Background gap={24} size={1} color="var(--st-border)" />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  )
}

function toFlow(
  selection: ReturnType<typeof selectGraph>,
  positions: ReturnType<typeof useLayout>,
  { shown, absent }: { readonly shown: string | undefined; readonly absent: string },
): { readonly nodes: Node[]; readonly edges: Edge[] } {
  const at = new Map(positions?.map((p) => [p.id, p]))
  const nodes = selection.nodes.flatMap((p): Node[] => {
    const position = at.get(p.hash)
    if (!position) return []
    return [
      {
        id: p.hash,
        type: 'package',
        position: { x: position.x, y: position.y },
        width: nodeWidth(p.name, p.version),
        height: nodeHeight,
        data: { package: p, shown: p.hash === shown, sideways: sideways(selection.nodes.length), absent },
        ariaLabel: `${p.name} ${p.version}${p.root ? ', root' : ''}`,
      },
    ]
  })
  const edges = selection.edges.map(
    (e): Edge => ({
      id: `${e.from} ${e.to}`,
      source: e.from,
      target: e.to,
      className: e.build ? css.buildEdge : e.from === shown || e.to === shown ? css.shownEdge : css.edge,
    }),
  )
  return { nodes, edges }
}
