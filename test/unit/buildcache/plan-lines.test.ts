import { describe, expect, it } from 'vitest'
import { specsOfLines } from '../../../main/buildcache/explain/plan-lines.ts'

const known = 'zggzqcyfwnts3encqg6a5skh4miu4aqa'
const unknown = 'brzxvu7fwnts3encqg6a5skh4miu4aqa'
const specs = (...texts: readonly string[]): readonly string[] =>
  specsOfLines(texts, (hash) => known.startsWith(hash) || hash === known)

describe('lines that Spack prints', () => {
  it('takes the tree that spack spec -Il of 0.22 prints, without what was asked for', () => {
    const printed = `Input spec
--------------------------------
 -   zlib

Concretized
--------------------------------
 -   brzxvu7  zlib@1.2.13%gcc@12.2.0 build_system=autotools arch=linux-debian12-x86_64_v4
[+]  qb6fpwb      ^gmake@4.3%gcc@12.2.0 build_system=generic arch=linux-debian12-x86_64_v4
`
    expect(specs(printed)).toEqual([
      'zlib@1.2.13%gcc@12.2.0 build_system=autotools arch=linux-debian12-x86_64_v4 /brzxvu7',
    ])
  })

  it.each<readonly [string, readonly string[]]>([
    ['[-]  brzxvu7      ^zlib@1.2.13+pic', ['zlib@1.2.13+pic /brzxvu7']],
    [' -   zggzqcy  zlib@1.2.13', ['/zggzqcy']],
    [' -   zlib@1.2.13', ['zlib@1.2.13']],
    ['[^]  brzxvu7  zlib@1.2.13', []],
    ['[e]  brzxvu7  glibc@2.36', []],
    ['[+] /opt/spack/linux-debian12-x86_64/gcc-12.2.0/zlib-1.2.13-zggzqcyfwnts3encqg6a5skh4miu4aqa', []],
    [
      '\u001b[32m - \u001b[0m  \u001b[0;90mbrzxvu7\u001b[0m  zlib\u001b[0;36m@1.2.13\u001b[0m',
      ['zlib@1.2.13 /brzxvu7'],
    ],
    [`==> Installing zlib-1.2.13-${known} [3/9]`, [`/${known}`]],
    [`==> No binary for py-numpy-1.26.4-${unknown} found: installing from source`, [`py-numpy@1.26.4 /${unknown}`]],
    [`==> Installing emacs-master-${unknown} [1/1]`, [`emacs@master /${unknown}`]],
    ['==> Fetching https://mirror.spack.io/zlib-1.2.13.tar.gz', []],
    ['==> Concretized zlib', []],
    ['-- linux-debian12-x86_64 / gcc@12.2.0 ------------', []],
    ['brzxvu7 zlib@1.2.13 build_system=autotools', ['zlib@1.2.13 build_system=autotools /brzxvu7']],
    [
      ' -   brzxvu7  perl@5.38 build_system=generic patches=714e4d1 platform=linux',
      ['perl@5.38 build_system=generic platform=linux /brzxvu7'],
    ],
  ])('%j', (line, expected) => {
    expect(specs(line)).toEqual(expected)
  })

  it('leaves plain specs as they are, each once', () => {
    const plain = ['hdf5@1.14 +mpi %gcc@13', 'openmpi fabrics=auto', 'zlib ^gmake@4', '/zggzqcy', 'openmpi +cuda']
    expect(specs(...plain, 'zlib\nhdf5@1.14 +mpi %gcc@13\n')).toEqual([...plain, 'zlib'])
  })
})
