import { describe, expect, it } from 'vitest'
import type { ImageComparison, ImageDetail, ImageLayer, LayerFile } from '../../../main/api/catalog.ts'
import { pathList, splitVariable } from '../../../main/api/variables.ts'
import { compareRows, envLines, packageRows, rowHeights } from '../../../renderer/features/registries/compare/model.ts'
import { hexLines } from '../../../renderer/features/registries/image/hex.ts'
import {
  graphPackages,
  layerOfKey,
  shareWords,
  usersWords,
} from '../../../renderer/features/registries/image/layers.ts'
import {
  fileTree,
  firstOpened,
  modeWords,
  searchTree,
  treeLines,
} from '../../../renderer/features/registries/image/tree.ts'
import { demoCache, digestOf, imageOf } from '../../support/fake-cache.ts'

function file(path: string, bytes = 0, kind: LayerFile['kind'] = 'file'): LayerFile {
  return { path, kind, bytes, mode: 0o644 }
}

function climate(): ImageDetail {
  const cache = demoCache(Date.UTC(2026, 10, 23))
  const tag = cache.tags.get('climate')
  if (!tag) throw new Error('the made-up cache has no climate')
  return { repository: 'r', tag: 'climate', reference: 'r:climate', digest: digestOf('climate'), mediaType: '', kind: 'environment', platforms: [], annotations: {}, referrers: [], command: '', ...imageOf(cache, tag) } // biome-ignore format: plain data
}

describe('the tree of a layer', () => {
  const tree = fileTree([
    file('home', 0, 'directory'),
    file('home/demo', 0, 'directory'),
    file('home/demo/zlib', 0, 'directory'),
    file('home/demo/zlib/lib', 0, 'directory'),
    file('home/demo/zlib/lib/libz.so', 100),
    file('home/demo/zlib/README', 7),
    file('home/demo/zlib/include/zlib.h', 30),
  ])

  it('is one row for a chain of folders, and sums up what is in each', () => {
    expect(tree).toHaveLength(1)
    expect(tree[0]).toMatchObject({ name: 'home/demo/zlib', path: 'home/demo/zlib', bytes: 137 })
  })

  it('has folders first, and those that the archive does not name', () => {
    expect(tree[0]?.children.map((n) => [n.name, n.file.kind])).toEqual([['include', 'directory'], ['lib', 'directory'], ['README', 'file']]) // biome-ignore format: a table
  })

  it('opens as far as there is nothing to choose from', () => {
    const lines = treeLines(tree, firstOpened(tree))
    expect(lines.map((l) => [l.level, l.node.name])).toEqual([[1, 'home/demo/zlib'], [2, 'include'], [2, 'lib'], [2, 'README']]) // biome-ignore format: a table
  })

  it('shows what a search finds with the folders above it', () => {
    const found = searchTree(tree, 'lib .so')
    expect(treeLines(found.nodes, found.opened).map((l) => l.node.name)).toEqual(['home/demo/zlib', 'lib', 'libz.so'])
    expect(searchTree(tree, 'nothing').nodes).toEqual([])
  })

  it('takes the last entry of a path that is there twice, and an absolute path for what it is after unpacking', () => {
    const twice = fileTree([file('/a', 1), file('./a', 9)])
    expect(twice.map((n) => [n.name, n.bytes])).toEqual([['a', 9]])
  })

  it('writes permissions as ls does', () => {
    expect(modeWords(0o755)).toBe('rwxr-xr-x')
    expect(modeWords(0o640)).toBe('rw-r-----')
  })
})

describe('a hex dump', () => {
  it('numbers its lines, pads the last one and shows what can be printed', () => {
    const lines = hexLines(`7f454c46${'00'.repeat(12)}4142`)
    expect(lines.map((l) => l.offset)).toEqual(['00000000', '00000010'])
    expect(lines[0]?.letters).toBe('.ELF............')
    expect(lines[1]?.bytes).toHaveLength(lines[0]?.bytes.length ?? 0)
    expect(lines[1]?.letters).toBe('AB')
  })
})

