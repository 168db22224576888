import { expect, it } from 'vitest'
import type { CatalogPackage } from '../../../main/api/catalog.ts'
import { matchPackages } from '../../../main/buildcache/match-packages.ts'
import { StrataError } from '../../../main/support/errors.ts'

function made(name: string, version: string, more: Partial<CatalogPackage> = {}): CatalogPackage {
  return {
    ...{ hash: `${name}${version}`.replace(/[^a-z0-9]/g, '').padEnd(32, '2'), name, version, compiler: 'gcc@12.2.0' },
    ...{ target: 'x86_64', os: 'debian12', platform: 'linux', variants: '', external: false, dependencies: [] },
    ...more,
  }
}

const mpich = made('mpich', '4.2.1', { target: 'zen4' })
const packages = [
  mpich,
  made('hdf5', '1.14.3', {
    variants: "~cxx+mpi api=default build_system=cmake cflags='-O2 -g'",
    dependencies: [{ hash: mpich.hash, types: ['build', 'link'], virtuals: ['mpi'] }],
  }),
  made('hdf5', '1.12.2', { variants: '+cxx~mpi api=v18,v110 build_system=autotools', compiler: 'clang@17.0.6' }),
  made('hdf5-tools', '1.14', { os: 'ubuntu24.04' }),
  made('zlib', '1.3'),
]

it.each([
  ['hdf5', ['hdf5@1.14.3', 'hdf5@1.12.2']],
  ['hdf5@1.14', ['hdf5@1.14.3']],
  ['hdf5@=1.14', []],
  ['@1.14', ['hdf5@1.14.3', 'hdf5-tools@1.14']],
  ['hdf5+mpi', ['hdf5@1.14.3']],
  ['hdf5 ~mpi', ['hdf5@1.12.2']],
  ['+cxx', ['hdf5@1.12.2']],
  ['hdf5 api=v110', ['hdf5@1.12.2']],
  ['build_system=cmake', ['hdf5@1.14.3']],
  ['hdf5%clang', ['hdf5@1.12.2']],
  ['hdf5 %gcc@12', ['hdf5@1.14.3']],
  ['target=zen4', ['mpich@4.2.1']],
  ['os=ubuntu24.04', ['hdf5-tools@1.14']],
  ['^mpich', ['hdf5@1.14.3']],
  ['^mpi', ['hdf5@1.14.3']],
  ['/zlib13', ['zlib@1.3']],
  ['hdf5/hdf51143', ['hdf5@1.14.3']],
  ['zlib/hdf5', []],
  ['hdf5@1.13:1.14', ['hdf5@1.14.3']],
])('%s', (spec, found) => {
  expect(matchPackages(packages, [spec]).map((one) => `${one.name}@${one.version}`)).toEqual(found)
})

it('takes what fits any of several', () => {
  expect(matchPackages(packages, ['zlib', 'hdf5+mpi']).map((one) => one.name)).toEqual(['hdf5', 'zlib'])
})

it.each(['', '  ', 'hdf5 && rm', 'target=x86_64:'])('refuses "%s", which only Spack can tell', (spec) => {
  expect(() => matchPackages(packages, [spec])).toThrow(StrataError)
})
