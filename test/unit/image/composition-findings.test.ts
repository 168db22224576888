import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../main/api/models.ts'
import { compose } from '../../../main/image/compose.ts'
import type { ComposeOptions, Composition } from '../../../main/image/composition.ts'
import { madeBase, madeCached, madeComposition } from '../../support/composing.ts'
import type { MadePackage } from '../../support/made-graph.ts'

const base = madeBase()

function findings(
  packages: Readonly<Record<string, MadePackage>>,
  roots: string[],
  rest: Partial<Composition> = {},
): readonly Finding[] {
  return compose(madeComposition(packages, { roots, base, ...rest })).findings
}

const target = (name: string): MadePackage => ({ target: name })
const options = (given: ComposeOptions): Partial<Composition> => ({ options: given })

describe('what is said of a composition before it is published', () => {
  it('is nothing when there is nothing to say', () => {
    expect(findings({ vim: { needs: ['ncurses'] }, ncurses: {} }, ['vim'])).toEqual([])
  })

  it('names what the cache lacks, why, and who needs it', () => {
    const graph = { vim: { needs: ['ncurses', 'tcl'] }, lua: { needs: ['ncurses', 'gone:link'] }, ncurses: {}, tcl: {} }
    const cached = new Map(['vim', 'lua'].map((name) => [name, madeCached(name, [], [])]))
    const rest = { packages: cached, unusable: new Map([['tcl', 'the registry has lost its layer']]) }
    const found = findings(graph, ['vim', 'lua'], rest)
    expect(found.map(({ severity, message, hash }) => [severity, message, hash])).toEqual([
      ['problem', 'gone/gone is not in the cache; lua needs it', 'gone'],
      ['problem', 'ncurses@1.0 is not in the cache; lua and vim need it', 'ncurses'],
      ['problem', 'tcl@1.0 in the cache is of no use: the registry has lost its layer; vim needs it', 'tcl'],
    ])
    expect(found[0]?.hint).toContain('leave out')
    const allowed = findings(graph, ['vim', 'lua'], { ...rest, ...options({ allowMissing: true }) })
    expect(new Set(allowed.map((one) => one.severity))).toEqual(new Set(['warning']))
  })

  it('stands in the way when a root is not there, is external, or none is chosen', () => {
    const found = findings({ glibc: { external: true } }, ['glibc', 'abcdefghijk'])
    expect(found.map(({ severity }) => severity)).toEqual(['problem', 'problem'])
    expect(found[1]?.message).toContain('glibc@1.0 in the cache is of no use: it is external')
    expect(found[0]?.message).toContain('/abcdefg is not in the cache')
    expect(findings({}, [])[0]).toMatchObject({ severity: 'problem', message: 'No package is chosen' })
  })

  it('finds specs that need each other in a circle', () => {
    const found = findings({ a: { needs: ['b'] }, b: { needs: ['a'] } }, ['a'])
    expect(found[0]).toMatchObject({
      severity: 'problem',
      message: expect.stringContaining('a@1.0 needs b@1.0 needs a@1.0'),
    })
  })

  it('finds a damaged diff_id', () => {
    const damaged = madeCached('vim', [], [])
    const packages = new Map([['vim', { ...damaged, layer: { ...damaged.layer, diffId: 'nonsense' } }]])
    expect(findings({ vim: {} }, ['vim'], { packages })[0]?.message).toContain(
      'The config of vim@1.0 in the cache is damaged',
    )
  })

  it('finds two versions of a package, and who brings each', () => {
    const graph = { a: { needs: ['zlib-old'] }, 'zlib-old': { version: '1.2' }, 'zlib-new': { version: '1.3' } }
    const [found] = findings(graph, ['a', 'zlib-new'])
    expect(found).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/^zlib is in the image twice: /),
    })
    expect(found?.message).toContain('1.2/zlib-ol (for a)')
    expect(found?.message).toContain('1.3/zlib-ne (chosen)')
  })

  it('finds different systems, architectures and foreign platforms', () => {
    expect(findings({ a: { os: 'debian12' }, b: { os: 'rocky9' } }, ['a', 'b'])[0]).toMatchObject({
      severity: 'warning',
      message: 'The packages were built on different systems: debian12 (a) and rocky9 (b)',
    })
    expect(findings({ a: target('zen2'), b: target('m1') }, ['a', 'b'])[0]).toMatchObject({
      severity: 'problem',
      message: 'The packages are for several architectures: x86_64 (a) and aarch64 (b)',
    })
  })

  it('says which processor is needed, or that there is none for all', () => {
    const [note] = findings({ a: target('x86_64_v3'), b: target('zen4') }, ['a', 'b'])
    expect(note).toMatchObject({ severity: 'note', message: expect.stringContaining('needs a zen4 or better') })
    const [none] = findings({ a: target('skylake'), b: target('zen4') }, ['a', 'b'])
    expect(none).toMatchObject({ severity: 'warning', message: expect.stringContaining('none is known to run all') })
  })

  it('names the packages that are too new for the baseline', () => {
    const graph = { a: target('x86_64'), b: target('zen4'), c: target('zen4'), d: target('quantum') }
    const found = findings(graph, ['a', 'b', 'c'], options({ baseline: 'x86_64_v3' }))
    expect(found.map(({ severity, message, hash }) => [severity, message, hash])).toEqual([
      [
        'warning',
        'b and c are compiled for zen4: on a x86_64_v3 machine they may stop with an illegal instruction',
        'b',
      ],
    ])
    expect(findings(graph, ['a', 'b', 'c'], options({ baseline: 'zen5' }))).toEqual([])
    expect(findings(graph, ['a'], options({ baseline: 'zen99' }))[0]).toMatchObject({ severity: 'note' })
  })

  it('finds a base of another architecture, and says that without a base nothing runs', () => {
    const arm = findings({ a: {} }, ['a'], { base: madeBase({ architecture: 'arm64' }) })
    expect(arm[0]).toMatchObject({
      severity: 'problem',
      message: 'The base image is for arm64, the packages are for amd64',
    })
    expect(findings({ a: {} }, ['a'], { base: undefined })[0]).toMatchObject({ severity: 'note' })
  })

  it('finds media types that Apptainer refuses, until they are made OCI’s', () => {
    const mixed = madeBase({ layerType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' })
    expect(findings({ a: {} }, ['a'], { base: mixed })[0]?.message).toContain('Apptainer refuses that')
    expect(findings({ a: {} }, ['a'], { base: mixed, ...options({ ociForm: true }) })).toEqual([])
    const zstd = madeBase({ layerType: 'application/vnd.oci.image.layer.v1.tar+zstd' })
    expect(findings({ a: {} }, ['a'], { base: zstd })[0]?.message).toContain('zstd')
    const foreign = madeBase({
      format: 'docker',
      layerType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    })
    expect(findings({ a: {} }, ['a'], { base: foreign })[0]?.message).toContain('may not be distributed')
  })

  it('says that a base leaves no room, what is merged, and what docker cannot take', () => {
    const graph = { a: {}, b: {}, c: {} }
    const full = findings(graph, ['a'], { base: madeBase({ layers: 120 }) })
    expect(full[0]).toMatchObject({
      severity: 'problem',
      message: expect.stringContaining('120 layers already, of at most 120'),
    })
    expect(full[0]?.hint).toContain('docker takes 127')
    const merged = findings(graph, ['a', 'b', 'c'], { base: madeBase({ layers: 118 }) })
    expect(merged[0]).toMatchObject({
      severity: 'note',
      message: expect.stringContaining('2 packages of 3 are merged'),
    })
    const many = findings(graph, ['a', 'b', 'c'], { base: madeBase({ layers: 126 }), ...options({ layerLimit: 200 }) })
    expect(many[0]?.message).toBe('The image has 129 layers; docker takes at most 127')
  })

  it('asks to settle variables, and says when nothing is known of a root’s', () => {
    const packages = new Map([
      ['a', madeCached('a', ['EDITOR=a'], [])],
      ['b', madeCached('b', ['EDITOR=b'], [])],
    ])
    const [conflict] = findings({ a: {}, b: {} }, ['a', 'b'], { packages })
    expect(conflict).toMatchObject({ severity: 'warning', message: 'EDITOR is said to be a by a, and b by b' })
    expect(conflict?.hint).toContain('The image gets b.')
    expect(findings({ a: {}, b: {} }, ['a', 'b'], { packages, ...options({ variables: { EDITOR: 'b' } }) })).toEqual([])
    const silent = new Map([['a', madeCached('a', undefined, [])]])
    expect(findings({ a: {} }, ['a'], { packages: silent })[0]?.message).toContain('The environment of a is not known')
  })

  it('says when a root was pushed on another base image', () => {
    const other = new Map([['a', madeCached('a', [], ['another base'])]])
    expect(findings({ a: {} }, ['a'], { packages: other })[0]?.message).toContain('was pushed on another base image')
    const same = new Map([['a', madeCached('a', [], ['base 0'])]])
    expect(findings({ a: {} }, ['a'], { packages: same })).toEqual([])
  })

  it('comes with the gravest first', () => {
    const found = findings({ a: target('x86_64_v3'), b: { target: 'x86_64_v4', os: 'rocky9' } }, ['a', 'b', 'nothing'])
    expect(found.map(({ severity }) => severity)).toEqual(['problem', 'warning', 'note'])
    expect(found.every(({ hint }) => hint !== undefined)).toBe(true)
  })
})
