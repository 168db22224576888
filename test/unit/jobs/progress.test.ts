import { expect, it } from 'vitest'
import { trackProgress } from '../../../main/jobs/progress.ts'

it('guesses what packing will leave to be sent, and learns from what it left', () => {
  const tracker = trackProgress([
    { key: 'a', name: 'a', packBytes: 1000 },
    { key: 'b', name: 'b', packBytes: 1000 },
  ])
  expect(tracker.snapshot(0).bytesTotal).toBe(2700)
  tracker.sized('a', 500)
  expect(tracker.snapshot(1).bytesTotal).toBe(3000)
})

it('counts an item that is done whole, whatever was guessed', () => {
  const tracker = trackProgress([{ key: 'a', name: 'a', packBytes: 1000 }])
  tracker.enter('a', 'pack')
  tracker.packed('a', 400)
  expect(tracker.snapshot(0).items).toEqual([{ key: 'a', name: 'a', phase: 'pack', done: 400, total: 1000 }])
  tracker.enter('a', 'done')
  expect(tracker.snapshot(1)).toMatchObject({ itemsDone: 1, itemsTotal: 1, bytesDone: 1000, bytesTotal: 1000 })
})

it('is never more than whole, and takes no notice of what it does not know', () => {
  const tracker = trackProgress([{ key: 'a', name: 'a', uploadBytes: 10 }])
  tracker.sent('a', 99)
  tracker.sent('other', 5)
  expect(tracker.snapshot(0)).toMatchObject({ bytesDone: 10, bytesTotal: 10 })
})

it('measures the rate over the last seconds, and what is left by it', () => {
  const tracker = trackProgress([{ key: 'a', name: 'a', uploadBytes: 10_000 }])
  expect(tracker.snapshot(0)).toMatchObject({ rate: 0, secondsLeft: undefined })
  tracker.sent('a', 1000)
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
