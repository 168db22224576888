import { describe, expect, it } from 'vitest'
import { ComposeRequest } from '../../../main/api/compose.ts'
import { changeWords, layerNotes, listNames } from '../../../renderer/features/compose/words.ts'
import { layoutStack } from '../../../renderer/features/stack/geometry.ts'
import { gapAt, layersBelow } from '../../../renderer/features/stack/use-stack-edit.ts'
import { demoCache, tallCache } from '../../support/fake-cache.ts'
import { fakePreview } from '../../support/fake-compose.ts'

const cache = demoCache(0)
const compose = (roots: string[], more: object = {}) =>
  fakePreview(ComposeRequest.parse({ repository: 'oci://h/n', roots, ...more }), cache, new Set())

describe('a change in words', () => {
  it('says what was added and how much came along', () => {
    expect(changeWords(compose([]), compose(['vim']))).toBe('vim 9.0.1378 added, 1 package came along')
    expect(changeWords(compose(['vim']), compose(['vim', 'less']))).toBe('less 590 added')
  })

  it('says what was removed, what went with it, and what stays because others need it', () => {
    expect(changeWords(compose(['vim', 'lua']), compose(['vim']))).toBe('lua 5.4.4 removed, 1 package went with it')
    expect(changeWords(compose(['ncurses', 'vim']), compose(['vim']))).toBe(
      'ncurses 6.4 is no root any more, others need it',
    )
  })

  it('says the base image, and which root is on top after a move', () => {
    expect(changeWords(compose(['vim']), compose(['vim'], { base: 'debian:12' }))).toBe('On debian:12')
    expect(changeWords(compose(['vim'], { base: 'debian:12' }), compose(['vim']))).toBe('No base image')
    expect(changeWords(compose(['vim', 'lua']), compose(['lua', 'vim']))).toBe('Order changed, vim lies on top')
    expect(changeWords(compose(['vim']), compose(['vim']))).toBeUndefined()
  })

  it('names a few of many', () => {
    expect(listNames(['a', 'b', 'c'])).toBe('a, b, c')
    expect(listNames(['a', 'b', 'c', 'd'])).toBe('a, b and 2 more')
  })
})

describe('what the stack tells of a layer', () => {
  it('the edge that brought it, and who else needs it', () => {
    const preview = compose(['lua', 'vim'])
    const ncurses = preview.packages.find((one) => one.name === 'ncurses')
    expect(layerNotes(preview).get(ncurses?.hash ?? '')).toEqual({
      via: 'for lua',
      because: 'lua needs it (link); also needed by readline, vim',
    })
    const vim = preview.packages.find((one) => one.name === 'vim')
    expect(layerNotes(preview).has(vim?.hash ?? '')).toBe(false)
  })

  it('of a merged layer which packages are in it', () => {
    const tall = tallCache(300, 0)
    const roots = [...tall.tags.keys()].filter((tag) => tag.endsWith('.spack')).map((tag) => tag.split('-').at(-1)?.slice(0, 32)).map((hash) => `/${hash}`) // biome-ignore format: one thought
    const preview = fakePreview(ComposeRequest.parse({ repository: 'oci://h/tall', roots }), tall, new Set())
    const merged = preview.stack.find((layer) => layer.kind === 'merged')
    expect(preview.sums).toMatchObject({ packages: 300, layers: 120, layerLimit: 120 })
    expect(layerNotes(preview).get(merged?.key ?? '')?.holds).toHaveLength(preview.merge?.packages.length ?? 0)
    expect(merged?.name).toBe('181 packages')
  })
})

describe('a place between the layers', () => {
  const preview = compose(['lua', 'less', 'vim'], { base: 'debian:12' })
  const { bands } = layoutStack(preview.stack, { height: 500 })
  const roots = new Set(preview.packages.filter((one) => one.root).map(({ hash }) => hash))
  const band = (name: string) => {
    const found = bands.find((one) => one.layers[0]?.name === name)
    if (!found) throw new Error(`no band ${name}`)
    return found
  }

  it('counts the roots below it, wherever dependencies lie', () => {
    expect(layersBelow(bands, roots, 0)).toBe(3)
    expect(layersBelow(bands, roots, band('vim').top + band('vim').height - 1)).toBe(2)
    expect(layersBelow(bands, roots, band('debian:12').top)).toBe(0)
  })

  it('is drawn above the highest root below it', () => {
    expect(gapAt(bands, roots, 3)).toBe(band('vim').top - 1)
    expect(gapAt(bands, roots, 1)).toBe(band('lua').top - 1)
    expect(gapAt(bands, roots, 0)).toBe(band('lua').top + band('lua').height + 1)
    expect(gapAt([], roots, 0)).toBe(0)
  })
})

describe('folding a stack that is worked on', () => {
  it('keeps what the user chose before what is only large', () => {
    const layers = Array.from({ length: 100 }, (_, i) => ({ key: `l${i}`, kind: 'package' as const, name: `l${i}`, state: 'present' as const, bytes: 1000 + i, estimated: false, root: false, neededBy: [] })) // biome-ignore format: layers
    const keep = new Set(['l3', 'l50'])
    const kept = layoutStack(layers, { height: 300, keep }).bands.filter((band) => band.kind === 'layer')
    expect(kept.map((band) => band.key)).toEqual(expect.arrayContaining(['l3', 'l50', 'l99']))
  })
})
