import { describe, expect, it } from 'vitest'
import { listSeparator, type MergedVariables, mergeVariables } from '../../../main/image/merged-variables.ts'
import { madeBase } from '../../support/composing.ts'

const root = (hash: string, ...env: string[]) => ({ hash, root: true, env })
const needed = (hash: string, ...env: string[]) => ({ hash, root: false, env })
const by = (...hashes: string[]) => hashes.map((hash) => ({ kind: 'package', hash }))

function merge(
  packages: Parameters<typeof mergeVariables>[0]['packages'],
  baseEnv?: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): MergedVariables {
  return mergeVariables({ base: baseEnv && madeBase({ env: baseEnv }).config, packages, extra })
}
const values = (merged: MergedVariables) => Object.fromEntries(merged.variables.map(({ name, value }) => [name, value]))

describe('path-like variables', () => {
  it('have the topmost root first, then the other roots, then dependencies, and the base last', () => {
    const merged = merge(
      [
        needed('d', 'PATH=/d/bin:/bin:/usr/bin'),
        root('a', 'PATH=/a/bin:/d/bin:/bin:/usr/bin'),
        needed('e', 'PATH=/e/bin:/bin:/usr/bin'),
        root('b', 'PATH=/b/bin:/e/bin:/d/bin:/bin:/usr/bin'),
      ],
      ['PATH=/usr/local/bin:/usr/bin:/opt/base/bin'],
    )
    expect(values(merged)).toEqual({ PATH: '/b/bin:/a/bin:/e/bin:/d/bin:/usr/local/bin:/usr/bin:/opt/base/bin' })
    expect(merged.variables[0]).toMatchObject({ list: true, from: [{ kind: 'base' }, ...by('d', 'e', 'a', 'b')] })
    expect(merged.conflicts).toEqual([])
  })

  it('take a closure’s entries from the root where a dependency’s own are not known', () => {
    const merged = merge([{ hash: 'd', root: false, env: undefined }, root('a', 'PATH=/a/bin:/d/bin:/bin')])
    expect(values(merged)).toEqual({ PATH: '/a/bin:/d/bin:/bin:/usr/bin' })
  })

  it('never repeat an entry, not even one that a package repeats', () => {
    expect(values(merge([root('a', 'PATH=/a:/a:/usr/bin:/a', 'MANPATH=/a/man::/a/man')]))).toEqual({
      PATH: '/a:/bin:/usr/bin',
      MANPATH: '/a/man',
    })
  })

  it.each([
    ['PATH', ['anything'], ':'],
    ['COWPATH', ['/a'], ':'],
    ['PERL5LIB', ['/a'], ':'],
    ['LUA_PATH', ['/a/?.lua;/b/?.lua'], ';'],
    ['LUA_CPATH_5_3', ['/a'], ';'],
    ['GUILE_DIRECTORIES', ['/a:/b', '/c'], ':'],
    ['JAVA_HOME', ['/a', '/b'], undefined],
    ['TIMES', ['10:20'], undefined],
    ['MIXED', ['/a:/b', 'c'], undefined],
    ['EMPTY', [''], undefined],
    ['INDEX_PATH', ['https://host/a'], undefined],
  ] as const)('are told by name and by values: %s of %s', (name, said, separator) => {
    expect(listSeparator(name, said)).toBe(separator)
  })
})

describe('variables with one value', () => {
  it('are no conflict while all say the same', () => {
    const merged = merge([root('a', 'LANG=C'), root('b', 'LANG=C')], ['LANG=C'])
    expect(merged.conflicts).toEqual([])
    expect(values(merged).LANG).toBe('C')
  })

  it('are a conflict where roots say different things: the topmost root’s is taken until the user says', () => {
    const packages = [root('a', 'EDITOR=vim'), root('b', 'EDITOR=nano'), root('c', 'EDITOR=vim')]
    const merged = merge(packages)
    expect(merged.conflicts).toEqual([
      {
        name: 'EDITOR',
        says: [
          { value: 'vim', by: by('a', 'c') },
          { value: 'nano', by: by('b') },
        ],
        value: 'vim',
        settled: false,
      },
    ])
    expect(merged.variables.find(({ name }) => name === 'EDITOR')?.from).toEqual(by('a', 'c'))
    const settled = merge(packages, undefined, { EDITOR: 'nano' })
    expect(settled.conflicts[0]).toMatchObject({ value: 'nano', settled: true })
    expect(values(settled).EDITOR).toBe('nano')
  })

  it('of a root win over the base’s, and that is said', () => {
    const merged = merge([root('a', 'HOME_OF=/a')], ['HOME_OF=/base'])
    expect(values(merged).HOME_OF).toBe('/a')
    expect(merged.conflicts[0]?.says.map((one) => one.by[0]?.kind)).toEqual(['base', 'package'])
  })

  it('of a dependency count as far as they are in its root’s environment', () => {
    expect(values(merge([needed('d', 'X=1', 'Y=1'), root('a', 'X=2')]))).toMatchObject({ X: '2' })
    expect(merge([needed('d', 'X=1'), root('a', 'X=2')]).conflicts).toEqual([])
    expect(values(merge([needed('d', 'Y=1'), root('a')]))).not.toHaveProperty('Y')
  })
})

/** `PATH` as it was before. */
const before = '$'.concat('{PATH}')

describe('what the user sets', () => {
  it('has the last word, and may build on what is there', () => {
    const merged = merge([root('a', 'PATH=/a')], undefined, { PATH: `/app:${before}`, NEW: `${before} $& $1` })
    expect(values(merged)).toEqual({ PATH: '/app:/a:/bin:/usr/bin', NEW: `${before} $& $1` })
    expect(merged.variables.map(({ from }) => from)).toEqual([[{ kind: 'user' }], [{ kind: 'user' }]])
  })
})
