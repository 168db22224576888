import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BudgetItem, type BudgetPlan, mergeKey, planBudget } from '../../../main/image/budget.ts'
import { digestOf } from '../../../main/registry/digest.ts'

function item(hash: string, size: number, sharedBy = 0): BudgetItem {
  const digest = digestOf(Buffer.from(hash))
  return { hash, layer: { digest, size, diffId: digest, title: `${hash}@1` }, sharedBy }
}

const hashesOf = (plan: BudgetPlan): string[] =>
  plan.layers.flatMap((layer) => (layer.kind === 'package' ? [layer.item.hash] : layer.items.map(({ hash }) => hash)))
const mergedOf = (plan: BudgetPlan): string[] =>
  plan.layers.flatMap((layer) => (layer.kind === 'merged' ? layer.items.map(({ hash }) => hash) : []))

const plan = (items: readonly BudgetItem[], limit: number, baseLayers = 0, squash = false): BudgetPlan =>
  planBudget(items, { limit, baseLayers, squash })

describe('the layer budget', () => {
  it('leaves every package its own layer as long as there is room', () => {
    const found = plan([item('a', 1), item('b', 2)], 3, 1)
    expect(found).toMatchObject({ count: 3, fits: true, mergedBytes: 0 })
    expect(found.layers.map((layer) => layer.kind)).toEqual(['package', 'package'])
  })

  it('merges the smallest into one layer on top, in their order, and says what that costs', () => {
    const found = plan([item('big', 900), item('b', 2), item('huge', 5000), item('a', 1), item('c', 3)], 4, 1)
    expect(hashesOf(found)).toEqual(['big', 'huge', 'b', 'a', 'c'])
    expect(mergedOf(found)).toEqual(['b', 'a', 'c'])
    expect(found).toMatchObject({ count: 4, fits: true, mergedBytes: 6 })
  })

  it('rather merges a larger layer than one that many images share', () => {
    const found = plan([item('shared', 10, 9), item('own', 20), item('small', 5)], 2)
    expect(mergedOf(found).sort()).toEqual(['own', 'small'])
  })

  it('merges all packages for --squash, but never one alone', () => {
    expect(mergedOf(plan([item('a', 1), item('b', 2)], 120, 3, true))).toEqual(['a', 'b'])
    expect(plan([item('a', 1)], 120, 3, true).layers[0]?.kind).toBe('package')
  })

  it('says that it cannot be kept over a base that fills it', () => {
    expect(plan([item('a', 1), item('b', 2)], 120, 120)).toMatchObject({ count: 121, fits: false })
    expect(plan([item('a', 1), item('b', 2)], 120, 119)).toMatchObject({ count: 120, fits: true })
    expect(plan([], 120, 121)).toMatchObject({ count: 121, fits: false })
  })

  it('names a merged layer by what is in it, whatever the order', () => {
    const [a, b, c] = [item('a', 1), item('b', 2), item('c', 3)]
    expect(mergeKey([a, b])).toBe(mergeKey([b, a]))
    expect(mergeKey([a, b])).not.toBe(mergeKey([a, c]))
  })

  const items = fc
    .uniqueArray(fc.record({ hash: fc.stringMatching(/^[a-z]{4}$/), size: fc.nat(50), sharedBy: fc.nat(3) }), {
      selector: (one) => one.hash,
      maxLength: 60,
    })
    .map((all) => all.map((one) => item(one.hash, one.size, one.sharedBy)))

  it('holds in every case: within the limit, each package once, the same packages merged in any order', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 40 }), fc.nat(50), fc.nat(), (all, limit, baseLayers, turn) => {
        const found = plan(all, limit, baseLayers)
        expect(hashesOf(found).sort()).toEqual(all.map(({ hash }) => hash).sort())
        expect(found.count).toBe(baseLayers + found.layers.length)
        expect(found.fits).toBe(found.count <= limit)
        if (baseLayers < limit) expect(found.fits).toBe(true)
        // Not one more is merged than has to be.
        if (mergedOf(found).length > 0 && baseLayers < limit) expect(found.count).toBe(limit)
        expect(plan(all, limit, baseLayers)).toEqual(found)
        const at = all.length === 0 ? 0 : turn % all.length
        const turned = plan([...all.slice(at), ...all.slice(0, at)], limit, baseLayers)
        expect(mergedOf(turned).sort()).toEqual(mergedOf(found).sort())
        expect(turned.layers.at(-1)?.kind).toBe(found.layers.at(-1)?.kind)
      }),
    )
  })
})
