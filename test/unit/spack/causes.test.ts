import { describe, expect, it } from 'vitest'
import { type Cause, compareGraphs } from '../../../main/spack/spec/causes.ts'
import type { SpecGraph, SpecNode } from '../../../main/spack/spec/graph.ts'
import { hashOf, type SpecSketch, sketchedGraph } from '../../support/stored-specs.ts'

const nodeIn = (graph: SpecGraph, key: string): SpecNode => {
  const node = graph.nodes.get(hashOf(key))
  if (!node) throw new Error(`no ${key}`)
  return node
}
/** The causes of `vim` being another one than `vim-old`. */
const causesOf = (
  wanted: Readonly<Record<string, SpecSketch>>,
  cached: Readonly<Record<string, SpecSketch>>,
  versions: readonly [number, number] = [4, 4],
): readonly Cause[] => {
  const [mine, others] = [sketchedGraph(wanted, versions[0]), sketchedGraph(cached, versions[1])]
  return compareGraphs(mine, others).causes(nodeIn(mine, 'vim'), nodeIn(others, 'vim-old')).causes
}
const inShort = (causes: readonly Cause[]): string[] =>
  causes.map(({ difference: { kind, subject, wanted, cached }, path, also }) =>
    [
      `${path.join('>')}:`,
      kind,
      ...(subject ? [subject] : []),
      `${cached}→${wanted}`,
      ...also.map((one) => `+${one}`),
    ].join(' '),
  )

