import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../../main/spack/config/configuration.ts'
import { type Projections, projectedPath, projectionsOf } from '../../../main/spack/projection.ts'
import { matchesConstraint } from '../../../main/spack/spec/constraint.ts'
import type { SpecGraph, SpecNode } from '../../../main/spack/spec/graph.ts'
import { fixtureText, graphOf, instanceWith } from './fixtures.ts'

const graph = graphOf('index.json', 4)
const modern = graphOf('index-v8.json', 5)

describe('a projection', () => {
  it('of Spack 0.22 leads where its database has every package', () => {
    const data = JSON.parse(fixtureText('index.json')) as { database: { installs: Record<string, { path: string }> } }
    for (const [hash, { path }] of Object.entries(data.database.installs)) {
      const projected = projectedPath(projectionsOf(undefined, 7), graph, nodeOf(graph, hash))
      expect(path.endsWith(`/__spack_path_placeho/${projected}`)).toBe(true)
    }
  })

  it('of Spack 1.x names platform and target', () => {
    // As Spack 1.1 installed it.
    expect(projected(undefined, 8, 'zlib')).toBe('linux-x86_64/zlib-1.2.13-zggzqcyfwnts3encqg6a5skh4miu4aqa')
  })

  it.each([
    ['{name}/{version}/{hash:7}', 'vim/9.0.1378/z4xbt6a'],
    [
      '{architecture.os}/{target}/{platform}/{namespace}.{name}-{hash}',
      'debian12/x86_64/linux/demo.vim-z4xbt6ajw7cfj7ppe35mfnmy7xjybs75',
    ],
    ['Apps/{Name}', 'apps/vim'],
    ['{compiler}/{name}', 'gcc__12.2.0/vim'],
    ['{name}+nc{^ncurses.version}', 'vim+nc6.4'],
    ['{name}-{variants.build_system}', 'vim-build_system_autotools'],
    ['{name}-{variants.build_system.value}', 'vim-autotools'],
  ])('%s is %s', (format, path) => {
    expect(path).toBe(projectedPath({ entries: [['all', format.toLowerCase()]] }, graph, byName(graph, 'vim')))
  })

  it('comes from the configuration, the first that fits, and lower case', async () => {
    const projections = await configured(
      'projections:\n      all: "{name}-{version}"\n      zlib: "Z/{hash:5}"\n      ^ncurses@6: "n/{name}-{hash:5}"\n      ncurses@=6.3: wrong',
    )
    const paths = ['zlib', 'vim', 'ncurses', 'cowsay'].map((name) =>
      projectedPath(projections, graph, byName(graph, name)),
    )
    expect(paths).toEqual(['z/zggzq', 'n/vim-z4xbt', 'ncurses-6.4', 'cowsay-3.03'])
  })

  it('shortens the hash where the configuration says how long it is', async () => {
    const instance = await instanceWith({ 'spack/etc/spack/config.yaml': 'config:\n  install_hash_length: 9\n' })
    const projections = projectionsOf(await readConfiguration(instance), 7)
    expect(projectedPath(projections, graph, byName(graph, 'zlib'))).toBe(
      'linux-debian12-x86_64/gcc-12.2.0/zlib-1.2.13-zggzqcyfw',
    )
  })

  it('understands how it was written once', async () => {
    const instance = await instanceWith({
      'spack/etc/spack/config.yaml': 'config:\n  install_tree: /store\n  install_path_scheme: "{name}-{hash:4}"\n',
    })
    expect(projectedPath(projectionsOf(await readConfiguration(instance), 7), graph, byName(graph, 'zlib'))).toBe(
      'zlib-zggz',
    )
  })

  it.each([
    ['{name}/{unheard_of}', 'asks vim for {unheard_of}'],
    ['{name}/{^none.version}', 'asks vim for {^none.version}'],
    ['{name', 'has braces'],
    ['$arch/{name}', 'has braces or variables'],
    ['..', 'leads nowhere'],
    ['../{name}', 'leads nowhere'],
  ])('%s is refused, in words', (format, why) => {
    expect(() => projectedPath({ entries: [['all', format]] }, graph, byName(graph, 'vim'))).toThrow(
      expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining(why) }),
    )
  })

  it('for a spec that only Spack can compare is refused, not guessed', () => {
    const projections: Projections = {
      entries: [
        ['vim target=x86_64:', 'x'],
        ['all', '{name}'],
      ],
    }
    expect(() => projectedPath(projections, graph, byName(graph, 'vim'))).toThrow(
      expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining('vim target=x86_64:') }),
    )
  })
})

describe('a spec in a configuration', () => {
  it.each([
    ['vim', true],
    ['vi', false],
    ['vim@9', true],
    ['vim@9.0.1378', true],
    ['vim@9.0.13', false],
    ['vim@=9', false],
    ['vim@=9.0.1378', true],
    ['@9', true],
    ['vim%gcc', true],
    ['vim %gcc@12.2', true],
    ['%clang', false],
    ['^ncurses', true],
    ['vim ^ncurses@5', false],
    ['^zlib', false],
    ['build_system=autotools', true],
    ['vim build_system=cmake', false],
    ['vim+ssl', false],
    ['target=x86_64', true],
    ['os=centos7', false],
    ['vim@9:', true],
    ['vim@:8', false],
    ['vim@8:9.0', true],
    ['vim@7,9.0.1378', true],
    ['vim target=x86_64:', undefined],
    ['vim cflags="-O3 -g"', undefined],
    ['', undefined],
  ])('%s fits vim 9.0.1378: %s', (text, fits) => {
    expect(matchesConstraint(text, graph, byName(graph, 'vim'))).toBe(fits)
  })

  it('finds a dependency by the virtual that it provides', () => {
    const app = byName(modern, 'app')
    expect(matchesConstraint('^mpi', modern, app)).toBe(true)
    expect(matchesConstraint('^lapack', modern, app)).toBe(false)
  })
})

function projected(configuration: undefined, databaseVersion: number, name: string): string {
  return projectedPath(projectionsOf(configuration, databaseVersion), graph, byName(graph, name))
}

async function configured(tree: string): Promise<Projections> {
  const instance = await instanceWith({
    'spack/etc/spack/config.yaml': `config:\n  install_tree:\n    ${tree.trim()}\n`,
  })
  return projectionsOf(await readConfiguration(instance), 7)
}

function byName(from: SpecGraph, name: string): SpecNode {
  const node = [...from.nodes.values()].find((one) => one.name === name)
  if (node === undefined) throw new Error(`the fixture has no ${name}`)
  return node
}

function nodeOf(from: SpecGraph, hash: string): SpecNode {
  const node = from.nodes.get(hash)
  if (node === undefined) throw new Error(`the fixture has no ${hash}`)
  return node
}
