import { describe, expect, it } from 'vitest'
import type { JobItem, StackLayer } from '../../../main/api/models.ts'
import { type Band, layoutStack } from '../../../renderer/features/stack/geometry.ts'
import {
  bandProgress,
  packedSizes,
  progressByKey,
  relatedBands,
  speakBand,
} from '../../../renderer/features/stack/model.ts'

const base: StackLayer = { key: 'b', kind: 'base', name: 'ubuntu:24.04', state: 'base', bytes: 29_700_000, estimated: false, root: false, neededBy: [] } // biome-ignore format: a layer
const ncurses: StackLayer = { ...base, key: 'n', kind: 'package', name: 'ncurses', version: '6.4', state: 'reuse', bytes: 2_306_867, neededBy: ['vim', 'less'] } // biome-ignore format: a layer
const vim: StackLayer = { ...ncurses, key: 'v', name: 'vim', version: '9.0', state: 'build', root: true, neededBy: [] }
const stack = layoutStack([base, ncurses, vim], { height: 500 }).bands

function band(index: number): Band {
  const found = stack[index]
  if (!found) throw new Error(`no band ${index}`)
  return found
}

const item = (parts: Partial<JobItem>): JobItem => ({
  key: 'v',
  name: 'vim',
  phase: 'waiting',
  done: 0,
  total: 100,
  ...parts,
})

describe('what a band says', () => {
  it('names the layer, its place, size, state and that it is shared', () => {
    expect(speakBand(band(1), 3, undefined)).toBe(
      'layer 2 of 3, ncurses 6.4, 2.2 mebibytes, reused, shared by 2 packages',
    )
  })

  it('says the phase and how far it is while it runs', () => {
    const progress = bandProgress(band(2), progressByKey([item({ phase: 'upload', done: 42 })]))
    expect(speakBand(band(2), 3, progress)).toBe('layer 3 of 3, vim 9.0, 2.2 mebibytes, uploading 42 %')
  })

  it('fills all layers of the base image from the one item that carries them', () => {
    const progress = bandProgress(band(0), progressByKey([item({ key: 'base', phase: 'upload', done: 50 })]))
    expect(progress).toEqual({ phase: 'upload', packed: 1, sent: 0.5 })
  })
})

describe('bands that belong together', () => {
  it('finds who needs a layer and what a layer needs', () => {
    expect(relatedBands(stack, 1)).toEqual({ neededBy: [2], needs: [] })
    expect(relatedBands(stack, 2)).toEqual({ neededBy: [], needs: [1] })
  })
})

describe('packed sizes', () => {
  const guess: StackLayer = { ...vim, bytes: 1000, estimated: true }

  it('are shown as soon as packing has found them, for the layers that were guessed', () => {
    const [measured, same] = packedSizes([guess, ncurses], [item({ phase: 'upload', total: 380 })])
    expect(measured).toMatchObject({ bytes: 380, estimated: false })
    expect(same).toBe(ncurses)
  })

  it('are not taken from packing itself, nor from an item that had nothing to send', () => {
    expect(packedSizes([guess], [item({ phase: 'pack', total: 500 })])).toEqual([guess])
    expect(packedSizes([guess], [item({ phase: 'done', total: 0 })])).toEqual([guess])
  })
})
