import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { editYaml, type YamlEdit } from '../../../../main/spack/edit/edits.ts'
import type { MirrorSettings } from '../../../../main/spack/edit/mirrors.ts'
import { specEntries } from '../../../../main/spack/edit/specs.ts'
import { openYaml } from '../../../../main/spack/edit/yaml-text.ts'
import { clean } from '../../../../main/support/redact.ts'
import { corpus } from './corpus.ts'

function edit(
  text: string,
  change: YamlEdit,
  version: string | undefined = '1.1.0',
  base: readonly string[] = ['spack'],
): string {
  return editYaml(openYaml(text, 'spack.yaml'), change, { base, version }).text
}

const text = (name: string): string => corpus[name] ?? ''
const add = (name: string, settings: MirrorSettings, only = false): YamlEdit => ({
  kind: 'add-mirror',
  name,
  settings,
  only,
})
const oci = 'oci://ghcr.io/me/cache'

describe('roots', () => {
  it('are found as they stand, with other blanks, and by a name that only one has', () => {
    const file = 'spack:\n  specs:\n  - hdf5 +mpi ^mpich\n  - zlib@1.2\n  - builtin.cmake\n'
    const removed = (spec: string): unknown => parse(edit(file, { kind: 'remove-specs', specs: [spec] }))
    expect(removed('hdf5+mpi  ^mpich')).toEqual({ spack: { specs: ['zlib@1.2', 'builtin.cmake'] } })
    expect(removed('zlib')).toEqual({ spack: { specs: ['hdf5 +mpi ^mpich', 'builtin.cmake'] } })
    expect(removed('cmake')).toEqual({ spack: { specs: ['hdf5 +mpi ^mpich', 'zlib@1.2'] } })
  })

  it('are changed in their place, with their comment', () => {
    const changed = edit(text('indented dashes, comments everywhere'), {
      kind: 'change-spec',
      from: 'libelf',
      to: 'libelf@0.8',
    })
    expect(changed).toContain("      - 'libelf@0.8'   # in quotes\n")
  })

  it('are shown with what they unfold from', () => {
    const entries = specEntries(openYaml(text('definitions and a matrix'), 'f'), ['spack'])
    expect(entries.map(({ kind, place }) => [kind, place.line])).toEqual([
      ['matrix', 10],
      ['spec', 15],
      ['definition', 16],
    ])
    expect(specEntries(openYaml(text('groups'), 'f'), ['spack']).map(({ kind, text }) => [kind, text])).toEqual([
      ['group', 'compilers'],
      ['group', 'apps'],
      ['spec', 'cmake'],
    ])
  })

  const refused: readonly (readonly [why: string, file: string, change: YamlEdit, words: RegExp])[] = [
    [
      'one that is there',
      'the tutorial',
      { kind: 'add-specs', specs: ['py-numpy'] },
      /spack\.yaml:5:5: py-numpy is a root already/,
    ],
    [
      'one of a definition',
      'definitions and a matrix',
      { kind: 'remove-specs', specs: ['zlib'] },
      /spack\.yaml:4:5: zlib comes from the definition libs/,
    ],
    [
      'one of a matrix',
      'definitions and a matrix',
      { kind: 'remove-specs', specs: ['$^compilers'] },
      /spack\.yaml:10:5: .* a matrix/,
    ],
    [
      'one of a group',
      'groups',
      { kind: 'change-spec', from: 'hdf5', to: 'x' },
      /spack\.yaml:6:5: hdf5 comes from the group apps/,
    ],
    ['one that is not there', 'the tutorial', { kind: 'remove-specs', specs: ['py-nunpy'] }, /py-nunpy is not a root/],
    ['what is no spec', 'the tutorial', { kind: 'add-specs', specs: ['-x'] }, /is not a spec/],
    ['what Spack cannot read', 'the tutorial', { kind: 'add-specs', specs: ['zlib pic=$x'] }, /cannot read pic=\$x/],
    ['what names no package', 'the tutorial', { kind: 'add-specs', specs: ['+mpi'] }, /it names none/],
    [
      'a view with more than a folder',
      'definitions and a matrix',
      { kind: 'set-view', view: false },
      /spack\.yaml:17:3: the view has settings of its own/,
    ],
    ['one of two of a name', 'no specs', { kind: 'remove-specs', specs: ['a'] }, /a is not a root/],
  ]
  it.each(refused)('are refused with their line: %s', (_, file, change, words) => {
    expect(() => edit(text(file), change)).toThrow(words)
  })

  it('says what was meant', () => {
    expect(() => edit(text('the tutorial'), { kind: 'remove-specs', specs: ['py-nunpy'] })).toThrow(
      expect.objectContaining({ hint: 'Did you mean py-numpy?', code: 'edit-refused' }),
    )
    expect(() => edit('spack:\n  specs: [z@1, z@2]\n', { kind: 'remove-specs', specs: ['z'] })).toThrow(
      /z could be z@1 and z@2/,
    )
  })
})

