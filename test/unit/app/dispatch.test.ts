import { describe, expect, it } from 'vitest'
import { dispatch, dispatchText, forwardEvents } from '../../../app/dispatch.ts'
import type { EventEnvelope } from '../../../main/api/contract.ts'
import { StrataError } from '../../../main/support/errors.ts'
import { someJob, tinyEngine } from './tiny-engine.ts'

describe('dispatch', () => {
  it('answers a request with what the engine returns, under the same id', async () => {
    const engine = tinyEngine(() => [])
    expect(await dispatch(engine, { id: 7, method: 'jobs.list', input: {} })).toEqual({ id: 7, ok: [] })
  })

  it('hands the engine validated input: defaults filled in, unknown keys gone', async () => {
    const engine = tinyEngine()
    await dispatch(engine, { id: 1, method: 'push.plan', input: { environment: 'tools', to: 'ghcr', sudo: true } })
    expect(engine.calls[0]?.input).toMatchObject({ environment: 'tools', to: 'ghcr', updateIndex: false, only: 'all' })
    expect(engine.calls[0]?.input).not.toHaveProperty('sudo')
  })

  it('names the field that is wrong, and does not call the engine', async () => {
    const engine = tinyEngine()
    const input = { environment: 'tools', to: 'ghcr', credentials: { username: 3, password: 'hunter2' } }
    const response = await dispatch(engine, { id: 2, method: 'push.plan', input: { ...input, jobs: 0 } })
    expect(response).toMatchObject({ id: 2, error: { code: 'usage', details: { path: 'credentials' } } })
    expect(JSON.stringify(response)).not.toContain('hunter2')
    expect(engine.calls).toEqual([])
  })

  it('gives the path of a field inside a list', async () => {
    const input = { environment: 'tools', to: 'ghcr', packages: ['zlib', 5] }
    const response = await dispatch(tinyEngine(), { id: 3, method: 'push.plan', input })
    expect(response).toMatchObject({ error: { details: { path: 'packages.1' } } })
  })

  it.each(['no.such', 'toString', '__proto__', 'constructor'])('refuses the method %s as unknown', async (method) => {
    const response = await dispatch(tinyEngine(), { id: 4, method, input: {} })
    expect(response).toMatchObject({ id: 4, error: { code: 'unknown-method' } })
  })

  it.each([[null], ['text'], [{ id: 'x', method: 'app.info' }], [{ method: 'app.info', input: {} }], [[]]])(
    'answers %j, which is no envelope, with a usage error',
    async (request) => {
      expect(await dispatch(tinyEngine(), request)).toMatchObject({ id: -1, error: { code: 'usage' } })
    },
  )

  it('answers text that is not JSON with a usage error', async () => {
    expect(await dispatchText(tinyEngine(), '{"id":')).toMatchObject({ error: { code: 'usage' } })
  })

  it('passes an error of the engine on with code, hint and details', async () => {
    const engine = tinyEngine(() => {
      throw new StrataError('plan-stale', 'the store has changed', { hint: 'Plan again.', details: { hash: 'abc' } })
    })
    expect(await dispatch(engine, { id: 5, method: 'push.run', input: { plan: 'p' } })).toEqual({
      id: 5,
      error: { code: 'plan-stale', message: 'the store has changed', hint: 'Plan again.', details: { hash: 'abc' } },
    })
  })

  it('turns anything else that is thrown into an internal error', async () => {
    const engine = tinyEngine(() => Promise.reject(new TypeError('x is not a function')))
    const response = await dispatch(engine, { id: 6, method: 'jobs.list', input: {} })
    expect(response).toMatchObject({ id: 6, error: { code: 'internal', message: 'x is not a function' } })
  })
})

describe('forwardEvents', () => {
  it('wraps every event of the contract in an envelope until it is ended', () => {
    const engine = tinyEngine()
    const seen: EventEnvelope[] = []
    const end = forwardEvents(engine, (envelope) => seen.push(envelope))
    engine.emit('job.changed', someJob('a'))
    end()
    engine.emit('job.changed', someJob('b'))
    expect(seen).toEqual([{ event: 'job.changed', payload: someJob('a') }])
    expect(engine.listeners).toBe(0)
  })
})
