import { describe, expect, it } from 'vitest'
import { completeManifest } from '../../../../main/spack/schema/complete.ts'

/** The labels at the place of `|`. */
function complete(text: string, version?: string): string[] {
  const before = text.slice(0, text.indexOf('|')).split('\n')
  const column = before.at(-1)?.length ?? 0
  return completeManifest(text.replace('|', ''), before.length - 1, column, version).options.map((one) => one.label)
}

describe('completion', () => {
  it.each([
    ['the one key of the file', 's|', ['spack']],
    ['a section', 'spack:\n  specs: []\n  mir|\n  view: true\n', ['mirrors']],
    ['a key deep down', 'spack:\n  config:\n    install_tree:\n      pad|', ['padded_length']],
    ['a key of any mirror', 'spack:\n  mirrors::\n    mine:\n      url: x\n      sig|', ['signed']],
    ['a key of an item of a list', 'spack:\n  concretizer:\n    reuse:\n      from:\n      - ty|', ['type']],
    [
      'a second key of an item',
      'spack:\n  packages:\n    mpich:\n      externals:\n      - spec: mpich@4\n        pre|',
      ['prefix'],
    ],
    ['a word', 'spack:\n  concretizer:\n    unify: w|', ['when_possible']],
    ['true and false', 'spack:\n  mirrors:\n    m:\n      signed: |', ['true', 'false']],
    ['no key in a list of texts', 'spack:\n  specs:\n  - zl|', []],
    ['nothing behind a quote', 'spack:\n  view: "|', []],
  ])('knows %s', (_, text, labels) => {
    expect(complete(text)).toEqual(labels)
  })

  it('offers what this Spack reads', () => {
    expect(complete('spack:\n  tool|', '0.22.5')).toEqual([])
    expect(complete('spack:\n  tool|', '1.1.0')).toEqual(['toolchains'])
    expect(complete('spack:\n  mirrors:\n    m:\n      access_t|', '1.1.0')).toEqual(['access_token_variable'])
  })

  it('says what comes behind a key, and which word it replaces', () => {
    expect(completeManifest('spack:\n  vi', 1, 4, undefined)).toEqual({
      from: 2,
      options: [{ label: 'view', detail: 'true or false or text or mapping' }],
    })
  })
})