describe('mirrors', () => {
  const empty = 'spack:\n  specs: []\n'

  it('may lie in a folder with blanks in its name, and have no blank in a URL', () => {
    expect(edit(empty, add('c', { url: '/mnt/my cache' }))).toBe(`${empty}  mirrors:\n    c: /mnt/my cache\n`)
    for (const url of ['oci://h/my cache', 'oci://h/c ', '/mnt/c ', '']) {
      expect(() => edit(empty, add('c', { url }))).toThrow(/is not a URL or a path/)
    }
  })

  it('are written as short as can be', () => {
    expect(edit(empty, add('c', { url: oci }))).toBe(`${empty}  mirrors:\n    c: ${oci}\n`)
    expect(edit('mirrors: {}\n', add('c', { url: oci, signed: false }), '1.1.0', [])).toBe(
      `mirrors:\n  c:\n    url: ${oci}\n    signed: false\n`,
    )
    expect(edit('', add('c', { fetch: 'https://x', push: 's3://y' }), undefined, [])).toBe(
      'mirrors:\n  c:\n    fetch: https://x\n    push: s3://y\n',
    )
  })

  it('are the only ones with a second colon', () => {
    expect(edit(empty, add('c', { url: oci }, true))).toBe(`${empty}  mirrors::\n    c: ${oci}\n`)
    expect(edit(text('the tutorial'), add('c', { url: oci }, true))).toContain(
      `  mirrors::\n    c: ${oci}\n    local-buildcache: /tmp/buildcache\n`,
    )
  })

  it.each([
    ['a block', 'mirrors: # all\n  # ours\n  a: x # own\n', `mirrors: # all\n  c: ${oci}\n  # ours\n  a: x # own\n`],
    ['braces', 'mirrors: { a: x }\n', `mirrors: { c: ${oci}, a: x }\n`],
    ['braces over lines', 'mirrors: { # all\n  a: x,\n}\n', `mirrors: { # all\n  c: ${oci},\n  a: x,\n}\n`],
    ['no final newline', 'mirrors:\n  a: x', `mirrors:\n  c: ${oci}\n  a: x`],
  ])('come before the others, which Spack asks in their order: %s', (_, before, after) => {
    const now = edit(before, add('c', { url: oci }), undefined, [])
    expect(now).toBe(after)
    expect(edit(now, { kind: 'remove-mirror', name: 'c' }, undefined, [])).toBe(before)
  })

  it('have the login that their Spack reads', () => {
    const login = (mine: MirrorSettings['login'], version: string): string =>
      edit(empty, add('c', { url: oci, login: mine }), version).split(`${oci}\n`)[1] ?? ''
    expect(login({ id: 'me', secret: 'pa55w0rd' }, '0.22.5')).toBe('      access_pair: [me, pa55w0rd]\n')
    expect(clean('pa55w0rd')).toBe('***')
    const pair = '      access_pair:\n        id: me\n        secret_variable: TOKEN\n'
    expect(login({ id: 'me', secretVariable: 'TOKEN' }, '1.1.0')).toBe(pair)
    expect(login({ id: 'me', secretVariable: 'TOKEN' }, '0.23.1')).toBe(pair)
    expect(login({ idVariable: 'WHO', secretVariable: 'TOKEN' }, '1.1.0')).toContain('id_variable: WHO')
    expect(login({ tokenVariable: 'T' }, '1.1.0')).toBe('      access_token_variable: T\n')
    expect(() => login({ id: 'me', secretVariable: 'TOKEN' }, '0.22.5')).toThrow(
      /Spack 0\.22\.5 reads .* from its file alone/,
    )
    expect(() => login({ id: 'me', secret: 'pa55w0rd' }, '1.1.0')).toThrow(/from environment variables/)
    expect(() => login({ id: 'me', idVariable: 'A', secretVariable: 'B' }, '1.1.0')).toThrow(/a login needs/)
    expect(() => login({ id: 'me', secretVariable: 'not a name' }, '1.1.0')).toThrow(
      /not the name of an environment variable/,
    )
  })

  it('change by what is set, and keep the rest with its comments', () => {
    const file = text('mirrors of every form')
    const set = (name: string, settings: MirrorSettings): string => edit(file, { kind: 'set-mirror', name, settings })
    expect(set('short', { url: 'oci://h/new' })).toBe(
      file.replace('short: oci://ghcr.io/me/cache', 'short: oci://h/new'),
    )
    expect(set('short', { signed: false })).toBe(
      file.replace('short: oci://ghcr.io/me/cache', 'short:\n      url: oci://ghcr.io/me/cache\n      signed: false'),
    )
    expect(set('split', { autopush: false, push: 's3://other' })).toBe(
      file.replace('autopush: true', 'autopush: false').replace('s3://bucket/cache', 's3://other'),
    )
    const token = parse(set('long', { login: { tokenVariable: 'T' } })) as {
      spack: { 'mirrors:': Record<string, unknown> }
    }
    expect(token.spack['mirrors:'].long).toEqual({
      url: 'oci://ghcr.io/me/long',
      signed: false,
      access_token_variable: 'T',
    })
  })

  it('that are read and pushed apart get one URL again, and keep what else is said of a direction', () => {
    const file = text('mirrors of every form')
    const set = (name: string, settings: MirrorSettings): string => edit(file, { kind: 'set-mirror', name, settings })
    expect(set('split', { url: 's3://one' })).toBe(
      file
        .replace('      fetch: https://example.org/cache\n', '')
        .replace('        url: s3://bucket/cache\n', '')
        .replace('      autopush: true\n', '      autopush: true\n      url: s3://one\n'),
    )
    expect(set('split', { url: 's3://one', push: 's3://two' })).toBe(
      file
        .replace('      fetch: https://example.org/cache\n', '')
        .replace('s3://bucket/cache', 's3://two')
        .replace('      autopush: true\n', '      autopush: true\n      url: s3://one\n'),
    )
  })

  it('lose their login where they stand, that of a direction too, and nothing else', () => {
    const file = text('mirrors of every form')
    const without = (name: string, version?: string): string =>
      edit(file, { kind: 'set-mirror', name, settings: { login: 'none' } }, version)
    expect(without('long')).toBe(
      file.replace('      access_pair:\n        id: me\n        secret_variable: TOKEN\n', ''),
    )
    expect(without('old', '0.22.5')).toBe(file.replace('      access_pair: [me, hunter2-in-a-file]   # careful\n', ''))
    expect(without('split')).toBe(file.replace('        access_token_variable: T\n', ''))
    expect(without('short')).toBe(file)
    const moved = { kind: 'set-mirror', name: 'split', settings: { url: 's3://one', login: 'none' } } as const
    expect(parse(edit(file, moved)).spack['mirrors:'].split).toEqual({ autopush: true, url: 's3://one' })
  })

  it('are taken out, the last one too', () => {
    const one = edit(text('the tutorial'), { kind: 'remove-mirror', name: 'local-buildcache' })
    expect(one).toBe(
      text('the tutorial').replace('  mirrors:\n    local-buildcache: /tmp/buildcache\n', '  mirrors: {}\n'),
    )
  })

  it('give their secrets to a variable, or to nobody', () => {
    const file = text('mirrors of every form')
    const hidden = edit(file, { kind: 'hide-secrets', name: 'old', variable: 'GHCR' })
    expect(hidden).toBe(
      file.replace(
        'access_pair: [me, hunter2-in-a-file]   # careful',
        'access_pair:   # careful\n        id: me\n        secret_variable: GHCR',
      ),
    )
    expect(edit(file, { kind: 'hide-secrets', name: 'old' }, '0.22.5')).toBe(
      file.replace('      access_pair: [me, hunter2-in-a-file]   # careful\n', ''),
    )
    expect(() => edit(file, { kind: 'hide-secrets', name: 'old', variable: 'G' }, '0.22.5')).toThrow(
      /from its file alone/,
    )
    expect(() => edit(file, { kind: 'hide-secrets', name: 'long', variable: 'G' })).toThrow(
      /no password or token of long/,
    )
    const token = edit(
      'mirrors:\n  t: {url: s3://b, push: {access_token: abcdef}}\n',
      { kind: 'hide-secrets', name: 't', variable: 'T' },
      '1.0.0',
      [],
    )
    expect(parse(token)).toEqual({ mirrors: { t: { url: 's3://b', push: { access_token_variable: 'T' } } } })
  })

  it.each([
    [
      'a name twice',
      add('local-buildcache', { url: oci }),
      /spack\.yaml:12:5: there is a mirror local-buildcache already/,
    ],
    ['an odd name', add('a b', { url: oci }), /not a name for a mirror/],
    ['a password in its URL', add('c', { url: 'https://me:s3cr3t@h/x' }), /there is a password in the URL/],
    [
      'one that is not there',
      { kind: 'set-mirror', name: 'x', settings: { signed: false } } as const,
      /there is no mirror x/,
    ],
    ['one to remove that is not there', { kind: 'remove-mirror', name: 'x' } as const, /there is no mirror x/],
  ])('are refused: %s', (_, change, words) => {
    expect(() => edit(text('the tutorial'), change)).toThrow(words)
  })
})

