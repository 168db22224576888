import { describe, expect, it } from 'vitest'
import type { CatalogRow } from '../../../main/api/catalog.ts'
import { shortTag } from '../../../main/api/format.ts'
import { driftWords } from '../../../renderer/features/registries/CatalogueStatus.tsx'
import { withRows } from '../../../renderer/features/registries/catalogues.ts'
import { nextSorting, sortTags } from '../../../renderer/features/registries/columns.ts'
import { facetOptions, filterTags, toggled } from '../../../renderer/features/registries/facets.ts'
import { comparable } from '../../../renderer/features/registries/image/CompareButton.tsx'
import { hostOf, referenceIn, shortReference } from '../../../renderer/features/registries/names.ts'
import { tagRows } from '../../../renderer/features/registries/rows.ts'
import { demoCache } from '../../support/fake-cache.ts'

const now = Date.UTC(2026, 10, 23)
const day = 24 * 3600 * 1000

function packageRow(name: string, version: string, more: Partial<CatalogRow> & { target?: string } = {}): CatalogRow {
  const { target = 'x86_64', ...rest } = more
  return {
    tag: `${name}-${version}-${'a'.repeat(32)}.spack`,
    kind: 'package',
    read: true,
    package: {
      hash: `${name}${version}`,
      name,
      version,
      compiler: 'gcc@13.2.0',
      target,
      os: 'debian12',
      platform: 'linux',
      variants: '+mpi',
      external: false,
      dependencies: [],
    },
    ...rest,
  }
}

describe('rows of tags', () => {
  it('sort by name and then version, numbers as numbers', () => {
    const rows = tagRows([packageRow('b', '1.0'), packageRow('a', '1.10'), packageRow('a', '1.9')], now)
    const sorted = sortTags(rows, { column: 'name', descending: false })
    expect(sorted.map((r) => `${r.name}@${r.row.package?.version}`)).toEqual(['a@1.9', 'a@1.10', 'b@1.0'])
  })

  it('begin with the largest when a number is sorted by, and turn round at the second press', () => {
    const first = nextSorting({ column: 'name', descending: false }, 'size')
    expect(first).toEqual({ column: 'size', descending: true })
    expect(nextSorting(first, 'size')).toEqual({ column: 'size', descending: false })
    expect(nextSorting(first, 'target')).toEqual({ column: 'target', descending: false })
  })

  it('take a date of 1970 for no age, since images that are built the same every time say so', () => {
    const [row] = tagRows([packageRow('a', '1', { createdAt: 0 })], now)
    expect(row?.values.age).toBe('–')
  })

  it('are made once for a row of the catalogue', () => {
    const source = [packageRow('a', '1')]
    expect(tagRows(source, now)[0]).toBe(tagRows([...source], now)[0])
  })

  it('replace a tag where it stands and put new ones last', () => {
    const old = [packageRow('a', '1'), packageRow('b', '1')]
    const next = withRows(old, [{ ...packageRow('a', '1'), bytes: 5 }, packageRow('c', '1')])
    expect(next.map((r) => [r.package?.name, r.bytes])).toEqual([['a', 5], ['b', undefined], ['c', undefined]]) // biome-ignore format: a table
  })
})

describe('facets', () => {
  const rows = tagRows(
    [
      packageRow('hdf5', '1.14', { target: 'zen4', ownBytes: 5 * 1024 ** 2, createdAt: now - 2 * day }),
      packageRow('hdf5', '1.12', { ownBytes: 500, createdAt: now - 100 * day }),
      packageRow('zlib', '1.3', { target: 'zen4', ownBytes: 500, createdAt: now - 800 * day }),
      { tag: 'tools', kind: 'environment', read: true, platform: 'linux/amd64', bytes: 2 * 1024 ** 3, createdAt: now },
    ],
    now,
  )

  it('narrow by several at once, and any of the values chosen in one', () => {
    const chosen = { name: new Set(['hdf5', 'zlib']), target: new Set(['zen4']) }
    expect(filterTags(rows, '', chosen).rows.map((r) => r.name)).toEqual(['hdf5', 'zlib'])
  })

  it('count what each value would show with the other facets as they are', () => {
    const { counts } = filterTags(rows, '', { target: new Set(['zen4']) })
    expect(Object.fromEntries(counts.name)).toEqual({ hdf5: 1, zlib: 1 })
    expect(Object.fromEntries(counts.target)).toEqual({ zen4: 2, x86_64: 1, 'linux/amd64': 1 })
  })

  it('agree with counting the slow way, whatever is chosen', () => {
    const all = tagRows(
      [...demoCache(now).tags.values()].map((t) => t.row),
      now,
    )
    const chosen = {
      kind: new Set(['package']),
      compiler: new Set(['gcc@13.2.0']),
      age: new Set(['Last week', 'Older']),
    }
    const { counts } = filterTags(all, 'gcc', chosen)
    for (const [value, count] of counts.age) {
      expect(filterTags(all, 'gcc', { ...chosen, age: new Set([value]) }).rows).toHaveLength(count)
    }
    for (const [value, count] of counts.target) {
      expect(filterTags(all, 'gcc', { ...chosen, target: new Set([value]) }).rows).toHaveLength(count)
    }
  })

  it('find a tag by version, variant, hash and kind, every word of them', () => {
    const found = (query: string) => filterTags(rows, query, {}).rows.map((r) => r.row.package?.version ?? r.name)
    expect(found('hdf5@1.14')).toEqual(['1.14'])
    expect(found('+mpi zlib')).toEqual(['1.3'])
    expect(found('/hdf51.12')).toEqual(['1.12'])
    expect(found('ENVIRONMENT')).toEqual(['tools'])
    expect(found('hdf5 zlib')).toEqual([])
  })

  it('stand in the order of their ranges, what is not known last, and keep what is chosen', () => {
    const ages = facetOptions('age', new Map([['–', 3], ['Older', 1], ['Last week', 2]]), new Set(['Last month'])) // biome-ignore format: a table
    expect(ages.map((o) => o.value)).toEqual(['Last week', 'Last month', 'Older', '–'])
    const names = facetOptions('name', new Map([['b', 1], ['a', 1], ['c', 7]]), undefined) // biome-ignore format: a table
    expect(names.map((o) => o.value)).toEqual(['c', 'a', 'b'])
  })

  it('switch a value on and off again', () => {
    const on = toggled({}, 'kind', 'package')
    expect(on.kind).toEqual(new Set(['package']))
    expect(toggled(on, 'kind', 'package').kind).toEqual(new Set())
  })
})

