import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ImageDetail, ImageLayer } from '../../../../main/api/catalog.ts'
import { compareDetails, pairLayers } from '../../../../main/buildcache/browse/comparison.ts'

/** `zlib@1.2#a`: a package and which build of it; `base1`: a layer that nobody knows. */
function layer(text: string): ImageLayer {
  const [, name = '', version = ''] = /^([a-z]+)@([^#]+)/.exec(text) ?? []
  const common = { digest: `sha256:${text}`, mediaType: 'tar', bytes: 10, usedBy: [], usedByCount: 0 }
  if (name === '') return { ...common, kind: 'base' }
  return { ...common, kind: 'package', package: { hash: text, name, version } }
}

function image(layers: readonly string[], env: string[] = []): ImageDetail {
  return {
    ...{
      repository: 'oci://host/cache',
      reference: 'host/cache:tag',
      digest: `sha256:${layers.join()}`,
      mediaType: '',
    },
    ...{ kind: 'environment', platforms: [], annotations: {}, packages: [], stack: [], sameDigest: [], referrers: [] },
    layers: layers.map(layer),
    sums: { bytes: 0, uniqueBytes: 0, sharedBytes: 0 },
    config: { env, entrypoint: [], command: [], labels: {}, ports: [] },
    command: '',
  }
}

const shown = (left: readonly string[], right: readonly string[]): string[] =>
  pairLayers(left.map(layer), right.map(layer)).map((pair) => {
    const name = (one: ImageLayer | undefined): string => one?.digest.slice(7) ?? '-'
    return `${pair.change} ${name(pair.left)} ${name(pair.right)}`
  })

describe('layers of two images', () => {
  it('joins equal ones and leaves the others where they lie', () => {
    expect(shown(['base1', 'a@1#x', 'c@1#x'], ['base1', 'b@1#x', 'c@1#x', 'd@1#x'])).toEqual([
      'same base1 base1',
      'removed a@1#x -',
      'added - b@1#x',
      'same c@1#x c@1#x',
      'added - d@1#x',
    ])
  })

  it('joins a package that is there in two forms', () => {
    expect(shown(['base1', 'a@1#x', 'b@1#x'], ['base2', 'a@2#y', 'b@1#x'])).toEqual([
      'removed base1 -',
      'added - base2',
      'changed a@1#x a@2#y',
      'same b@1#x b@1#x',
    ])
  })

  it('joins a layer that has moved, where the right has it', () => {
    expect(shown(['a@1#x', 'b@1#x', 'c@1#x'], ['b@1#x', 'c@1#x', 'a@1#x'])).toEqual([
      'same b@1#x b@1#x',
      'same c@1#x c@1#x',
      'same a@1#x a@1#x',
    ])
  })

  it('shows every layer of both sides once, the right ones in their order', () => {
    const names = ['base1', 'base2', 'a@1#x', 'a@1#y', 'a@2#x', 'b@1#x', 'b@1#y', 'c@1#x', 'd@1#x']
    const stack = fc.shuffledSubarray(names)
    fc.assert(
      fc.property(stack, stack, (left, right) => {
        const pairs = pairLayers(left.map(layer), right.map(layer))
        expect(pairs.flatMap((pair) => pair.right?.digest ?? [])).toEqual(right.map((one) => `sha256:${one}`))
        expect(pairs.flatMap((pair) => pair.left?.digest ?? []).sort()).toEqual(
          left.map((one) => `sha256:${one}`).sort(),
        )
        for (const { change, left: one, right: other } of pairs) {
          expect(change === 'same').toBe(one?.digest === other?.digest)
          expect(change === 'changed').toBe(one !== undefined && other !== undefined && one.digest !== other.digest)
        }
        const both = left.filter((one) => right.includes(one)).length
        expect(pairs.filter((pair) => pair.change === 'same')).toHaveLength(both)
      }),
    )
  })

  it('counts what is merged into one layer as packages', () => {
    const [left, right] = [image(['base1', 'zlib@1.2#a']), image(['base1', 'merged'])]
    const merged = [
      { hash: 'zlib@1.2#a', name: 'zlib', version: '1.2', bytes: 10 },
      { hash: 'less@590#a', name: 'less', version: '590', bytes: 5 },
    ]
    const layers = right.layers.map((one, i) => (i === 1 ? { ...one, kind: 'merged' as const, merged } : one))
    const { packages } = compareDetails(left, { ...right, layers })
    expect(packages.map(({ name, change }) => `${change} ${name}`)).toEqual(['added less', 'same zlib'])
  })

  it('compares two images of fifty thousand layers without taking their square', () => {
    const many = Array.from({ length: 50_000 }, (_, i) => layer(`base${i}`))
    const started = performance.now()
    expect(pairLayers(many, [...many].reverse()).filter((pair) => pair.change === 'same')).toHaveLength(50_000)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('packages, variables and bytes of two images', () => {
  const left = image(['base1', 'a@1#x', 'b@1#x', 'c@1#x', 'e@1#x', 'e@2#x'], ['PATH=/bin', 'A=1', 'GONE=x'])
  const right = image(['base1', 'a@2#x', 'b@1#y', 'c@1#x', 'd@1#x', 'e@2#x'], ['PATH=/bin', 'A=2', 'NEW=a=b'])
  const compared = compareDetails(left, right)

  it('tells another version from another build of the same', () => {
    expect(compared.packages.map(({ name, change }) => `${name} ${change}`)).toEqual([
      'a version',
      'b build',
      'c same',
      'd added',
      'e same',
      'e removed',
    ])
    expect(compared.packages[0]).toMatchObject({ left: { version: '1' }, right: { version: '2', hash: 'a@2#x' } })
  })

  it('names the variables that differ', () => {
    expect(compared.env).toEqual([
      { name: 'A', left: '1', right: '2' },
      { name: 'GONE', left: 'x', right: undefined },
      { name: 'NEW', left: undefined, right: 'a=b' },
    ])
  })

  it('counts each byte on one side', () => {
    expect(compared.sums).toEqual({ sharedBytes: 30, leftBytes: 30, rightBytes: 30 })
  })
})
