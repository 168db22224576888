import { describe, expect, it } from 'vitest'
import { mergeIndex, parseIndex } from '../../../main/buildcache/index-database.ts'
import type { SpecDocument } from '../../../main/spack/spec/document.ts'

function document(version: number, ...nodes: readonly Record<string, unknown>[]): SpecDocument {
  return { spec: { _meta: { version }, nodes: nodes as SpecDocument['spec']['nodes'] } }
}
const needs = (...hashes: string[]) => ({ dependencies: hashes.map((hash) => ({ name: hash, hash })) })
const a = { name: 'a', hash: 'a', compiler: { name: 'gcc', version: '12.2.0' }, ...needs('b') }
const b = { name: 'b', hash: 'b', compiler: { name: 'gcc', version: '12.2.0' } }
const modern = { name: 'm', hash: 'm', annotations: { original_specfile_version: 5 } }

describe('merging an index', () => {
  it('holds the packages and what they need, counts references, and marks what the cache has', () => {
    const index = mergeIndex(undefined, [document(4, a, b)])
    expect(index.version).toBe('7')
    expect(index.installs).toEqual({
      a: { spec: a, ref_count: 0, in_buildcache: true },
      b: { spec: b, ref_count: 1, in_buildcache: false },
    })
  })

  it('keeps what it knows, in whatever order it is told, and lets go of what nothing reaches', () => {
    const both = mergeIndex(undefined, [document(4, b), document(4, a, b)])
    expect(both).toEqual(mergeIndex(undefined, [document(4, a, b), document(4, b)]))
    expect(mergeIndex(both, ['a', 'b'])).toEqual(both)
    expect(Object.keys(mergeIndex(both, ['b']).installs)).toEqual(['b'])
  })

  it('writes older nodes in the newer form where newer ones are', () => {
    const index = mergeIndex(mergeIndex(undefined, [document(4, a, b)]), ['a', 'b', document(5, modern)])
    expect(index.version).toBe('8')
    const { compiler: _, ...rest } = a
    const annotations = { original_specfile_version: 4, compiler: 'gcc@=12.2.0' }
    expect(index.installs.a?.spec).toEqual({ ...rest, annotations })
    expect(index.installs.m?.spec).toEqual(modern)
  })

  it("keeps an index's own version when only older packages are added", () => {
    const before = parseIndex(Buffer.from(JSON.stringify({ database: { version: '8', installs: {} } })))
    expect(mergeIndex(before, [document(4, b)]).version).toBe('8')
  })
})

it.each([
  ['oops', 'database-invalid'],
  ['{}', 'database-invalid'],
  ['{"database":{"version":"10","installs":{}}}', 'database-too-new'],
])('refuses %s', (text, code) => {
  expect(() => parseIndex(Buffer.from(text))).toThrow(expect.objectContaining({ code }))
})

it('takes a version that is a number, and keys that it does not know', () => {
  const text = '{"database":{"version":7,"more":1,"installs":{"b":{"spec":{"name":"b","hash":"b"},"odd":true}}}}'
  expect(parseIndex(Buffer.from(text))).toMatchObject({ version: '7', more: 1, installs: { b: { odd: true } } })
})
