import { describe, expect, it } from 'vitest'
import { readNodes } from '../../../main/spack/spec/read-nodes.ts'
import { runsOn, targetFamily, targetOf } from '../../../main/spack/spec/target.ts'

const named = (name: string, ...parents: string[]) => ({ name, parents })

describe('a CPU target', () => {
  it.each([
    ['x86_64', 'zen2'],
    ['x86_64_v3', 'zen2'],
    ['zen2', 'zen2'],
    ['x86_64_v4', 'sapphirerapids'],
    ['armv8.2a', 'neoverse_v1'],
  ])('%s runs on %s', (target, machine) => {
    expect(runsOn(named(target), machine)).toBe(true)
  })

  it.each([
    ['x86_64_v4', 'zen2'],
    ['haswell', 'x86_64_v3'],
    ['zen', 'haswell'],
    ['aarch64', 'x86_64_v3'],
  ])('%s does not run on %s', (target, machine) => {
    expect(runsOn(named(target), machine)).toBe(false)
  })

  it('younger than the table does not run on anything in it, and runs on itself', () => {
    expect(runsOn(named('zen9', 'zen5'), 'zen5')).toBe(false)
    expect(runsOn(named('zen9', 'zen5'), 'zen9')).toBe(true)
    expect(targetFamily('zen9', ['zen5'])).toBe('x86_64')
  })

  it('of which nothing is known is not judged', () => {
    expect(runsOn(named('quantum'), 'zen5')).toBeUndefined()
    expect(runsOn(named('x86_64'), 'quantum')).toBeUndefined()
    expect(targetFamily('quantum')).toBe('quantum')
  })

  it('comes with its ancestors where Spack stored them', () => {
    const target = { name: 'zen9', vendor: 'AuthenticAMD', features: ['avx512f'], generation: 0, parents: ['zen5'] }
    const stored = (value: unknown) => [
      [
        'h',
        { name: 'a', version: '1', hash: 'h', arch: { platform: 'linux', platform_os: 'os', target: value } },
      ] as const,
    ]
    const [long] = readNodes(stored(target), 'test', () => 4).nodes.values()
    const [short] = readNodes(stored('x86_64'), 'test', () => 4).nodes.values()
    expect(long && targetOf(long)).toEqual(named('zen9', 'zen5'))
    expect(short && targetOf(short)).toEqual(named('x86_64'))
  })
})
