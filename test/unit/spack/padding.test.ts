import { describe, expect, it } from 'vitest'
import { addPadding, type Store } from '../../../main/spack/config/store.ts'
import type { InstallRecord } from '../../../main/spack/database/database.ts'
import { longestRoot, proposePadding, roomOf, tooLongFor } from '../../../main/spack/padding.ts'
import type { SpecEdge, SpecGraph, SpecNode } from '../../../main/spack/spec/graph.ts'

const root = '/opt/store'
const store: Store = { root, paddedRoot: root, sbangPath: `${root}/bin/sbang`, upstreams: [] }
const upstream = addPadding('/up/store', 60)

function node(name: string, needs: readonly string[] = [], more: Partial<SpecNode> = {}): SpecNode {
  const edges = needs.map((hash) => ({ hash, name: hash, types: ['link'], virtuals: [] }) as unknown as SpecEdge)
  return { hash: name, name, version: '1', edges, ...more } as unknown as SpecNode
}

const nodes = [
  node('app', ['lib', 'ext']),
  node('lib'),
  node('tool', ['high']),
  node('high'),
  node('ext', [], { external: { path: '/usr' } } as Partial<SpecNode>),
]
const graph: SpecGraph = { nodes: new Map(nodes.map((one) => [one.hash, one])), roots: [], specVersion: 5 }
const record = (hash: string, path: string | undefined, more: Partial<InstallRecord> = {}): InstallRecord => ({
  hash,
  path,
  installed: true,
  explicit: false,
  installationTime: 0,
  refCount: 0,
  ...more,
})
const records = new Map(
  [
    record('app', `${root}/app-1`),
    record('lib', `${root}/lib-1`),
    record('tool', `${upstream}/tool-1`, { upstream }),
    record('high', `${upstream}/hïgh-1`, { upstream }),
    record('ext', '/usr'),
    record('gone', `${root}/gone`, { installed: false }),
  ].map((one) => [one.hash, one]),
)
const rooms = roomOf(graph, records, store)

describe('the room of a package', () => {
  it('is its prefix, of what is installed and no external; the root is that of its store', () => {
    expect(rooms.map(({ node: { name }, prefixLength, rootLength }) => [name, prefixLength, rootLength])).toEqual([
      ['app', 16, 10],
      ['lib', 16, 10],
      ['tool', 67, 60],
      ['high', 68, 60],
    ])
    expect(longestRoot(rooms)).toBe(10)
    expect(longestRoot([])).toBeUndefined()
  })

  it('is enough for a shorter root or one of the same length', () => {
    expect(tooLongFor('/opt/stor2', rooms, graph).size).toBe(0)
    expect(tooLongFor('/s', rooms, graph).size).toBe(0)
  })

  it('is too little for a longer one, and for whoever needs such a package', () => {
    const failing = tooLongFor('/opt/store-2', rooms, graph)
    expect([...failing].map(([hash, { by, because }]) => [hash, by, because.name])).toEqual([
      ['app', 2, 'app'],
      ['lib', 2, 'lib'],
    ])
    const mixed: SpecGraph = { ...graph, nodes: new Map([...graph.nodes, ['tool', node('tool', ['lib'])]]) }
    expect(tooLongFor('/opt/store-2', roomOf(mixed, records, store), mixed).get('tool')).toMatchObject({
      by: 2,
      because: { name: 'lib' },
    })
  })
})

describe('another padding', () => {
  it('names what has less room than it gives', () => {
    const proposal = proposePadding(40, store, rooms)
    expect(proposal.paddedRoot).toHaveLength(40)
    expect(proposal.rebuild.map((one) => one.name)).toEqual(['app', 'lib'])
    expect(proposal.why).toContain('only a new build makes longer')
    expect(proposePadding(60, store, rooms).rebuild.map((one) => one.name)).toEqual(['app', 'lib'])
    expect(proposePadding(128, store, rooms).rebuild).toHaveLength(4)
  })

  it('says when there is nothing to gain', () => {
    expect(proposePadding(4, store, rooms).why).toContain('nothing changes')
    expect(proposePadding(40, store, []).why).toContain('Nothing is installed here yet')
    expect(proposePadding(40, store, rooms.slice(2)).why).toContain('all have as much room already')
  })
})
