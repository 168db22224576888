import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StackLayer } from '../../../main/api/models.ts'
import { bandGap, layoutStack, maxBand, minBand, tightBand } from '../../../renderer/features/stack/geometry.ts'

function layer(key: string, bytes: number, parts: Partial<StackLayer> = {}): StackLayer {
  return {
    key,
    kind: 'package',
    name: key,
    state: 'build',
    bytes,
    estimated: false,
    root: false,
    neededBy: [],
    ...parts,
  }
}

const layers = (sizes: readonly number[]) => sizes.map((bytes, i) => layer(`p${i}`, bytes))

describe('layoutStack', () => {
  it('puts the first layer at the bottom', () => {
    const { bands, height } = layoutStack(layers([10, 20, 30]), { height: 400 })
    expect(bands[0]?.top).toBeGreaterThan(bands[2]?.top ?? Number.POSITIVE_INFINITY)
    expect((bands[0]?.top ?? 0) + (bands[0]?.height ?? 0)).toBe(height)
  })

  it('grows with the square root of the size, so four times the bytes are twice the height', () => {
    const { bands } = layoutStack(layers([1_000_000, 4_000_000]), { height: 1000 })
    expect(bands[1]?.height).toBe(maxBand)
    expect(bands[0]?.height).toBe(maxBand / 2)
  })

  it('gives forty kilobytes beside sixty megabytes a line one can read', () => {
    const { bands } = layoutStack(layers([40_000, 60_000_000]), { height: 300 })
    expect(bands[0]?.height).toBe(minBand)
  })

  it('folds runs of small layers when there are too many, and says how many', () => {
    const sizes = Array.from({ length: 300 }, (_, i) => (i % 50 === 0 ? 50_000_000 : 1000 + i))
    const { bands, folded } = layoutStack(layers(sizes), { height: 600 })
    expect(bands.length).toBeLessThanOrEqual(Math.floor((600 + bandGap) / (tightBand + bandGap)))
    expect(bands.filter((b) => b.kind === 'layer').length).toBeGreaterThanOrEqual(6)
    expect(folded).toBe(300 - bands.filter((b) => b.kind === 'layer').length)
  })

  it('never folds a problem while anything else can be folded', () => {
    const many = layers(Array.from({ length: 200 }, () => 1_000_000))
    const broken = layer('broken', 1, { state: 'problem' })
    const { bands } = layoutStack([...many.slice(0, 100), broken, ...many.slice(100)], { height: 300 })
    expect(bands.find((b) => b.key === 'broken')?.kind).toBe('layer')
  })

  it('shows every layer when it is unfolded, and is then as high as it takes', () => {
    const { bands, folded, height } = layoutStack(layers(Array(300).fill(1000)), { height: 300, unfolded: true })
    expect(bands).toHaveLength(300)
    expect(folded).toBe(0)
    expect(height).toBeGreaterThan(300)
  })

  it('keeps every layer once and in order, without overlap, within the height, whatever comes', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 5_000_000_000 }), { minLength: 1, maxLength: 320 })
    fc.assert(
      fc.property(sizes, fc.integer({ min: 60, max: 1500 }), (bytes, height) => {
        const geometry = layoutStack(layers(bytes), { height })
        const keys = geometry.bands.flatMap((b) => b.layers.map((l) => l.key))
        expect(keys).toEqual(bytes.map((_, i) => `p${i}`))
        expect(geometry.height).toBeLessThanOrEqual(height + 1)
        for (const [i, band] of geometry.bands.entries()) {
          expect(band.height).toBeGreaterThanOrEqual(tightBand - 1)
          const above = geometry.bands[i + 1]
          if (above) expect(above.top + above.height).toBeLessThan(band.top)
        }
      }),
    )
  })
})