describe('the words about the index', () => {
  const answer = { repository: 'r', unlisted: [], gone: [], command: '', index: { digest: 'sha256:1' } }
  const gone = { hash: 'h', name: 'n', version: '1' }

  it('say in both directions how it differs from the tags', () => {
    const twelve = Array.from({ length: 12 }, (_, i) => `t${i}`)
    expect(driftWords({ answer: { ...answer, unlisted: twelve, gone: [gone, gone, gone] }, rows: [] })).toBe(
      '12 tags are not in the index · 3 in the index are gone',
    )
    expect(driftWords({ answer: { ...answer, unlisted: ['t'], gone: [] }, rows: [] })).toBe('1 tag is not in the index')
    expect(driftWords({ answer: { ...answer, gone: [gone] }, rows: [] })).toBe('1 in the index is gone')
  })

  it('are none when it agrees, or when there are no packages that need one', () => {
    expect(driftWords({ answer, rows: [packageRow('a', '1')] })).toBeUndefined()
    expect(driftWords({ answer: { ...answer, index: undefined }, rows: [{ tag: 't', kind: 'image', read: true }] })).toBeUndefined() // biome-ignore format: one thought
    expect(driftWords({ answer: { ...answer, index: undefined }, rows: [packageRow('a', '1')] })).toContain('no index')
  })
})

describe('names', () => {
  it('become references whatever form a registry gives them', () => {
    const registry = { registry: 'localhost:5000', plainHttp: true }
    for (const name of ['a/b', 'localhost:5000/a/b', 'oci+http://localhost:5000/a/b']) {
      expect(referenceIn(registry, name)).toBe('oci+http://localhost:5000/a/b')
    }
    expect(referenceIn({ registry: 'ghcr.io', plainHttp: false }, 'me/cache')).toBe('oci://ghcr.io/me/cache')
  })

  it('know their host, where there is one', () => {
    expect(hostOf('oci+http://localhost:5000/a')).toBe('localhost:5000')
    expect(hostOf('oci-layout:///tmp/cache')).toBeUndefined()
    expect(hostOf('mirror')).toBeUndefined()
    expect(shortReference('oci://ghcr.io/a')).toBe('ghcr.io/a')
    expect(shortReference('oci+http://localhost/a')).toBe('oci+http://localhost/a')
  })

  it('of tags lose the length of their hash', () => {
    expect(shortTag(`zlib-1.3-${'abcdefgh'.repeat(4)}.spack`)).toBe('zlib-1.3-abcdefg.spack')
    expect(shortTag(`sha256:${'0123456789abcdef'.repeat(4)}`)).toBe('sha256:0123456789ab')
    expect(shortTag('tools')).toBe('tools')
  })
})

describe('what a tag is compared with', () => {
  it('is offered with its own package first, and never itself, a damaged tag or the index', () => {
    const rows: readonly CatalogRow[] = [
      { tag: 'index.spack', kind: 'index', read: true },
      { tag: 'bad.spack', kind: 'damaged', read: true },
      { tag: 'tools', kind: 'environment', read: true },
      packageRow('zlib', '1'),
      packageRow('hdf5', '1'),
      packageRow('hdf5', '2'),
    ]
    const offered = comparable(rows, rows[4]?.tag ?? '', '')
    expect(offered.map((r) => r.package?.version ?? r.tag)).toEqual(['2', '1', 'tools'])
    expect(offered[1]?.package?.name).toBe('zlib')
  })
})