describe('causes of another DAG hash', () => {
  it.each<readonly [string, SpecSketch, SpecSketch, string]>([
    ['version', { version: '9.1' }, { version: '9.0' }, 'version 9.0→9.1'],
    ['variant', { parameters: { lua: true } }, { parameters: { lua: false } }, 'variant lua false→true'],
    [
      'variant with values',
      { parameters: { fabrics: ['a', 'b'] } },
      { parameters: { fabrics: ['a'] } },
      'variant fabrics a→a,b',
    ],
    ['variant that only one has', { parameters: { x: true } }, {}, 'variant x undefined→true'],
    ['compiler', { compiler: 'gcc@13.1.0' }, { compiler: 'gcc@12.2.0' }, 'compiler gcc@12.2.0→gcc@13.1.0'],
    ['target', { target: 'zen4' }, { target: 'x86_64_v3' }, 'target x86_64_v3→zen4'],
    ['operating system', { os: 'ubuntu24.04' }, { os: 'debian12' }, 'os debian12→ubuntu24.04'],
    ['platform', { platform: 'darwin' }, { platform: 'linux' }, 'platform linux→darwin'],
    ['namespace', { namespace: 'mine' }, { namespace: 'builtin' }, 'namespace builtin→mine'],
    ['flags', { parameters: { cflags: ['-O3'] } }, { parameters: { cflags: [] } }, 'flags cflags undefined→-O3'],
    ['patches', { more: { patches: ['ff00'] } }, {}, 'patches undefined→ff00'],
    ['recipe', { more: { package_hash: 'new' } }, { more: { package_hash: 'old' } }, 'recipe old→new'],
    ['external', {}, { external: '/usr' }, 'external /usr→undefined'],
    ['something else that is stored', { more: { odd: 1 } }, { more: { odd: 2 } }, 'stored odd 2→1'],
    ['nothing that can be seen', {}, {}, 'stored undefined→undefined'],
  ])('names the %s', (_, wanted, cached, cause) => {
    expect(inShort(causesOf({ vim: wanted }, { 'vim-old': cached }))).toEqual([`vim: ${cause}`])
  })

  it('takes the order of a flag list for what it is, and that of a variant not', () => {
    const wanted = { parameters: { fabrics: ['a', 'b'], cflags: ['-O2', '-g'] } }
    const cached = { parameters: { fabrics: ['b', 'a'], cflags: ['-g', '-O2'] } }
    expect(inShort(causesOf({ vim: wanted }, { 'vim-old': cached }))).toEqual(['vim: flags cflags -g -O2→-O2 -g'])
  })

  it('follows a dependency down to the first cause', () => {
    const wanted = {
      vim: { needs: ['curses'] },
      curses: { needs: ['tinfo'] },
      tinfo: { needs: ['zlib'] },
      zlib: { compiler: 'gcc@13.1.0' },
    }
    const cached = {
      'vim-old': { needs: ['curses-old'] },
      'curses-old': { needs: ['tinfo-old'] },
      'tinfo-old': { needs: ['zlib-old'] },
      'zlib-old': { compiler: 'gcc@12.2.0' },
    }
    expect(inShort(causesOf(wanted, cached))).toEqual(['vim>curses>tinfo>zlib: compiler gcc@12.2.0→gcc@13.1.0'])
  })

  it('tells another compiler once, with all who were built with it, and further causes beside it', () => {
    const gcc13 = { compiler: 'gcc@13.1.0' }
    const wanted = {
      vim: { ...gcc13, needs: ['curses'] },
      curses: { ...gcc13, version: '6.5', needs: ['zlib'] },
      zlib: gcc13,
    }
    const cached = {
      'vim-old': { needs: ['curses-old'] },
      'curses-old': { version: '6.4', needs: ['zlib-old'] },
      'zlib-old': {},
    }
    expect(inShort(causesOf(wanted, cached))).toEqual([
      'vim: compiler gcc@12.2.0→gcc@13.1.0 +curses +zlib',
      'vim>curses: version 6.4→6.5',
    ])
  })

  it('takes what a compiler brings along for part of the compiler (spec version 5)', () => {
    const built = ['gcc:build:c,cxx', 'runtime:link', 'glibc:link:libc']
    const wanted = {
      vim: { needs: built },
      gcc: { version: '13.1.0', external: '/usr' },
      runtime: { name: 'gcc-runtime', version: '13.1.0' },
      glibc: { version: '2.39', external: '/usr' },
    }
    const cached = {
      'vim-old': { needs: ['gcc-old:build:c,cxx', 'runtime-old:link', 'glibc-old:link:libc'] },
      'gcc-old': { version: '12.2.0', external: '/usr' },
      'runtime-old': { name: 'gcc-runtime', version: '12.2.0' },
      'glibc-old': { version: '2.36', external: '/usr' },
    }
    expect(inShort(causesOf(wanted, cached, [5, 5]))).toEqual([
      'vim: libc glibc@2.36→glibc@2.39',
      'vim: compiler gcc@12.2.0→gcc@13.1.0',
    ])
  })

  it('says which language another compiler compiled, and follows the same compiler at another place', () => {
    const gcc = { version: '12.2.0', external: '/usr' }
    const wanted = {
      vim: { needs: ['gcc:build:c,cxx', 'flang:build:fortran'] },
      gcc,
      flang: { name: 'llvm', version: '18' },
    }
    const cached = { 'vim-old': { needs: ['gcc-old:build:c,cxx,fortran'] }, 'gcc-old': { ...gcc, external: '/opt' } }
    expect(inShort(causesOf(wanted, cached, [5, 5]))).toEqual(['vim: compiler fortran gcc@12.2.0→llvm@18'])
    const same = { vim: { needs: ['gcc:build:c,cxx'] }, gcc }
    const moved = { 'vim-old': { needs: ['gcc-old:build:c,cxx'] }, 'gcc-old': { ...gcc, external: '/opt' } }
    expect(inShort(causesOf(same, moved, [5, 5]))).toEqual(['vim>gcc: external /opt→/usr'])
  })

  it('knows that Spack before 1.0 hashed otherwise', () => {
    const wanted = {
      vim: { needs: ['gcc:build:c', 'glibc:link:libc', 'zlib'] },
      gcc: { version: '12.2.0' },
      glibc: {},
      zlib: {},
    }
    const cached = { 'vim-old': { needs: ['zlib-old'] }, 'zlib-old': {} }
    expect(inShort(causesOf(wanted, cached, [5, 4]))).toEqual(['vim: format 4→5 +zlib'])
  })

  it('names another provider, and dependencies that only one of the two has', () => {
    const wanted = {
      vim: { needs: ['openmpi:link:mpi', 'zlib', 'lua'] },
      openmpi: { version: '5' },
      zlib: {},
      lua: { version: '5.4' },
    }
    const cached = {
      'vim-old': { needs: ['mpich:link:mpi', 'zlib', 'perl:run'] },
      mpich: { version: '4' },
      zlib: {},
      perl: {},
    }
    expect(inShort(causesOf(wanted, cached))).toEqual([
      'vim: provider mpi mpich@4→openmpi@5',
      'vim: dependency lua undefined→lua@5.4',
      'vim: dependency perl perl@1.0→undefined',
    ])
  })

  it('pairs two dependencies of one name by what they are for', () => {
    const pythons = { python: { version: '3.11' }, 'python-b': { version: '3.9' } }
    const wanted = { vim: { needs: ['python:link,run', 'python-b:build'] }, ...pythons }
    const cached = {
      'vim-old': { needs: ['python-c:build', 'python:link,run'] },
      python: pythons.python,
      'python-c': { version: '3.8' },
    }
    expect(inShort(causesOf(wanted, cached))).toEqual(['vim>python: version 3.8→3.9'])
  })

  it('tells the nearest of very many, and how many there are', () => {
    const chain = (suffix: string, version: string): Record<string, SpecSketch> => {
      const key = (at: number): string =>
        at === 0 ? `vim${suffix}` : `${'abcdefgh'[at % 8]}${'x'.repeat(at)}${suffix}`
      const names = Array.from({ length: 24 }, (_, at) => key(at))
      return Object.fromEntries(
        names.map((one, at) => [one, { version, target: version, needs: names.slice(at + 1, at + 2) }]),
      )
    }
    const [mine, others] = [sketchedGraph(chain('', '2')), sketchedGraph(chain('-old', '1'))]
    const found = compareGraphs(mine, others).causes(nodeIn(mine, 'vim'), nodeIn(others, 'vim-old'))
    // The target is one cause for all of them, the version one for each.
    expect([found.count, found.causes.length]).toEqual([25, 20])
    expect(found.causes[0]).toMatchObject({ difference: { kind: 'target' }, path: ['vim'], alsoCount: 23 })
    expect(found.causes[0]?.also).toHaveLength(8)
    expect(found.causes.at(-1)?.path).toHaveLength(19)
  })

  it('has none for equal hashes', () => {
    const graph = sketchedGraph({ vim: {} })
    expect(compareGraphs(graph, graph).causes(nodeIn(graph, 'vim'), nodeIn(graph, 'vim'))).toEqual({
      causes: [],
      count: 0,
      distance: 0,
    })
  })
})