describe('an environment variable', () => {
  it('is split at its first equals sign', () => {
    expect(splitVariable('A=b=c')).toEqual({ name: 'A', value: 'b=c' })
    expect(splitVariable('A')).toEqual({ name: 'A', value: '' })
  })

  it('is a list only when all of it is paths', () => {
    expect(pathList('/a/bin:/bin:')).toEqual(['/a/bin', '/bin', ''])
    expect(pathList('/a')).toEqual(['/a'])
    expect(pathList('^openib:x')).toEqual(['^openib:x'])
    expect(pathList('http://proxy:8080')).toEqual(['http://proxy:8080'])
  })
})

describe('the layers of an image', () => {
  const image = climate()
  const layer = (usedBy: string[], usedByCount = usedBy.length): ImageLayer => ({ digest: 'd', mediaType: 'm', bytes: 1, kind: 'package', usedBy, usedByCount }) // biome-ignore format: plain data

  it('are found from the stack, whose key is a DAG hash for a package and a digest for a base', () => {
    for (const band of image.stack) expect(layerOfKey(image, band.key)?.digest).toBe(band.digest)
  })

  it('say who else uses them', () => {
    expect(usersWords(layer([]))).toBe('no other tag')
    expect(usersWords(layer(['a', 'b', 'c', 'd'], 70))).toBe('a, b, c and 67 more')
    expect(shareWords({ bytes: 5, uniqueBytes: 5, sharedBytes: 0 })).toBe('all its own')
    expect(shareWords({ bytes: 5, uniqueBytes: 3, sharedBytes: 2 })).toBe('3 B its own, 2 B shared')
  })

  it('make a graph that starts at what nothing else needs', () => {
    const roots = graphPackages(image).filter((p) => p.root).map((p) => p.name) // biome-ignore format: one thought
    expect(roots.toSorted()).toEqual(['netcdf-c', 'petsc', 'py-numpy'])
  })
})

describe('a comparison', () => {
  const left = climate()
  const one = (digest: string, bytes: number, name = digest): ImageLayer => ({ digest, mediaType: 'm', bytes, kind: 'package', package: { hash: digest, name, version: '1' }, usedBy: [], usedByCount: 0 }) // biome-ignore format: plain data
  const same = (digest: string) => ({ change: 'same' as const, left: one(digest, 10), right: one(digest, 10) })
  const comparison: ImageComparison = {
    left,
    right: left,
    layers: [...['a', 'b', 'c', 'd'].map(same), { change: 'changed', left: one('e1', 100, 'e'), right: one('e2', 400, 'e') }, same('f'), { change: 'added', right: one('g', 1) }], // biome-ignore format: plain data
    packages: [
      { name: 'z', change: 'same' },
      { name: 'm', change: 'added' },
      { name: 'a', change: 'version' },
      { name: 'b', change: 'removed' },
    ],
    env: [],
    sums: { sharedBytes: 50, leftBytes: 100, rightBytes: 401 },
    command: '',
  }

  it('stands top first and folds runs of equal layers, but not two or three', () => {
    const rows = compareRows(comparison, false)
    expect(rows.map((r) => r.left ?? r.right)).toEqual(['g 1', 'f 1', 'e 1', '4 equal layers'])
    expect(rows.at(-1)).toMatchObject({ leftBytes: 40, change: 'same' })
    expect(compareRows(comparison, true)).toHaveLength(7)
  })

  it('draws a row as high as the larger of both sides asks for, a fold as one line', () => {
    const rows = compareRows(comparison, false)
    const heights = rowHeights(rows)
    expect(heights[2]).toBe(88)
    expect(heights[0]).toBe(26)
    expect(heights[3]).toBe(26)
  })

  it('lists what differs first', () => {
    expect(packageRows(comparison).map((p) => p.name)).toEqual(['b', 'a', 'm', 'z'])
  })

  it('of a list of paths shows the lines that one side alone has', () => {
    expect(envLines('/a:/b:/c', '/a:/c:/d')).toEqual({ left: ['/b'], right: ['/d'] })
    expect(envLines('x', undefined)).toEqual({ left: ['x'], right: [] })
  })
})
