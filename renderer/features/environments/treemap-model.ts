import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy'
import type { PackageSummary } from '../../../main/api/models.ts'

/** Below this the rectangles are specks; the smallest packages share one. */
export const tileLimit = 300

export interface Tile {
  readonly key: string
  /** Absent on the tile of the many small ones. */
  readonly package?: PackageSummary
  readonly label: string
  readonly bytes: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Leaf {
  readonly package?: PackageSummary
  readonly label: string
  readonly bytes: number
}

/** Where the bytes are: one rectangle a package, its area by its size on disk; pixels of a width × height box. */
export function layoutTreemap(
  packages: readonly PackageSummary[],
  sizes: Readonly<Record<string, number>>,
  box: { readonly width: number; readonly height: number },
): readonly Tile[] {
  const leaves = packages
    .flatMap((p): Leaf[] => {
      const bytes = sizes[p.hash] ?? 0
      return bytes > 0 ? [{ package: p, label: p.name, bytes }] : []
    })
    .toSorted((a, b) => b.bytes - a.bytes)
  const small = leaves.slice(tileLimit)
  const rest: Leaf = { label: `${small.length} smaller packages`, bytes: small.reduce((s, l) => s + l.bytes, 0) }
  const children = small.length > 0 ? [...leaves.slice(0, tileLimit), rest] : leaves
  const root = hierarchy<{ children?: readonly Leaf[] } & Partial<Leaf>>({ children })
  root.sum((d) => d.bytes ?? 0)
  const laid = treemap<{ children?: readonly Leaf[] } & Partial<Leaf>>()
    .tile(treemapSquarify)
    .size([box.width, box.height])
    .paddingInner(2)
    .round(true)(root)
  return laid.leaves().flatMap((node): Tile[] => {
    const { package: p, label = '', bytes = 0 } = node.data
    if (bytes === 0) return []
    return [
      {
        key: p?.hash ?? 'rest',
        package: p,
        label,
        bytes,
        x: node.x0,
        y: node.y0,
        width: node.x1 - node.x0,
        height: node.y1 - node.y0,
      },
    ]
  })
}
