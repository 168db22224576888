import { describe, expect, it } from 'vitest'
import { checkFile, includedPaths } from '../../../../main/spack/schema/check-file.ts'
import { clean } from '../../../../main/support/redact.ts'
import { corpus } from '../edit/corpus.ts'
import { schemaCases } from './cases.ts'

function check(text: string, version?: string, kind: 'environment' | 'scope' = 'environment'): string[] {
  return checkFile({ text, file: 'spack.yaml', kind, version }).map(
    ({ severity, line, column, message, hint }) =>
      `${line}:${column} ${severity}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  )
}

const problems = (text: string, version: string): number =>
  check(text, version).filter((one) => one.includes(' problem: ')).length

describe('what Spack refuses is a problem, and nothing else is', () => {
  it.each(schemaCases.map((one) => [JSON.stringify(one.text), one] as const))('%s', (_, one) => {
    expect({ old: problems(one.text, '0.22.5') === 0, new: problems(one.text, '1.1.0') === 0 }).toEqual({
      old: one.old,
      new: one.new,
    })
  })
})

describe('findings', () => {
  it.each([
    ['a key that is not known', 'spack:\n  mirorrs: {}\n', '2:3 problem: there is no mirorrs (Did you mean mirrors?)'],
    [
      'a wrong kind',
      'spack:\n  view: true\n  specs: zlib\n',
      '3:10 problem: specs is the text "zlib", expected a list',
    ],
    [
      'a wrong word',
      'spack:\n  concretizer:\n    unify: when_posible\n',
      '3:12 problem: unify is the text "when_posible", expected true or false or when_possible (Did you mean when_possible?)',
    ],
    [
      'a number for a text',
      'spack:\n  specs: [1.5]\n',
      '2:11 problem: specs is 1.5, expected a text or nothing or a mapping',
    ],
    [
      'yes',
      'spack:\n  config: {ccache: yes}\n',
      '2:20 problem: ccache is the text "yes", expected true or false (Here it is true or false.)',
    ],
    ['an empty section', 'spack:\n  mirrors:\n  specs: []\n', '2:3 problem: mirrors is empty, expected a mapping'],
    [
      'what nobody reads',
      'spack:\n  config:\n    install_tree: {padded_lenght: 1}\n',
      '3:20 warning: Spack does not read padded_lenght in install_tree (Did you mean padded_length?)',
    ],
    [
      'a section in the wrong place',
      'spack: {}\nmirrors: {}\n',
      '2:1 problem: there is no mirrors beside spack (Put mirrors into the spack: section.)',
    ],
    [
      'no section',
      'mirrors: {}\n',
      '1:1 problem: there is no spack: section (A spack.yaml holds one mapping named spack.)',
    ],
    ['a root twice', 'spack:\n  specs: [a, b, a]\n', '2:17 warning: a is a root already (line 2)'],
    [
      'a definition that is not there',
      'spack:\n  definitions: [{libs: [a]}]\n  specs: [$lib]\n',
      '3:11 warning: there is no definition lib in this file (Did you mean $libs?)',
    ],
    [
      'an odd scheme',
      'spack:\n  mirrors:\n    m: ocii://h/a\n',
      '3:5 warning: Spack does not know ocii:// and takes the URL of the mirror m for a folder (Did you mean oci://?)',
    ],
    [
      'a registry with signatures',
      'spack:\n  mirrors:\n    m: oci://h/a\n',
      '3:5 warning: Spack cannot sign packages in a registry, as m asks (Write signed: false. What is in a registry is known by its digest.)',
    ],
    [
      'an environment that moves environments',
      'spack:\n  config: {environments_root: /x}\n',
      '2:12 problem: an environment may not set environments_root (Set it for the user or the installation.)',
    ],
    ['a tab', 'spack:\n\tspecs: []\n', '2:1 problem: Tabs are not allowed as indentation (Correct the YAML there.)'],
    [
      'a key twice',
      'spack:\r\n  view: true\r\n  view: false\r\n',
      '3:3 problem: view is there twice, first in line 2 (Correct the YAML there.)',
    ],
    [
      'a second document',
      'spack:\n  specs: []\n---\nspack: {}\n',
      '3:1 problem: a second document begins here, and a file holds one (Correct the YAML there.)',
    ],
  ])('name the place and what was meant: %s', (_, text, finding) => {
    expect(check(text)).toContain(finding)
  })

  it('warn of secrets, without showing them', () => {
    const found = check(corpus['mirrors of every form'] ?? '', '0.22.5')
    expect(found.filter((one) => one.includes('stands in the file'))).toEqual([
      expect.stringMatching(/^13:7 warning: the password of the mirror old stands in the file/),
    ])
    expect(clean('hunter2-in-a-file')).toBe('***')
    expect(check('mirrors:\n  a: {url: "https://me:geheim99@h/x"}\n', undefined, 'scope').join()).toContain(
      '2:7 warning: the password',
    )
    expect(clean('geheim99')).toBe('***')
  })

  it('say which part of a root Spack cannot read, wherever it is', () => {
    const found = check('spack:\n  specs:\n  - $defs\n  - zlib@@1.3\n  - {matrix: [[hdf5], [+mpi]]}\n')
    expect(found.filter((one) => one.includes('problem'))).toEqual([
      expect.stringMatching(/^4:5 problem: "zlib@@1.3" is not a spec: Spack cannot read @@1.3 /),
    ])
  })

  it('tell a form of another Spack from a wrong one', () => {
    const pair = 'spack:\n  mirrors:\n    m:\n      url: s3://x\n      access_pair: [me, pw123456]\n'
    expect(check(pair, '1.1.0').join()).toContain(
      'this form of access_pair is not for this Spack: it is not read since Spack 1.1',
    )
    expect(check(pair, '0.22.5').join()).not.toContain('problem')
    expect(check('spack:\n  toolchains: {}\n', '0.22.5')).toEqual([
      '2:15 problem: toolchains is not for this Spack: it is read since Spack 1.0',
    ])
  })

  it('are none for what people write', () => {
    const quiet = Object.entries(corpus).filter(
      ([name]) => !/^(nothing|a comment|no value|mirrors of|everything|anchors|groups|no specs)/.test(name),
    )
    for (const [name, text] of quiet)
      expect([name, check(text).filter((one) => one.includes('problem'))]).toEqual([name, []])
    expect(check(corpus.groups ?? '', '1.2.0')).toEqual([])
  })
})

it('lists the includes that must be there', () => {
  const text =
    'spack:\n  include:\n  - ./a.yaml\n  - {path: b, optional: true}\n  - {path: c}\n  - {path: d, when: x}\n'
  expect(includedPaths(text, 'f')).toEqual([
    { path: './a.yaml', line: 3, column: 5 },
    { path: 'c', line: 5, column: 5 },
  ])
})
