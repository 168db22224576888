import { expect, it } from 'vitest'
import { compareVersions } from '../../../main/spack/spec/version.ts'

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
