import { describe, expect, it } from 'vitest'
import { broughtBy, findCircle, usesAmong } from '../../../main/spack/spec/uses.ts'
import { madeGraph } from '../../support/made-graph.ts'

const graph = madeGraph({
  vim: { needs: ['ncurses:link', 'gmake:build'] },
  lua: { needs: ['readline:link'] },
  readline: { needs: ['ncurses:build,link'] },
  ncurses: {},
  gmake: {},
})

describe('who needs a package at run time', () => {
  it('is told among the packages given, and by what; building does not count', () => {
    const uses = usesAmong(graph, ['readline', 'vim'])
    expect(uses.get('ncurses')?.map(({ by, types }) => [by.name, types])).toEqual([
      ['readline', ['link']],
      ['vim', ['link']],
    ])
    expect(uses.has('gmake')).toBe(false)
    expect(uses.has('readline')).toBe(false)
  })

  it('brings it when it is nearest to a root; a root is brought by none', () => {
    const named = (roots: string[]) =>
      Object.fromEntries([...broughtBy(graph, roots)].map(([hash, use]) => [hash, use.by.name]))
    expect(named(['lua', 'vim'])).toEqual({ readline: 'lua', ncurses: 'vim' })
    expect(named(['lua'])).toEqual({ readline: 'lua', ncurses: 'readline' })
    expect(named(['lua', 'ncurses'])).toEqual({ readline: 'lua' })
  })
})

describe('a circle', () => {
  it('is found and told in order', () => {
    const round = madeGraph({ a: { needs: ['b'] }, b: { needs: ['c'] }, c: { needs: ['d', 'b:run'] }, d: {} })
    expect(findCircle(round, ['a'])?.map((node) => node.name)).toEqual(['b', 'c'])
  })

  it('is not seen where two ways lead to one package, nor in what is only needed to build', () => {
    expect(findCircle(graph, ['vim', 'lua'])).toBeUndefined()
    const build = madeGraph({ a: { needs: ['b'] }, b: { needs: ['a:build'] } })
    expect(findCircle(build, ['a'])).toBeUndefined()
  })
})
