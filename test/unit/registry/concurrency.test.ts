import { describe, expect, it } from 'vitest'
import { cancelled } from '../../../main/registry/failure.ts'
import { realSleep } from '../../../main/registry/host.ts'
import { Once } from '../../../main/registry/once.ts'
import { Slots } from '../../../main/registry/slots.ts'
import { failure } from '../../support/registry/failing.ts'

describe('Slots', () => {
  it('gives out as many places as there are, in the order of asking', async () => {
    const slots = new Slots(2)
    const order: number[] = []
    const first = await slots.take()
    const second = await slots.take()
    const waiting = [3, 4].map(async (n) => {
      const release = await slots.take()
      order.push(n)
      return release
    })
    expect(order).toEqual([])
    first()
    first()
    await waiting[0]
    expect(order).toEqual([3])
    second()
    await Promise.all(waiting)
    expect(order).toEqual([3, 4])
  })

  it('lets a waiter go when it is cancelled, and gives its place to the next', async () => {
    const slots = new Slots(1)
    const release = await slots.take()
    const abort = new AbortController()
    const given = failure(slots.take(abort.signal))
    const next = slots.take()
    abort.abort()
    expect((await given).code).toBe('cancelled')
    release()
    await expect(next).resolves.toBeTypeOf('function')
  })
})

describe('Once', () => {
  it('shares work while it runs, and forgets a failure', async () => {
    const once = new Once<number>()
    let calls = 0
    const work = async () => {
      calls += 1
      await Promise.resolve()
      if (calls === 1) throw new Error('first')
      return calls
    }
    const both = await Promise.allSettled([once.run('a', undefined, work), once.run('a', undefined, work)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(calls).toBe(1)
    expect(await once.run('a', undefined, work)).toBe(2)
  })

  it('does not cancel those who share the work of one who gave up', async () => {
    const once = new Once<string>()
    const abort = new AbortController()
    const quitter = once.run('a', abort.signal, () => realSleep(10_000, abort.signal).then(() => 'never'))
    const other = once.run('a', undefined, async () => 'done')
    abort.abort()
    expect((await failure(quitter)).code).toBe(cancelled().code)
    expect(await other).toBe('done')
  })
})
