import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { YamlChange } from '../../../../main/spack/edit/change.ts'
import { applySplices, type Splice } from '../../../../main/spack/edit/splice.ts'
import { changeYaml } from '../../../../main/spack/edit/yaml-edit.ts'
import { type EditableYaml, openYaml } from '../../../../main/spack/edit/yaml-text.ts'
import { corpus } from './corpus.ts'

/** The splices that turn the result back into `text`, byte for byte. */
function inverseSplices(text: string, splices: readonly Splice[]): readonly Splice[] {
  let shift = 0
  return [...splices]
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, text: replacement }) => {
      const from = start + shift
      shift += replacement.length - (end - start)
      return { start: from, end: from + replacement.length, text: text.slice(start, end) }
    })
}

function edited(text: string, ...changes: readonly YamlChange[]): string {
  return changes.reduce((yaml, change) => changeYaml(yaml, change).yaml, openYaml(text, 'spack.yaml')).text
}

const specs = ['spack', 'specs']
const add = (value: string): YamlChange => ({ kind: 'append', path: specs, value })
const drop = (index: number): YamlChange => ({ kind: 'remove', path: [...specs, index] })

/** The lines that are not in both, as `-` and `+`. */
function changedLines(before: string, after: string): string[] {
  const count = (text: string): Map<string, number> => {
    const lines = new Map<string, number>()
    for (const line of text.split('\n')) lines.set(line, (lines.get(line) ?? 0) + 1)
    return lines
  }
  const [old, now] = [count(before), count(after)]
  const only = (a: Map<string, number>, b: Map<string, number>, sign: string) =>
    [...a].flatMap(([line, n]) => Array.from({ length: Math.max(0, n - (b.get(line) ?? 0)) }, () => sign + line))
  return [...only(old, now, '-'), ...only(now, old, '+')]
}

describe('adding to a list', () => {
  const added: Readonly<Record<string, readonly string[]>> = {
    'as Spack makes it': ['-  specs: []', '+  specs:', '+  - new@1.2:'],
    'the tutorial': ['+  - new@1.2:'],
    'indented dashes, comments everywhere': ['+      - "new@1.2:"'],
    'a trailing comma': ['+    "new@1.2:",'],
    'carriage returns': ['+  - "new@1.2:"\r'],
    'a byte order mark': ['+  - "new@1.2:"'],
    'definitions and a matrix': ['+  - "new@1.2:"'],
  }
  it.each(Object.entries(added))('changes no other line: %s', (name, lines) => {
    const before = corpus[name] ?? ''
    const quoted = lines.map((line) => line.replace(/- new@1.2:$/, '- "new@1.2:"'))
    expect(changedLines(before, edited(before, add('new@1.2:')))).toEqual(quoted)
  })

  it('writes a spec as people write it, with quotes where YAML needs them', () => {
    const values = [
      'hdf5 +mpi ^mpich@4: target=x86_64_v3',
      '%gcc',
      'yes',
      '1.5',
      'a: b',
      'x #y',
      '*z',
      "it's",
      'a, b',
      'ünï',
    ]
    const text = edited('spack:\n  specs:\n', ...values.map(add))
    expect(parse(text)).toEqual({ spack: { specs: values } })
    expect(text).toContain('\n  - "hdf5 +mpi ^mpich@4: target=x86_64_v3"\n')
    expect(edited('spack:\n  specs:\n', add('hdf5 +mpi ^mpich'))).toBe('spack:\n  specs:\n  - hdf5 +mpi ^mpich\n')
    expect(edited('spack: {specs: [a]}\n', add('b@1,2'))).toBe('spack: {specs: [a, "b@1,2"]}\n')
  })

  it('keeps a file without a final line break so, and gives an empty one its content', () => {
    expect(edited('spack:\n  view: false\n  specs:\n  - zlib', add('a'))).toBe(
      'spack:\n  view: false\n  specs:\n  - zlib\n  - a',
    )
    expect(edited('', add('a'))).toBe('spack:\n  specs:\n  - a\n')
    expect(edited('# mine\n', add('a'))).toBe('# mine\nspack:\n  specs:\n  - a\n')
    expect(edited('spack: {}\n', add('a'))).toBe('spack:\n  specs:\n  - a\n')
    expect(edited('spack:\n', add('a'))).toBe('spack:\n  specs:\n  - a\n')
    expect(edited('spack:\n  specs:   # none yet\n  view: true\n', add('a'))).toBe(
      'spack:\n  specs:   # none yet\n  - a\n  view: true\n',
    )
  })
})

