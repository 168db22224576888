import { Graph, layout } from '@dagrejs/dagre'
import { sideways } from './graph-model.ts'
import type { LayoutAnswer, LayoutQuestion } from './use-layout.ts'

/** Lays a graph out away from the window's own thread, which goes on drawing meanwhile. */
self.onmessage = ({ data }: MessageEvent<LayoutQuestion>) => {
  const graph = new Graph()
  const columns = sideways(data.nodes.length)
  graph.setGraph({ rankdir: columns ? 'LR' : 'TB', nodesep: columns ? 8 : 16, ranksep: columns ? 96 : 56 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id, width, height } of data.nodes) graph.setNode(id, { width, height })
  for (const { from, to } of data.edges) graph.setEdge(from, to)
  layout(graph)
  const positions: LayoutAnswer['positions'] = data.nodes.map(({ id, width, height }) => {
    const { x = 0, y = 0 } = graph.node(id) as { x?: number; y?: number }
    return { id, x: x - width / 2, y: y - height / 2 }
  })
  self.postMessage({ number: data.number, positions } satisfies LayoutAnswer)
}
