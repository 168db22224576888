import { expect, it } from 'vitest'
import { compareVersions, satisfiesVersion } from '../../../main/spack/spec/version.ts'

it('orders versions as Spack does', () => {
  // sorted(map(spack.version.Version, …)) of Spack 1.1
  const sorted = [
    'custom',
    '1.alpha2',
    '1.2alpha',
    '1.2alpha1',
    '1.2beta3',
    '1.2rc1',
    '1.2',
    '1.2.custom',
    '1.2p1',
    '1.2.3',
    '1.9',
    '1.10',
    '2024-01-31',
    'stable',
    'main',
    'develop',
  ]
  const shuffled = [...sorted].reverse()
  expect(shuffled.sort(compareVersions)).toEqual(sorted)
})

it('takes a git version for the version it stands for', () => {
  expect(compareVersions('git.main=1.5', '1.4')).toBeGreaterThan(0)
  expect(compareVersions('git.main=1.5', '1.6')).toBeLessThan(0)
})

// Version(…).satisfies(ver(…)) of Spack 1.1; 621 pairs were compared once, these are the ones that differ in their reason.
it.each([
  ['1.2', ['1.2', '1.2.3', '1.2.10', '1.2p1', '1.2.custom'], ['1', '1.10', '1.3', '1.2rc1', '1.2-alpha1']],
  ['=1.2', ['1.2'], ['1.2.3', '1.2p1']],
  ['1.2:1.4', ['1.2', '1.3', '1.4.7', '1.5-alpha'], ['1', '1.5', '1.10', '1.2rc1']],
  ['1.2:', ['1.2', '2024-01-31', 'develop'], ['1.2-alpha1', 'custom']],
  [':1.2', ['1', '1.2.10', 'custom', '1.3-alpha1'], ['1.3', 'main']],
  [':1.2rc1', ['1.2-alpha1', '1.2rc1', '1'], ['1.2.0rc2', '1.2', '1.3-alpha1']],
  ['1.2,1.4:', ['1.2.3', '1.4', '3.11.6'], ['1.3', '1']],
  [':develop', ['1.2', 'develop', 'main'], []],
  ['main:', ['main', 'develop'], ['2024-01-31', '1.2']],
] as const)('takes @%s as Spack does', (wanted, fitting, others) => {
  expect(fitting.filter((one) => !satisfiesVersion(one, wanted))).toEqual([])
  expect(others.filter((one) => satisfiesVersion(one, wanted))).toEqual([])
})