describe('an edit and its opposite', () => {
  const shapes = Object.entries(corpus).flatMap(([name, file]) => [
    [name, file] as const,
    [`${name}, with carriage returns`, file.replaceAll(/\r?\n/g, '\r\n')] as const,
    [
      `${name}, with a byte order mark and no last line break`,
      `\ufeff${file.replace('\ufeff', '').trimEnd()}`,
    ] as const,
  ])
  const dataOf = (file: string): Record<string, unknown> => openYaml(file, 'f').data.spack as Record<string, unknown>
  const has = (file: string, section: string): boolean => {
    const value = Object.entries(dataOf(file) ?? {}).find(([key]) => key.replace(/:$/, '') === section)?.[1]
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0
  }
  const mirrorsOf = (file: string): readonly (readonly [name: string, value: string | Record<string, unknown>])[] => {
    const { mirrors, 'mirrors:': only } = dataOf(file) ?? {}
    return Object.entries((mirrors ?? only ?? {}) as Record<string, string | Record<string, unknown>>)
  }
  /** The section that has to have something in it before: else it is left empty, as `specs: []` or `mirrors: {}`. */
  const pairs: Readonly<Record<string, readonly [section: string, there: YamlEdit, back: YamlEdit]>> = {
    roots: [
      'specs',
      { kind: 'add-specs', specs: ['zz@1.2:', 'zy'] },
      { kind: 'remove-specs', specs: ['zz@1.2:', 'zy'] },
    ],
    mirror: ['mirrors', add('zz', { url: oci, signed: false }), { kind: 'remove-mirror', name: 'zz' }],
    padding: ['config', { kind: 'set-padding', length: 77 }, { kind: 'set-padding', length: 0 }],
  }
  it.each(Object.entries(pairs))('give the same bytes in every shape of file: %s', (_, [section, there, back]) => {
    let same = 0
    for (const [name, file] of shapes) {
      const after = edit(file, there)
      expect(after, name).not.toBe(file)
      const undone = edit(after, back)
      // A value that was there before is not put back by taking one away.
      const kept = section !== 'config' || !file.includes('padded_length')
      if (has(file, section) && kept) {
        expect(undone, name).toBe(file)
        same += 1
      } else expect(edit(edit(undone, there), back), name).toBe(undone)
    }
    expect(same).toBeGreaterThan(2)
  })

  it.each<[string, (file: string) => readonly [there: YamlEdit, back: YamlEdit] | undefined]>([
    [
      'a root that changes',
      (file) => {
        const root = specEntries(openYaml(file, 'f'), ['spack']).find(({ kind }) => kind === 'spec')?.text
        if (root === undefined) return undefined
        return [
          { kind: 'change-spec', from: root, to: 'zz@1' },
          { kind: 'change-spec', from: 'zz@1', to: root },
        ]
      },
    ],
    [
      'a view that is off and on',
      (file) => {
        const { view } = dataOf(file) ?? {}
        if (typeof view !== 'boolean') return undefined
        return [
          { kind: 'set-view', view: './zz' },
          { kind: 'set-view', view },
        ]
      },
    ],
    [
      'another URL of a mirror',
      (file) => {
        const [name, url] = mirrorsOf(file)[0] ?? []
        if (name === undefined || typeof url !== 'string') return undefined
        return [
          { kind: 'set-mirror', name, settings: { url: 's3://zz' } },
          { kind: 'set-mirror', name, settings: { url } },
        ]
      },
    ],
    [
      'a mirror that is read and pushed apart, and at one place again',
      (file) => {
        const [name, value] = mirrorsOf(file).find(([, one]) => typeof one === 'object' && 'url' in one) ?? []
        if (name === undefined || typeof value !== 'object') return undefined
        const url = String(value.url)
        return [
          { kind: 'set-mirror', name, settings: { fetch: 'https://zz', push: 's3://zz' } },
          { kind: 'set-mirror', name, settings: { url } },
        ]
      },
    ],
    [
      'a login of a mirror that has none',
      (file) => {
        const isOpen = (one: unknown): boolean => typeof one === 'object' && !JSON.stringify(one).includes('access_')
        const [name] = mirrorsOf(file).find(([, one]) => isOpen(one)) ?? []
        if (name === undefined) return undefined
        return [
          { kind: 'set-mirror', name, settings: { login: { id: 'me', secretVariable: 'ZZ' } } },
          { kind: 'set-mirror', name, settings: { login: 'none' } },
        ]
      },
    ],
    [
      'the second colon of mirrors',
      (file) => {
        if (!has(file, 'mirrors')) return undefined
        const only = 'mirrors:' in dataOf(file)
        return [
          { kind: 'only-mirrors', only: !only },
          { kind: 'only-mirrors', only },
        ]
      },
    ],
  ])('give the same bytes in every shape of file that has one: %s', (_, pairOf) => {
    let same = 0
    for (const [name, file] of shapes) {
      const pair = pairOf(file)
      if (!pair) continue
      const after = edit(file, pair[0])
      expect(after, name).not.toBe(file)
      expect(edit(after, pair[1]), name).toBe(file)
      same += 1
    }
    expect(same).toBeGreaterThan(2)
  })
})

