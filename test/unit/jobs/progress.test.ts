import { expect, it } from 'vitest'
import { type ItemPlan, trackProgress } from '../../../main/jobs/progress.ts'

/** A package that is packed and then sent. */
const packed = (key: string, bytes: number): ItemPlan => ({
  key,
  name: key,
  stages: [{ phase: 'pack', bytes }, { phase: 'upload' }],
})
const sent = (key: string, bytes: number): ItemPlan => ({ key, name: key, stages: [{ phase: 'upload', bytes }] })

it('guesses what packing will leave to be sent, and learns from what it left', () => {
  const tracker = trackProgress([packed('a', 1000), packed('b', 1000)])
  expect(tracker.snapshot(0).bytesTotal).toBe(2700)
  tracker.size('a', 'upload', 500)
  expect(tracker.snapshot(1).bytesTotal).toBe(3000)
})

it('counts an item that is done whole, whatever was guessed', () => {
  const tracker = trackProgress([packed('a', 1000)])
  tracker.enter('a', 'pack')
  tracker.advance('a', 'pack', 400)
  expect(tracker.snapshot(0).items).toEqual([{ key: 'a', name: 'a', phase: 'pack', done: 400, total: 1000 }])
  tracker.enter('a', 'done')
  expect(tracker.snapshot(1)).toMatchObject({ itemsDone: 1, itemsTotal: 1, bytesDone: 1000, bytesTotal: 1000 })
})

it('is never more than whole, and takes no notice of what it does not know', () => {
  const tracker = trackProgress([sent('a', 10)])
  tracker.advance('a', 'upload', 99)
  tracker.advance('other', 'upload', 5)
  expect(tracker.snapshot(0)).toMatchObject({ bytesDone: 10, bytesTotal: 10 })
})

it('measures the rate over the last seconds, and what is left by it', () => {
  const tracker = trackProgress([sent('a', 10_000)])
  expect(tracker.snapshot(0)).toMatchObject({ rate: 0, secondsLeft: undefined })
  tracker.advance('a', 'upload', 1000)
  expect(tracker.snapshot(1000)).toMatchObject({ rate: 1000, secondsLeft: 9 })
  for (let at = 2000; at <= 20_000; at += 1000) tracker.snapshot(at)
  expect(tracker.snapshot(20_100).rate).toBe(0)
})

it('says why it waits, and counts down until the wait is over', () => {
  const tracker = trackProgress([])
  tracker.waiting('ghcr.io', 'it limits the rate', 5000)
  expect(tracker.snapshot(100).waiting).toBe('ghcr.io: waiting 5 s (it limits the rate)')
  expect(tracker.snapshot(4999)).toMatchObject({
    waiting: 'ghcr.io: waiting 1 s (it limits the rate)',
    waitingUntil: 5000,
  })
  expect(tracker.snapshot(5000).waiting).toBeUndefined()
})

it('guesses the unpacked size from what is to be fetched, also when nothing is', () => {
  const tracker = trackProgress([
    { key: 'a', name: 'a', stages: [{ phase: 'fetch', bytes: 100 }, { phase: 'unpack' }] },
  ])
  expect(tracker.snapshot(0).bytesTotal).toBe(420)
  tracker.advance('a', 'fetch', 100)
  tracker.enter('a', 'unpack')
  tracker.advance('a', 'unpack', 350)
  expect(tracker.snapshot(1)).toMatchObject({ bytesDone: 450, bytesTotal: 450 })
})