describe('removing', () => {
  it('leaves an empty list, and comments where they are', () => {
    expect(edited('spack:\n  specs: # roots\n  # mine\n  - a # gone\n  view: true\n', drop(0))).toBe(
      'spack:\n  specs: [] # roots\n  # mine\n  view: true\n',
    )
    expect(edited('spack: {specs: [a], view: true}', drop(0))).toBe('spack: {specs: [], view: true}')
    expect(edited('spack:\n  specs:\n  - a\n  - b', drop(1))).toBe('spack:\n  specs:\n  - a')
    expect(edited('m:\n  a:\n    url: x\n  b: y\n', { kind: 'remove', path: ['m', 'a'] })).toBe('m:\n  b: y\n')
    expect(edited('m:\n  a:\n    url: x\n', { kind: 'remove', path: ['m', 'a'] })).toBe('m: {}\n')
  })

  it('takes a whole entry out of brackets', () => {
    const text = corpus['lists over several lines'] ?? ''
    expect(changedLines(text, edited(text, drop(0)))).toEqual(['-    zlib,   # small'])
    expect(changedLines(text, edited(text, drop(2)))).toEqual(['-    hdf5 +mpi,', '-    cmake', '+    hdf5 +mpi'])
    expect(edited('specs: [a, b, c]', { kind: 'remove', path: ['specs', 1] })).toBe('specs: [a, c]')
    expect(edited('specs: [a, b, c,]', { kind: 'remove', path: ['specs', 2] })).toBe('specs: [a, b,]')
  })
})

describe('setting', () => {
  it('changes a value and nothing around it', () => {
    const text = corpus['indented dashes, comments everywhere'] ?? ''
    const path = ['spack', 'config', 'install_tree', 'padded_length']
    expect(changedLines(text, edited(text, { kind: 'set', path, value: 256 }))).toEqual([
      '-            padded_length: 128',
      '+            padded_length: 256',
    ])
    const quoted = edited('a: \'x\' # c\nb: "y"\n', { kind: 'set', path: ['a'], value: 'z' })
    expect(edited(quoted, { kind: 'set', path: ['b'], value: 'w' })).toBe('a: \'z\' # c\nb: "w"\n')
  })

  it('makes the mappings on the way, indented as the file is', () => {
    const path = ['spack', 'config', 'install_tree', 'padded_length']
    expect(
      edited('spack:\n    view: {default: {root: x}}\n    mirrors:\n        a: b\n', { kind: 'set', path, value: 64 }),
    ).toBe(
      'spack:\n    view: {default: {root: x}}\n    mirrors:\n        a: b\n    config:\n        install_tree:\n            padded_length: 64\n',
    )
    expect(edited('spack: {specs: []}', { kind: 'set', path, value: 64 })).toBe(
      'spack: {specs: [], config: {install_tree: {padded_length: 64}}}',
    )
  })

  it('unfolds a mirror of one line, and folds one of many', () => {
    const url = { url: 'oci://h/x', signed: false }
    const set = (value: YamlChange & { kind: 'set' } extends { value: infer V } ? V : never): YamlChange => ({
      kind: 'set',
      path: ['mirrors', 'm'],
      value,
    })
    const long = edited('mirrors:\n  m: oci://h/x # mine\n  n: y\n', set(url))
    expect(long).toBe('mirrors:\n  m: # mine\n    url: oci://h/x\n    signed: false\n  n: y\n')
    expect(edited(long, set('oci://h/x'))).toBe('mirrors:\n  m: oci://h/x # mine\n  n: y\n')
  })

  it('writes and unwrites the second colon', () => {
    const replaces = (on: boolean): YamlChange => ({ kind: 'replaces', path: ['spack', 'mirrors'], replaces: on })
    expect(edited('spack:\n  mirrors: # c\n    a: b\n', replaces(true))).toBe('spack:\n  mirrors:: # c\n    a: b\n')
    expect(edited('spack:\n  mirrors::\n    a: b\n', replaces(false))).toBe('spack:\n  mirrors:\n    a: b\n')
    expect(
      edited('spack:\n  mirrors::\n    a: b\n', { kind: 'set', path: ['spack', 'mirrors', 'c'], value: 'd' }),
    ).toBe('spack:\n  mirrors::\n    a: b\n    c: d\n')
  })
})

