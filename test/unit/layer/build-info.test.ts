import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type BuildInfo, binaryDistribution } from '../../../main/layer/build-info.ts'
import { yamlScalar } from '../../../main/support/yaml-scalar.ts'

const info: BuildInfo = {
  sbangPath: '/s/bin/sbang',
  storeRoot: '/s/padded',
  spackRoot: '/spack',
  hashToPrefix: { abc: '/s/padded/pkg' },
}
const none = { textFiles: [], binaries: [], links: [] }

describe('binaryDistribution', () => {
  test('has the keys that Spack writes, in its order', () => {
    expect(
      binaryDistribution(info, '/s/padded/pkg', {
        textFiles: ['bin/x', 'etc/naïve 日本.txt'],
        binaries: [],
        links: ['lib/l'],
      }),
    ).toBe(
      [
        'sbang_install_path: /s/bin/sbang',
        'buildpath: /s/padded',
        'spackprefix: /spack',
        'relative_prefix: pkg',
        'relocate_textfiles:',
        '- bin/x',
        '- "etc/naïve 日本.txt"',
        'relocate_binaries: []',
        'relocate_links:',
        '- lib/l',
        'hardlinks_deduped: true',
        'hash_to_prefix:',
        '  abc: /s/padded/pkg',
        '',
      ].join('\n'),
    )
  })

  test('names a prefix of an upstream store relative to this one, as os.path.relpath does', () => {
    const relative = (prefix: string): unknown => parse(binaryDistribution(info, prefix, none)).relative_prefix
    expect(relative('/upstream/a/pkg')).toBe('../../upstream/a/pkg')
    expect(relative('/s/padded')).toBe('.')
  })
})

test('any string comes back from YAML as that string', () => {
  const awkward = fc.constantFrom(
    'yes',
    'NO',
    'null',
    '~',
    '1e3',
    '0x1f',
    '12:30',
    '.5',
    '-',
    '- a',
    'a: b',
    'a #b',
    '2021-01-01',
    '',
    ' a',
    'a\n',
    '\u0085',
    '\ufeff',
    '1_000',
    '=',
    '<<',
    '0o7',
    '+.inf',
  )
  fc.assert(
    fc.property(fc.oneof(awkward, fc.string(), fc.string({ unit: 'grapheme' })), (text) => {
      for (const version of ['1.1', '1.2'] as const) {
        expect(parse(`key:\n- ${yamlScalar(text)}\n`, { version })).toEqual({ key: [text] })
        expect(parse(`${yamlScalar(text)}: 1\n`, { version, uniqueKeys: true })).toEqual({ [text]: 1 })
      }
    }),
    { numRuns: 2000 },
  )
})
