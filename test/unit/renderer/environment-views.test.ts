import { describe, expect, it } from 'vitest'
import { selectGraph } from '../../../renderer/features/environments/graph-model.ts'
import { packageGraph, pathFromRoot } from '../../../renderer/features/environments/package-graph.ts'
import { filterRows, packageRows } from '../../../renderer/features/environments/rows.ts'
import { layoutTreemap, tileLimit } from '../../../renderer/features/environments/treemap-model.ts'
import { generatedEnvironment, tallRef, toolsEnvironment } from '../../support/fake-data.ts'

const { detail, disk } = toolsEnvironment()
const hashOf = (name: string) => detail.packages.find((p) => p.name === name)?.hash ?? ''

describe('why a package is here', () => {
  it('is the shortest path from a root', () => {
    const names = (name: string) => pathFromRoot(packageGraph(detail), hashOf(name)).map((p) => p.name)
    expect(names('ncurses')).toHaveLength(2)
    expect(names('ncurses').at(-1)).toBe('ncurses')
    expect(names('vim')).toEqual(['vim'])
  })

  it('is nothing for a hash that nobody knows', () => {
    expect(pathFromRoot(packageGraph(detail), 'nothing')).toEqual([])
  })
})

describe('the graph', () => {
  it('leaves build tools out until they are asked for', () => {
    const names = (build: boolean) => selectGraph(detail, { build }).nodes.map((p) => p.name)
    expect(names(false)).not.toContain('gmake')
    expect(names(true)).toContain('gmake')
  })

  it('stops at the limit and says how many it leaves out', () => {
    const tall = generatedEnvironment(tallRef, 300).detail
    const { nodes, edges, folded } = selectGraph(tall, { build: true, limit: 50 })
    expect(nodes).toHaveLength(50)
    expect(folded).toBeGreaterThan(0)
    const shown = new Set(nodes.map((p) => p.hash))
    expect(edges.every((e) => shown.has(e.from) && shown.has(e.to))).toBe(true)
  })

  it('starts from one package, upwards and downwards', () => {
    const names = selectGraph(detail, { build: false, from: hashOf('readline') }).nodes.map((p) => p.name)
    expect(names.toSorted()).toEqual(['lua', 'ncurses', 'readline', 'sqlite'])
  })
})

describe('the filter', () => {
  it('wants every word, wherever it stands', () => {
    const rows = packageRows(detail, disk, undefined)
    expect(filterRows(rows, 'AUTOTOOLS vim', 'all').map((r) => r.package.name)).toEqual(['vim'])
    expect(filterRows(rows, '', 'roots')).toHaveLength(11)
  })
})

describe('the treemap', () => {
  it('gives each package an area by its size and shares one tile among the smallest', () => {
    const tall = generatedEnvironment(tallRef, 400)
    const tiles = layoutTreemap(tall.detail.packages, tall.disk, { width: 800, height: 600 })
    expect(tiles).toHaveLength(tileLimit + 1)
    expect(tiles.at(-1)?.label).toBe('100 smaller packages')
    const [largest] = tiles
    const area = tiles.reduce((sum, t) => sum + t.width * t.height, 0)
    const bytes = tiles.reduce((sum, t) => sum + t.bytes, 0)
    expect(((largest?.width ?? 0) * (largest?.height ?? 0)) / area).toBeCloseTo((largest?.bytes ?? 0) / bytes, 1)
  })
})
