import { describe, expect, it } from 'vitest'
import { decide, type Facts } from '../../../main/buildcache/push/decide.ts'
import type { ImageLayer } from '../../../main/image/assemble.ts'
import type { BaseImage } from '../../../main/image/base.ts'
import type { ImageManifest } from '../../../main/image/document.ts'
import type { SpecNode } from '../../../main/spack/spec/graph.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const
const node: SpecNode = {
  ...{ hash: 'a'.repeat(32), name: 'a', version: '1', platform: 'linux', os: 'debian12', target: 'x86_64' },
  ...{ edges: [], parameters: {}, raw: {}, specVersion: 4 },
}
const layer: ImageLayer = { digest: digest('1'), size: 1, diffId: digest('2'), title: 'a@1' }
const manifestOf = (...digests: string[]): ImageManifest => ({
  schemaVersion: 2,
  config: { mediaType: '', digest: digest('c'), size: 1 },
  layers: digests.map((one) => ({ mediaType: '', digest: digest(one), size: 1 })),
})
const present = (...digests: string[]): Facts['remote'] => ({
  kind: 'present',
  layer,
  digest: digest('d'),
  config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
  manifest: manifestOf(...digests),
})
const base = (...digests: string[]): BaseImage => ({
  reference: { kind: 'layout', scheme: 'layout', path: '/x', tag: undefined, digest: undefined },
  ...{ digest: digest('b'), architecture: 'amd64', format: 'oci', manifest: manifestOf(...digests) },
  config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
})
const nothing: Facts = {
  ...{ node, installed: true, remote: { kind: 'absent' }, local: undefined, redistributable: undefined },
  ...{ base: undefined, closureSize: () => 1 },
}
const choose = (facts: Partial<Facts>, options: { force?: boolean; private?: boolean } = {}) => {
  const { action, writes } = decide({ ...nothing, ...facts }, { force: false, private: false, ...options })
  return `${action}${writes ? ', written' : ''}`
}

describe('a package', () => {
  it.each<[string, Partial<Facts>, { force?: boolean; private?: boolean }, string]>([
    ['that is installed is built', {}, {}, 'build, written'],
    ['that was packed before is reused', { local: layer }, {}, 'reuse, written'],
    ['that the registry has is present', { remote: present('1'), local: layer }, {}, 'present'],
    ['is present though not installed', { remote: present('1'), installed: false }, {}, 'present'],
    ['that is nowhere is missing', { installed: false }, {}, 'missing'],
    ['not installed is reused from the blob store', { installed: false, local: layer }, {}, 'reuse, written'],
    ['is written again when forced', { remote: present('1'), local: layer }, { force: true }, 'reuse, written'],
    ['is packed again when forced', { remote: present('1') }, { force: true }, 'build, written'],
    ['forced but only there stays', { remote: present('1'), installed: false }, { force: true }, 'present'],
    ['not to be passed on is private', { redistributable: false }, {}, 'private'],
    ['not to be passed on is pushed by choice', { redistributable: false }, { private: true }, 'build, written'],
    ['that is external stays where it is', { node: { ...node, external: {} } }, { force: true }, 'external'],
    ['with a damaged tag is built', { remote: { kind: 'unusable', why: 'broken' } }, {}, 'build, written'],
    ['on the same base is present', { remote: present('9', '1'), base: base('9') }, {}, 'present'],
    ['on another base is written', { remote: present('8', '1'), base: base('9') }, {}, 'present, written'],
    ['without a base gets one', { remote: present('1'), base: base('9') }, {}, 'present, written'],
    ['loses what lay on the base', { remote: present('9', '8', '1'), base: base('9') }, {}, 'present, written'],
    ['keeps its base when none is named', { remote: present('9', '1') }, {}, 'present'],
  ])('%s', (_, facts, options, expected) => {
    expect(choose(facts, options)).toBe(expected)
  })

  it('says why its tag is no good', () => {
    const facts: Facts = { ...nothing, remote: { kind: 'unusable', why: 'its tag holds something else' } }
    expect(decide(facts, { force: false, private: false }).why).toBe('its tag holds something else; to be packed')
  })

  it('does not count layers where the base alone decides', () => {
    const closureSize = () => {
      throw new Error('counted')
    }
    expect(choose({ remote: present('8', '1'), base: base('9'), closureSize })).toBe('present, written')
    expect(choose({ remote: present('1'), closureSize })).toBe('present')
  })
})
