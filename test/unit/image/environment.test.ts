import { describe, expect, it } from 'vitest'
import { applyModifications, inspectPrefixes, startingVariables } from '../../../main/image/environment.ts'
import type { EnvironmentModification } from '../../../main/spack/ask.ts'

function step(op: EnvironmentModification['op'], name: string, value = '', separator = ':'): EnvironmentModification {
  return { op, name, value, separator }
}

const start = new Map([['PATH', '/bin:/usr/bin']])
const apply = (...steps: EnvironmentModification[]): Record<string, string> =>
  Object.fromEntries(applyModifications(start, steps))

describe('the variables of an image', () => {
  it('begin with a default PATH, which the base image may replace', () => {
    expect([...startingVariables(undefined)]).toEqual([['PATH', '/bin:/usr/bin']])
    const base = {
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [] },
      config: { Env: ['LANG=C', 'PATH=/x', 'EQUALS=a=b', 'broken', '=odd'] },
    }
    expect([...startingVariables(base)]).toEqual([
      ['PATH', '/x'],
      ['LANG', 'C'],
      ['EQUALS', 'a=b'],
    ])
  })

  it('have what is prepended last in front', () => {
    expect(apply(step('prepend', 'PATH', '/a'), step('prepend', 'PATH', '/b'))).toEqual({ PATH: '/b:/a:/bin:/usr/bin' })
  })

  it('hold an entry once, where it takes effect', () => {
    expect(
      apply(step('prepend', 'PATH', '/a'), step('prepend', 'PATH', '/usr/bin'), step('append', 'PATH', '/a')),
    ).toEqual({ PATH: '/usr/bin:/a:/bin' })
    const repeated = new Map([['PATH', '/a:/b:/a']])
    expect(applyModifications(repeated, [step('append', 'PATH', '/c')]).get('PATH')).toBe('/a:/b:/c')
  })

  it('are appended to, cut down, set and taken away', () => {
    expect(apply(step('append', 'PATH', '/z'), step('remove', 'PATH', '/bin'))).toEqual({ PATH: '/usr/bin:/z' })
    expect(apply(step('set', 'X', '1 2'), step('unset', 'PATH'))).toEqual({ X: '1 2' })
    expect(apply(step('prepend', 'X', 'a'), step('set', 'X', 'b'), step('append', 'X', 'c'))).toEqual({
      PATH: '/bin:/usr/bin',
      X: 'b:c',
    })
    expect(apply(step('remove', 'X', 'a'))).toEqual({ PATH: '/bin:/usr/bin', X: '' })
  })

  it('take another separator from then on', () => {
    expect(apply(step('append', 'FLAGS', 'a', ' '), step('append', 'FLAGS', 'b', ' '))).toMatchObject({ FLAGS: 'a b' })
    expect(apply(step('append', 'L', 'a', ';'), step('append', 'L', 'b', ':'))).toMatchObject({ L: 'a:b' })
  })
})

it('prefix inspection names the folders that exist, the prefix itself included', () => {
  const table = [
    ['bin', ['PATH']],
    ['', ['CMAKE_PREFIX_PATH']],
    ['lib64/pkgconfig', ['PKG_CONFIG_PATH', 'OTHER']],
  ] as const
  const found = inspectPrefixes(['/a', '/b'], table, (folder) => folder !== '/a/bin' && folder !== '/b/lib64/pkgconfig')
  expect(found.map(({ name, value }) => `${name}=${value}`)).toEqual([
    'CMAKE_PREFIX_PATH=/a',
    'PKG_CONFIG_PATH=/a/lib64/pkgconfig',
    'OTHER=/a/lib64/pkgconfig',
    'PATH=/b/bin',
    'CMAKE_PREFIX_PATH=/b',
  ])
})
