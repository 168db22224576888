import { describe, expect, test } from 'vitest'
import {
  createPrefixMap,
  type Move,
  moveLinkTarget,
  movePath,
  movesNothing,
} from '../../../main/relocate/prefix-map.ts'
import { fewestNeedles, PrefixSearch } from '../../../main/relocate/prefix-search.ts'

const map = createPrefixMap({
  sbang: { from: '/old/bin/sbang', to: '/new/bin/sbang' },
  packages: [
    { from: '/old/pad/pkg', to: '/new/pkg' },
    { from: '/old/pad/pkg/nested', to: '/elsewhere' },
    { from: '/old/pad/up', to: '/old/pad/up' },
  ],
  storeRoot: { from: '/old/pad', to: '/new' },
})
const moved = (path: string) => movePath(Buffer.from(path), map.binary)?.toString()

describe('the mappings of a package', () => {
  test('replace the longest old path that a path begins with, whatever order they came in', () => {
    expect(moved('/old/pad/pkg/nested/x')).toBe('/elsewhere/x')
    expect(moved('/old/pad/pkg/lib')).toBe('/new/pkg/lib')
    expect(moved('/old/pad/other')).toBe('/new/other')
  })

  test('know no path boundary at the right, as in Spack', () => {
    expect(moved('/old/pad/pkgs')).toBe('/new/pkgs')
  })

  test('leave alone what does not begin with an old path', () => {
    expect(moved('/usr/old/pad/pkg')).toBeUndefined()
    expect(moved('$ORIGIN/../lib')).toBeUndefined()
  })

  test('keep a package of an upstream store where it is, although the store around it moves', () => {
    expect(moved('/old/pad/up/lib')).toBeUndefined()
  })

  test('keep sbang out of binaries: its new path may be the longer one', () => {
    expect(map.binary.map(({ from }) => from.toString())).not.toContain('/old/bin/sbang')
    expect(moveLinkTarget(Buffer.from('/old/bin/sbang'), map)?.toString()).toBe('/new/bin/sbang')
  })

  test('take the first of two that name the same old path', () => {
    const twice = [
      { from: '/s/a', to: '/first' },
      { from: '/s/a', to: '/second' },
    ]
    const both = createPrefixMap({ sbang: undefined, packages: twice, storeRoot: { from: '/s', to: '/t' } })
    expect(movePath(Buffer.from('/s/a'), both.text)?.toString()).toBe('/first')
  })

  test('know when nothing moves at all', () => {
    const stay = (path: string): Move => ({ from: path, to: path })
    const same = { sbang: stay('/s/bin/sbang'), packages: [stay('/s/a')], storeRoot: stay('/s') }
    expect(movesNothing(createPrefixMap(same))).toBe(true)
    expect(movesNothing(createPrefixMap({ ...same, storeRoot: { from: '/s', to: '/t' } }))).toBe(false)
  })

  test.each(['', '/', 'relative', '/slash/', '/nul\0'])(
    'refuse %j: it would be found everywhere or nowhere',
    (from) => {
      const make = () => createPrefixMap({ sbang: undefined, packages: [], storeRoot: { from, to: '/t' } })
      expect(make).toThrow(expect.objectContaining({ code: 'relocation-impossible' }))
    },
  )
})

describe('the search', () => {
  test('looks for as few strings as decide the same', () => {
    const paths = ['/s/a', '/s', '/s/b', '/t', '/t'].map((path) => Buffer.from(path))
    expect(fewestNeedles(paths).map(String)).toEqual(['/s', '/t'])
  })

  test('finds the paths of many stores, and nothing that only begins like them', () => {
    const stores = ['/apps/one', '/apps/two', '/cluster/x', '/cluster/y', '/sw/a', '/sw/b', '/u/v', '/u/w']
    const paths = stores.flatMap((store) => [`${store}/pkg-1`, `${store}/pkg-2`])
    const search = new PrefixSearch(paths.map((path) => ({ from: Buffer.from(path), to: Buffer.from('/x') })))
    const text = `${paths.join(' ')} /apps/three/pkg-1 /cluster/x/pkg-3 /u/v`
    const found = [...search.in(Buffer.from(text))].map(({ at, mapping }) => [at, mapping.from.toString()])
    expect(found).toEqual(paths.map((path) => [text.indexOf(path), path]))
  })

  test('finds occurrences of every string in order, each with its longest mapping', () => {
    const mappings = ['/s/aa', '/s/a', '/s', '/t'].map((from) => ({ from: Buffer.from(from), to: Buffer.from('/x') }))
    const found = [...new PrefixSearch(mappings).in(Buffer.from('/t/s/aa/s/t/s/ab'))]
    expect(found.map(({ at, mapping }) => [at, mapping.from.toString()])).toEqual([
      [0, '/t'],
      [2, '/s/aa'],
      [7, '/s'],
      [9, '/t'],
      [11, '/s/a'],
    ])
  })
})