describe('what cannot be changed safely', () => {
  const refused: readonly (readonly [why: string, text: string, change: YamlChange, words: RegExp])[] = [
    ['an alias', 'l: &l [a]\nspack:\n  specs: *l\n', add('b'), /spack\.yaml:3:10: .*alias \*l/],
    ['an anchor', 'spack:\n  specs: &l\n  - a\n  x: *l\n', add('b'), /:3:3: .*anchor &l/],
    ['both spellings of a key', 'a: 1\na::  2\n', { kind: 'set', path: ['a'], value: 3 }, /a is there twice/],
    [
      'a text for a mapping',
      'config:\n  install_tree: /x\n',
      { kind: 'set', path: ['config', 'install_tree', 'root'], value: 1 },
      /2:17: expected a mapping/,
    ],
    ['what comes by a merge', 'a: &a {x: 1}\nb:\n  <<: *a\n', { kind: 'remove', path: ['b', 'x'] }, /no b:x/],
    ['what an alias needs', 'a:\n  x: &x 1\n  y: 2\nb: *x\n', { kind: 'remove', path: ['a', 'x'] }, /2:|anchor &x/],
  ]
  it.each(refused)('is refused with its line: %s', (_, text, change, words) => {
    expect(() => edited(text, change)).toThrow(words)
  })

  it.each([
    ['a key twice', 'spack:\n  view: true\n  view: false\n', /spack\.yaml:3:3: view is there twice, first in line 2/],
    ['tabs', 'spack:\n\tspecs: []\n', /spack\.yaml:2:1: Tabs/],
    ['two documents', 'a: 1\n---\nb: 1\n', /spack\.yaml:2:1: .*a second document/],
    ['a list', '- a\n', /expected a mapping/],
  ])('is not opened: %s', (_, text, words) => {
    expect(() => openYaml(text, 'spack.yaml')).toThrow(words)
  })
})

describe('any sequence of edits', () => {
  const word = fc.constantFrom('zlib', 'hdf5 +mpi', '%gcc', 'a: b', 'yes', 'x # y', '[', "it's", 'b@1.2:1.3', 'ünï, z')
  const key = fc.constantFrom('mirrors', 'view', 'config', 'zz', 'a', 'install_tree')
  const path = fc.array(key, { minLength: 1, maxLength: 3 }).map((keys) => ['spack', ...keys])
  const value = fc.oneof(
    word,
    fc.boolean(),
    fc.nat(300),
    fc.record({ url: word, signed: fc.boolean() }),
    fc.array(word, { maxLength: 2 }),
  )
  const change: fc.Arbitrary<YamlChange> = fc.oneof(
    word.map(add),
    fc.nat(4).map(drop),
    fc.record({ kind: fc.constant('set' as const), path, value }),
    fc.record({ kind: fc.constant('remove' as const), path }),
    fc.record({ kind: fc.constant('replaces' as const), path, replaces: fc.boolean() }),
  )
  const start = fc
    .constantFrom(...Object.values(corpus))
    .chain((text) =>
      fc.constantFrom(text, text.replaceAll(/\r?\n/g, '\r\n'), `\ufeff${text.replace('\ufeff', '')}`, text.trimEnd()),
    )

  it('is undone to the same bytes, and leaves every comment that it does not remove', () => {
    let made = 0
    fc.assert(
      fc.property(start, fc.array(change, { minLength: 1, maxLength: 6 }), (text, changes) => {
        let yaml: EditableYaml = openYaml(text, 'f')
        const comments: readonly string[] = text.match(/#.*/g) ?? []
        for (const one of changes) {
          const before = yaml
          try {
            const { yaml: after, splices } = changeYaml(before, one)
            // Only what lies in a splice is different.
            expect(applySplices(after.text, inverseSplices(before.text, splices))).toBe(before.text)
            if (one.kind === 'append') {
              for (const comment of comments.filter((one) => before.text.includes(one))) {
                expect(after.text).toContain(comment)
              }
            }
            yaml = after
            made += 1
          } catch (error) {
            if (!(error instanceof Error && /^(edit-refused)$/.test(String((error as { code?: unknown }).code))))
              throw error
          }
        }
      }),
      { numRuns: 600 },
    )
    expect(made).toBeGreaterThan(400)
  })

  it('adds a root and takes it away again, and the file is what it was', () => {
    fc.assert(
      fc.property(start, word, (text, spec) => {
        const yaml = openYaml(text, 'f')
        const spack = yaml.data.spack
        const roots = typeof spack === 'object' && spack !== null && 'specs' in spack ? spack.specs : undefined
        const count = Array.isArray(roots) ? roots.length : 0
        fc.pre(count > 0)
        expect(edited(text, add(spec), drop(count))).toBe(text)
      }),
      { numRuns: 300 },
    )
  })
})
