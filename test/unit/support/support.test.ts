import { describe, expect, it } from 'vitest'
import { limitConcurrency, mapConcurrently } from '../../../main/support/concurrency.ts'
import { StrataError, toErrorBody, toStrataError } from '../../../main/support/errors.ts'
import { clean, protect } from '../../../main/support/redact.ts'

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('mapConcurrently', () => {
  it('keeps the order and the limit', async () => {
    let running = 0
    let most = 0
    const doubled = await mapConcurrently([5, 1, 3, 2, 4], 2, async (item) => {
      most = Math.max(most, ++running)
      await pause(item)
      running--
      return item * 2
    })
    expect(doubled).toEqual([10, 2, 6, 4, 8])
    expect(most).toBe(2)
  })

  it('begins nothing after a failure', async () => {
    const begun: number[] = []
    const work = mapConcurrently([1, 2, 3, 4], 1, async (item) => {
      begun.push(item)
      if (item === 2) throw new Error('two')
    })
    await expect(work).rejects.toThrow('two')
    expect(begun).toEqual([1, 2])
  })
})

it('limitConcurrency gives a place on, also after a failure', async () => {
  const limit = limitConcurrency(2)
  let running = 0
  let most = 0
  const call = (fails: boolean) =>
    limit(async () => {
      most = Math.max(most, ++running)
      await pause(2)
      running--
      if (fails) throw new Error('failed')
    })
  const all = await Promise.allSettled([call(true), call(false), call(true), call(false), call(false)])
  expect(all.map((one) => one.status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(most).toBe(2)
})

describe('clean', () => {
  it('takes out what was protected, logins in URLs and authorization headers', () => {
    protect('s3cret$&-word')
    expect(clean('my s3cret$&-word, s3cret$&-word')).toBe('my ***, ***')
    expect(clean('https://me:pass@host/x and oci://u:p@h')).toBe('https://***@host/x and oci://***@h')
    expect(clean('Authorization: Bearer abcdefghijkl.mno')).toBe('Authorization: Bearer ***')
    expect(clean('Basic bWU6c2VjcmV0')).toBe('Basic ***')
  })

  it('takes out escape codes, and keeps lines', () => {
    expect(clean('a\u001b[31mred\u0007\n\tb')).toBe('a [31mred \n\tb')
  })

  it('does not take a word of three letters for a secret', () => {
    protect('the')
    expect(clean('the word')).toBe('the word')
  })
})

describe('errors', () => {
  it('are clean in every part', () => {
    protect('another-s3cret')
    const error = new StrataError('io', 'x another-s3cret', {
      hint: 'another-s3cret',
      details: { a: 'another-s3cret' },
    })
    expect(JSON.stringify(toErrorBody(error))).not.toContain('s3cret')
  })

  it("name the system's reasons by our codes", () => {
    const errno = (code: string) => Object.assign(new Error(code), { code })
    const codes = ['ENOSPC', 'EACCES', 'ENOENT', 'EWHAT'].map((code) => toStrataError(errno(code)).code)
    expect(codes).toEqual(['disk-full', 'permission-denied', 'io', 'internal'])
    expect(toStrataError(Object.assign(new Error('x'), { name: 'AbortError' })).code).toBe('cancelled')
  })
})

it('limitConcurrency lets the heaviest of those that wait go first, and equal ones in order', async () => {
  const limit = limitConcurrency(1)
  const order: string[] = []
  const call = (name: string, weight?: number) => limit(async () => void order.push(name), weight)
  await Promise.all([call('first'), call('a', 1), call('b', 5), call('c', 5), call('d')])
  expect(order).toEqual(['first', 'b', 'c', 'a', 'd'])
})
