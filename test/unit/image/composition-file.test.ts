import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CompositionFile,
  compositionFileOf,
  formatCompositionFile,
  optionsOf,
  parseCompositionFile,
  withAbsolutePaths,
} from '../../../main/image/composition-file.ts'
import { StrataError } from '../../../main/support/errors.ts'

const full = `# an editor for everyone
from: oci://ghcr.io/me/cache
tag: tools
base-image: ubuntu:24.04
roots:
  - vim@9.0
  - /lhf5rgr
labels: { org.example.team: hpc }
entrypoint: [/bin/sh, -c]
command: [vim]
workdir: /work
user: "1000"
environment:
  EDITOR: vim
created: 2026-01-31T12:00:00Z
baseline: x86_64_v3
max-layers: 100
`

function wrong(text: string): StrataError {
  try {
    parseCompositionFile(text, 'strata.yaml')
  } catch (error) {
    if (error instanceof StrataError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('a composition file', () => {
  it('says roots, base image and options', () => {
    const file = parseCompositionFile(full, 'strata.yaml')
    expect(file.roots).toEqual(['vim@9.0', '/lhf5rgr'])
    expect(optionsOf(file)).toMatchObject({
      settings: {
        labels: { 'org.example.team': 'hpc' },
        entrypoint: ['/bin/sh', '-c'],
        command: ['vim'],
        user: '1000',
      },
      variables: { EDITOR: 'vim' },
      layerLimit: 100,
      baseline: 'x86_64_v3',
    })
  })

  it('comes back from its options', () => {
    const file = parseCompositionFile(full, 'strata.yaml')
    expect(compositionFileOf(file, optionsOf(file))).toEqual(file)
  })

  it.each([
    ['roots: [vim]\nbaes-image: x\n', 'strata.yaml:2:1: there is no key "baes-image"', 'Did you mean base-image?'],
    ['rots: [vim]\n', 'strata.yaml:1:1: there is no key "rots"', 'Did you mean roots?'],
    ['roots: [vim]\nzzzzzz: 1\n', 'strata.yaml:2:1: there is no key "zzzzzz"', 'There are: from, to, tag'],
    ['tag: tools\n', 'strata.yaml:1:1: "roots" is missing', 'roots: [vim, lua]'],
    ['', 'strata.yaml:1:1: "roots" is missing', 'roots: [vim, lua]'],
    ['roots: vim\n', 'strata.yaml:1:8: roots: expected a list, found "vim"', ''],
    ['roots:\n  - vim\n  - 9.0\n', 'strata.yaml:3:5: roots.1: expected text, found 9', 'Put it in quotes'],
    ['roots: [vim]\ntag: 1.0\n', 'strata.yaml:2:6: tag: expected text, found 1', 'Put it in quotes'],
    ['roots: [vim]\ntag: a b\n', 'strata.yaml:2:6: tag: a tag is 1 to 128', ''],
    ['roots: [vim]\ntag: vim.spack\n', 'strata.yaml:2:6: tag: a tag that ends in .spack', ''],
    ['roots: [vim]\nbase-image: "UP PER"\n', 'strata.yaml:2:13: base-image: "UP PER" is not a reference', ''],
    ['roots: [vim]\nmax-layers: 500\n', 'strata.yaml:2:13: max-layers: ', ''],
    ['roots: [vim]\nworkdir: work\n', 'strata.yaml:2:10: workdir: a working directory is an absolute path', ''],
    ['roots: [vim]\nenvironment:\n  A=B: c\n', 'strata.yaml:3:3: environment.A=B: a variable’s name has no =', ''],
    ['roots: [vim]\ncreated: today\n', 'strata.yaml:2:10: created: a time looks like', ''],
    ['roots: [vim\ntag: x\n', 'strata.yaml:2:', 'Correct the YAML'],
    ['roots: [vim]\nroots: [lua]\n', 'strata.yaml:2:1: roots is there twice, first in line 1', ''],
    ['- vim\n', 'strata.yaml:1:1: expected a mapping', ''],
  ])('with a mistake is refused where it is: %j', (text, message, hint) => {
    const error = wrong(text)
    expect(error.code).toBe('config-invalid')
    expect(error.message).toContain(message)
    expect(error.hint ?? '').toContain(hint)
  })

  it('takes paths, which are seen from where the file lies', () => {
    const read = (lines: string) => {
      const parsed = parseCompositionFile(`roots: [vim]\n${lines}`, 'strata.yaml')
      const { to, 'base-image': base } = withAbsolutePaths(parsed, { folder: '/home/me/images', home: '/home/me' })
      return { to, base }
    }
    expect(read('base-image: ../base.tar\nto: docker-archive:out.tar\n')).toEqual({
      base: '/home/me/base.tar',
      to: 'docker-archive:/home/me/images/out.tar',
    })
    expect(read('base-image: /base\nto: oci-layout:///folder\n')).toEqual({ base: '/base', to: 'oci-layout:///folder' })
    expect(read('base-image: scratch\n').base).toBe('scratch')
    expect(read('base-image: ubuntu:24.04\n').base).toBe('ubuntu:24.04')
    expect(wrong('roots: [vim]\nto: docker-archive:a:b.tar\n').message).toContain('strata.yaml:2:5: to: ')
  })

  it('tells the first mistake in the file', () => {
    expect(wrong('rots: [vim]\nsquash: maybe\n').message).toContain(':1:1:')
    expect(wrong('squash: maybe\nrots: [vim]\nroots: [a]\n').details).toMatchObject({ line: 1, column: 9 })
  })

  it('is written so that it reads the same', () => {
    const word = fc.string({ minLength: 1, unit: 'grapheme' })
    const record = fc.dictionary(
      fc.stringMatching(/^[\w.-]+$/).filter((key) => key !== '__proto__'),
      fc.string(),
    )
    const files: fc.Arbitrary<CompositionFile> = fc.record(
      {
        roots: fc.array(word),
        tag: fc.stringMatching(/^[a-z0-9]{1,9}$/),
        'base-image': fc.constantFrom('ubuntu:24.04', 'ghcr.io/a/b:1'),
        labels: record,
        command: fc.array(fc.string()),
        environment: record,
        user: fc.constantFrom('1000', 'yes', '1:1', 'null', '~', '0x10'),
        'max-layers': fc.integer({ min: 1, max: 127 }),
        squash: fc.boolean(),
      },
      { requiredKeys: ['roots'] },
    )
    fc.assert(
      fc.property(files, (file) => {
        expect(parseCompositionFile(formatCompositionFile(file), 'x')).toEqual(file)
      }),
    )
  })
})
