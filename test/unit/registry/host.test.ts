import { lookup } from 'node:dns'
import { describe, expect, it } from 'vitest'
import { defaultTimeouts } from '../../../main/registry/dispatcher.ts'
import { Host, type RegistryEvent } from '../../../main/registry/host.ts'

/** A host with a clock that stands still: what it would sleep is only written down. */
function host(maxConcurrent = 8) {
  const sleeps: number[] = []
  const events: RegistryEvent[] = []
  const clock = { now: 1_000_000 }
  const origin = new URL('https://ghcr.io')
  const route = { origin, names: [], trust: {}, admits: () => true, onAddress: () => undefined }
  const made = new Host(route, {
    env: {},
    certificateFolders: [],
    connections: 1,
    timeouts: defaultTimeouts,
    lookup,
    maxConcurrent,
    maxAttempts: 7,
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds)
    },
    now: () => clock.now,
    onEvent: (event) => events.push(event),
  })
  return { host: made, sleeps, events, clock }
}

describe('a host that says how many requests are left', () => {
  it('is asked at full speed as long as there are many', async () => {
    const { host: plenty, sleeps, events } = host()
    plenty.observe({ remaining: 90, resetAfter: 60_000 })
    await plenty.ready()
    expect({ sleeps, events }).toEqual({ sleeps: [], events: [] })
  })

  it('is asked ever more slowly when few are left, one request after the other', async () => {
    const { host: tight, sleeps, events } = host()
    tight.observe({ remaining: 4, resetAfter: 10_000 })
    await Promise.all([tight.ready(), tight.ready(), tight.ready()])
    expect(sleeps).toEqual([2000, 4000, 6000])
    expect(events).toEqual([
      {
        kind: 'waiting',
        host: 'ghcr.io',
        seconds: 2,
        until: 1_002_000,
        why: '4 more requests are allowed in the next 10 s',
      },
    ])
  })

  it('is asked at full speed again when there are many again', async () => {
    const { host: renewed, sleeps, clock } = host()
    renewed.observe({ remaining: 1, resetAfter: 10_000 })
    clock.now += 10_000
    renewed.observe({ remaining: 100, resetAfter: 60_000 })
    await renewed.ready()
    await renewed.ready()
    expect(sleeps).toEqual([])
  })

  it('is not crawled to for hours, nor slowed down where nobody knows until when', async () => {
    const { host: hub, sleeps } = host()
    hub.observe({ remaining: 2, resetAfter: undefined })
    await hub.ready()
    expect(sleeps).toEqual([])
    hub.observe({ remaining: 0, resetAfter: 6 * 3600 * 1000 })
    await hub.ready()
    expect(sleeps).toEqual([15_000])
  })
})
