import { describe, expect, it } from 'vitest'
import { withOwnSpecAlone } from '../../../main/spack/spec/own-spec.ts'

const own = { name: 'vim', parameters: { 'a "quoted] name': '}\\"]{' }, dependencies: [{ hash: 'b' }], hash: 'a' }
const needed = { name: 'zlib', parameters: { patches: ['[', '"', '\\'] }, dependencies: [], hash: 'b' }
const before = {
  architecture: 'amd64',
  rootfs: { diff_ids: ['x', 'y'] },
  config: { Labels: { spec: '{"nodes":[1,2]}' } },
}
const after = { buildcache_layout_version: 2, archive_size: 1.5e3, signed: false }
const config = (nodes: readonly unknown[]) => ({ ...before, spec: { _meta: { version: 4 }, nodes }, ...after })

const cut = (text: string): unknown => JSON.parse(withOwnSpecAlone(Buffer.from(text)).toString('utf8'))

describe('a config with its own spec alone', () => {
  it.each([
    ['as Spack writes it', JSON.stringify(config([own, needed, needed]))],
    ['with spaces and line ends', JSON.stringify(config([own, needed, needed]), undefined, '\t')],
    ['with bytes beyond ASCII', JSON.stringify(config([own, { ...needed, name: 'zlib-ö-€-𝄞' }]))],
    ['that holds no dependencies', JSON.stringify(config([own]))],
  ])('is the config without the dependencies: %s', (_, text) => {
    expect(cut(text)).toEqual(config([own]))
  })

  it('does not copy the specs that it leaves out', () => {
    const many = JSON.stringify(config([own, ...Array.from({ length: 1000 }, () => needed)]))
    expect(withOwnSpecAlone(Buffer.from(many)).toString()).toBe(JSON.stringify(config([own])))
  })

  it.each([
    ['an image that is no package', JSON.stringify(before)],
    ['nodes that are no list', '{"spec":{"nodes":{"a":[1,2]}}}'],
    ['an empty list', '{"spec":{"nodes":[]},"os":"linux"}'],
    ['an empty object', '{}'],
    ['a list', '[{"spec":{"nodes":[1,2]}}]'],
    ['a spec somewhere else', '{"config":{"spec":{"nodes":[1,2]}}}'],
    ['nothing', ''],
  ])('is left as it is: %s', (_, text) => {
    expect(withOwnSpecAlone(Buffer.from(text)).toString()).toBe(text)
  })

  it('is no JSON wherever the config was cut off', () => {
    const whole = JSON.stringify(config([own, needed]))
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => cut(whole.slice(0, length)), `${length} bytes`).toThrow(SyntaxError)
    }
  })
})