describe('the nearest packages', () => {
  it('come before those that differ in more, or in what weighs more', () => {
    const graph = sketchedGraph({ vim: { version: '9.1', parameters: { lua: true } } })
    const cached = sketchedGraph({
      'vim-arm': { version: '9.1', parameters: { lua: true }, target: 'neoverse_v1' },
      'vim-lua': { version: '9.1', parameters: { lua: false } },
      'vim-both': { version: '9.1', parameters: { lua: false }, compiler: 'gcc@9' },
      'vim-version': { version: '8.0', parameters: { lua: true } },
    })
    const near = compareGraphs(graph, cached).nearest(nodeIn(graph, 'vim'), [...cached.nodes.values()], 4)
    expect(near.map(({ node, distance }) => [node.hash, distance])).toEqual([
      [hashOf('vim-lua'), 10],
      [hashOf('vim-both'), 50],
      [hashOf('vim-version'), 100],
      [hashOf('vim-arm'), 1000],
    ])
  })

  it('weighs what differs below half, and prefers the newest of equals', () => {
    const graph = sketchedGraph({ vim: { needs: ['zlib'] }, zlib: { version: '1.3' } })
    const cached = sketchedGraph({
      'vim-a': { needs: ['zlib-a'] },
      'vim-b': { needs: ['zlib'], parameters: { lua: true } },
      'zlib-a': { version: '1.2' },
      zlib: { version: '1.3' },
    })
    const vims = [...cached.nodes.values()].filter((one) => one.name === 'vim')
    const near = compareGraphs(graph, cached).nearest(nodeIn(graph, 'vim'), vims, 2)
    expect(near.map(({ node, distance }) => [node.hash, distance])).toEqual([
      [hashOf('vim-b'), 10],
      [hashOf('vim-a'), 50],
    ])
  })
})