describe('a manifest of old, whose one key is env', () => {
  it('gets no second key beside it', () => {
    for (const change of [{ kind: 'add-specs', specs: ['b'] }, add('m', { url: oci })] as const) {
      expect(() => edit('# old\nenv:\n  specs: [a]\n', change)).toThrow(
        expect.objectContaining({
          code: 'edit-refused',
          message: 'spack.yaml:2:1: there is env: and no spack:, below which the settings are',
        }),
      )
    }
  })
})

describe('single settings', () => {
  it('set and take away the padding, also where the store was a path alone', () => {
    const padded = edit('spack:\n  specs: []\n', { kind: 'set-padding', length: 128 })
    expect(padded).toBe('spack:\n  specs: []\n  config:\n    install_tree:\n      padded_length: 128\n')
    expect(edit(padded, { kind: 'set-padding', length: 0 })).toContain('install_tree: {}\n')
    expect(edit('config:\n  install_tree: /x # here\n', { kind: 'set-padding', length: 64 }, '0.22.5', [])).toBe(
      'config:\n  install_tree: # here\n    root: /x\n    padded_length: 64\n',
    )
  })

  it('set the view', () => {
    expect(edit('spack:\n  view: true # on\n', { kind: 'set-view', view: false })).toBe('spack:\n  view: false # on\n')
    expect(edit('spack:\n  view: {default: {root: x}}\n', { kind: 'set-view', view: './v' })).toBe(
      'spack:\n  view: ./v\n',
    )
  })
})

describe('a spack.yaml of 2,000 roots', () => {
  it('is edited in well under a blink', () => {
    const roots = Array.from({ length: 2000 }, (_, i) => `  - package-${i}@1.${i} +shared ^dep@2\n`).join('')
    const file = `spack:\n  specs:\n${roots}  view: true\n`
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now()
      edit(file, { kind: 'add-specs', specs: ['new@1'] })
      return performance.now() - start
    })
    // 30 ms on an idle core; the bound is for a machine that has other work.
    expect(Math.min(...times)).toBeLessThan(200)
  })
})
