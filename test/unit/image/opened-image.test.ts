import { describe, expect, it } from 'vitest'
import type { BaseImage } from '../../../main/image/base.ts'
import { compose } from '../../../main/image/compose.ts'
import type { Composition } from '../../../main/image/composition.ts'
import { parseConfig, parseManifest } from '../../../main/image/document.ts'
import { type ImageToOpen, openImage } from '../../../main/image/opened-image.ts'
import { parseReference } from '../../../main/registry/reference.ts'
import { labCache, madeBase, madeComposition, testDigest } from '../../support/composing.ts'

const stack = {
  vim: { needs: ['ncurses'] },
  lua: { needs: ['readline'] },
  readline: { needs: ['ncurses'] },
  ncurses: {},
}
const madeOf = (roots: string[], rest: Partial<Composition> = {}) => madeComposition(stack, { roots, ...rest })

function published(composition: Composition): ImageToOpen {
  const { image, base } = compose(composition)
  const document = parseManifest(image?.manifest.bytes ?? Buffer.of(), 'test')
  if (!image || document.kind === 'index') throw new Error('there is no image')
  const config = parseConfig(image.config.bytes, 'test')
  const { digest } = image.manifest
  const reference = parseReference('ghcr.io/me/cache:tools')
  return { reference, digest, format: base?.format ?? 'oci', manifest: document.manifest, config }
}

function open(image: ImageToOpen, { graph, packages }: Composition, merged: [string, string[]][] = []) {
  const own = [...packages].map(([hash, { layer }]): [string, string[]] => [layer.digest, [hash]])
  return openImage(image, { graph, packages, packagesOf: new Map([...own, ...merged]) })
}

/** The same image composed from what it was found to be made of. */
function again(composition: Composition) {
  const { roots, base, options } = open(published(composition), composition)
  const { graph, packages } = composition
  return compose({ graph, packages, roots, base, options })
}

describe('an image that is opened', () => {
  const history = [
    { created_by: 'base', empty_layer: true },
    { created_by: 'base' },
    { created_by: 'x', empty_layer: true },
  ]
  const bases: [string, BaseImage | undefined][] = [
    ['no base', undefined],
    ['a base', madeBase({ layers: 2, env: ['PATH=/usr/local/bin:/usr/bin:/opt/own', 'LANG=C'] })],
    ['a base with a history', madeBase({ more: { history } })],
    ['a Docker base', madeBase({ format: 'docker' })],
  ]
  it.each(bases)('and composed again on %s is the same to the byte', (_, base) => {
    for (const roots of [
      ['vim', 'lua'],
      ['lua', 'vim'],
    ]) {
      const options = { title: 'Tools', created: '2026-01-01T00:00:00Z' }
      const composition = madeOf(roots, { base, options })
      const found = again(composition)
      expect(found.image?.config.bytes.toString()).toBe(compose(composition).image?.config.bytes.toString())
      expect(found.image?.manifest.bytes.toString()).toBe(compose(composition).image?.manifest.bytes.toString())
    }
  })

  it('tells its packages, its roots and its base’s part', () => {
    const base = madeBase({ layers: 2, env: ['PATH=/usr/bin', 'LANG=C'] })
    const composition = madeOf(['lua', 'vim'], { base })
    const found = open(published(composition), composition)
    expect(found.packages.map((node) => node.name)).toEqual(['ncurses', 'readline', 'lua', 'vim'])
    expect(found.roots).toEqual(['lua', 'vim'])
    expect(found.base?.manifest.layers.map(({ digest }) => digest)).toEqual(['base 0', 'base 1'].map(testDigest))
    expect(found.base?.config.config?.Env).toEqual(['PATH=/usr/bin', 'LANG=C'])
    expect(found.base?.digest).toBe(base.digest)
    expect(found.unknown).toEqual([])
  })

  it('keeps what it does when a root is taken out and another put in', () => {
    const options = { settings: { command: ['vim'], labels: { a: 'b' } }, title: 'Tools' }
    const composition = madeOf(['vim'], { base: madeBase(), options })
    const found = open(published(composition), composition)
    const changed = compose({ ...composition, roots: ['lua'], base: found.base, options: found.options })
    const config = parseConfig(changed.image?.config.bytes ?? Buffer.of(), 'test')
    expect(config.config).toMatchObject({ Cmd: ['vim'], Labels: { a: 'b' } })
    expect(config.config?.Env).toEqual(['PATH=/s/lua/bin:/s/readline/bin:/s/ncurses/bin:/usr/local/bin:/usr/bin:/bin'])
  })

  it('that does not name its base is not said to be based on itself', () => {
    const composition = madeOf(['vim'], { base: madeBase(), options: { baseNamed: false } })
    const found = again(composition)
    expect(JSON.parse(found.image?.manifest.bytes.toString() ?? '')).not.toHaveProperty('annotations')
  })

  it('names layers that it does not know, and knows merged ones that are remembered', () => {
    const composition = madeOf(['vim', 'lua'], { base: madeBase(), options: { squash: true } })
    const key = compose(composition).budget.layers.flatMap((one) => (one.kind === 'merged' ? [one.key] : []))[0]
    if (key === undefined) throw new Error('nothing is merged')
    const layer = { digest: testDigest('all'), size: 7, diffId: testDigest('all tar'), title: 'all' }
    const { image } = compose(composition, new Map([[key, layer]]))
    const document = parseManifest(image?.manifest.bytes ?? Buffer.of(), 'test')
    if (!image || document.kind === 'index') throw new Error('there is no image')
    const config = parseConfig(image.config.bytes, 'test')
    const found = { ...published(madeOf(['vim'])), manifest: document.manifest, config }
    const known = open(found, composition, [[layer.digest, ['ncurses', 'readline', 'vim', 'lua']]])
    expect(known.roots).toEqual(['vim', 'lua'])
    expect(known.base?.manifest.layers).toHaveLength(1)
    const unknown = open(found, composition)
    expect(unknown.packages).toEqual([])
    expect(unknown.base?.manifest.layers).toHaveLength(2)
    const above = {
      ...found.manifest,
      layers: [...published(madeOf(['vim'])).manifest.layers, ...found.manifest.layers.slice(1)],
    }
    const config3 = { ...config, rootfs: { ...config.rootfs, diff_ids: above.layers.map(({ digest }) => digest) } }
    expect(open({ ...found, manifest: above, config: config3 }, composition).unknown).toEqual([
      { position: 2, digest: layer.digest, size: 7 },
    ])
  })

  it('that Spack pushed gives the roots it was pushed for, as far as none needs another', () => {
    const lab = labCache()
    const { manifest, config } = lab.image('tools')
    const found = open(
      {
        reference: parseReference('ghcr.io/me/cache:tools'),
        digest: testDigest('tools'),
        format: 'oci',
        manifest,
        config,
      },
      { ...lab, roots: [] },
    )
    expect(found.base).toBeUndefined()
    const composed = compose({ ...lab, roots: found.roots, base: found.base, options: found.options })
    const layers = composed.packages.map(({ cached }) => cached.layer.digest)
    expect(layers).toEqual(manifest.layers.map(({ digest }) => digest))
  })

  it('whose config and manifest disagree is refused', () => {
    const image = published(madeOf(['vim']))
    const config = { ...image.config, rootfs: { ...image.config.rootfs, diff_ids: [] } }
    expect(() => open({ ...image, config }, madeOf([]))).toThrow('disagree on layers')
  })
})
