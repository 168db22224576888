import { describe, expect, it } from 'vitest'
import { specFault } from '../../../main/spack/spec/syntax.ts'

// Compared once with the parsers of Spack 0.22.5 and 1.1.0 over 5,500 texts, mutations of these: what both read has no fault.
describe('the syntax of a spec', () => {
  it.each([
    'zlib',
    'builtin.zlib@=1.3+pic',
    'hdf5@1.10:1.12,1.14 +mpi~cxx ^mpich@4: %gcc@12',
    `hdf5 cflags="-O3 -g" cxxflags=='-O2'`,
    'gcc languages=c,c++ ++shared ~~pic - x',
    'zlib@git.feature/x-y=1.3 target=x86_64_v3: arch=linux-ubuntu22.04-x86_64',
    'zlib@0123456789012345678901234567890123456789',
    'zlib/abc123',
    '/abc123',
    './concrete/zlib.json',
    'hdf5 ^[deptypes=link,run virtuals=mpi] openmpi +x',
    `hdf5 %[when='+mpi' virtuals=c] gcc %c,cxx=gcc ^mpi=mpich@4`,
    'zlib dev_path="/a b/ü"',
    '7zip',
  ])('takes %s', (text) => {
    expect(specFault(text)).toBeUndefined()
  })

  it.each([
    ['zlib@', { kind: 'unreadable', text: '@' }],
    ['zlib@@1.3 +pic', { kind: 'unreadable', text: '@@1.3' }],
    ['zlib pic=$x', { kind: 'unreadable', text: 'pic=$x' }],
    ['zlib +pic=$x', { kind: 'unreadable', text: '=$x' }],
    ['zlib, hdf5', { kind: 'unreadable', text: ',' }],
    ['zlib %', { kind: 'unreadable', text: '%' }],
    ['zlib ^', { kind: 'unreadable', text: '^' }],
    [`zlib cflags='-O2`, { kind: 'unreadable', text: `cflags='-O2` }],
    ['größe', { kind: 'unreadable', text: 'öße' }],
    ['hdf5 zlib', { kind: 'second', text: 'zlib' }],
    ['+mpi', { kind: 'anonymous' }],
    ['%gcc ^mpich', { kind: 'anonymous' }],
    ['', { kind: 'anonymous' }],
  ])('says where %s is none', (text, fault) => {
    expect(specFault(text)).toEqual(fault)
  })
})
