import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proxyFor } from '../../../main/registry/proxy.ts'
import { clean } from '../../../main/support/redact.ts'

const env = {
  HTTPS_PROXY: 'http://proxy:3128',
  http_proxy: 'plain:80',
  NO_PROXY:
    'lab.example, .corp.example,*.wild.example,ghcr.io:444,10.0.0.1,192.168.0.0/16,[fd00::1]:5000,fd01::/16,172.16.0.9:5000',
}
const proxied = 'http://proxy:3128'

describe('proxyFor', () => {
  it.each([
    ['https://ghcr.io', proxied],
    ['http://ghcr.io', 'http://plain'],
    ['https://localhost:5000', undefined],
    ['http://127.0.0.1:5000', undefined],
    ['https://[::1]:5000', undefined],
    ['https://lab.example', undefined],
    ['https://LAB.example:5000', undefined],
    ['https://a.lab.example', undefined],
    ['https://notlab.example', proxied],
    ['https://a.corp.example', undefined],
    ['https://corp.example', proxied],
    ['https://a.wild.example', undefined],
    ['https://wild.example', proxied],
    ['https://ghcr.io:444', undefined],
    ['https://10.0.0.1', undefined],
    ['https://10.0.0.1:5000', undefined],
    ['https://10.0.0.2', proxied],
    ['https://192.168.7.7:5000', undefined],
    ['https://192.169.0.1', proxied],
    ['https://[fd00::1]:5000', undefined],
    ['https://[fd00::1]', proxied],
    ['https://[fd01::7]', undefined],
    ['https://172.16.0.9:5000', undefined],
    ['https://172.16.0.9', proxied],
  ])('of %s is %s', (url, expected) => {
    expect(proxyFor(new URL(url), env)?.name).toBe(expected)
  })

  it('is none without proxies in the environment, or with NO_PROXY=*', () => {
    expect(proxyFor(new URL('https://ghcr.io'), {})).toBeUndefined()
    expect(proxyFor(new URL('https://ghcr.io'), { ...env, HTTPS_PROXY: '' })).toBeUndefined()
    expect(proxyFor(new URL('https://ghcr.io'), { ...env, NO_PROXY: 'a.example,*' })).toBeUndefined()
  })

  it('takes the lower-case variable where both are set', () => {
    const both = { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:2', NO_PROXY: 'x', no_proxy: 'ghcr.io' }
    expect(proxyFor(new URL('https://quay.io'), both)?.name).toBe('http://lower:2')
    expect(proxyFor(new URL('https://ghcr.io'), both)).toBeUndefined()
  })

  it('keeps its login apart from its name and out of every text', () => {
    const proxy = proxyFor(new URL('https://ghcr.io'), { HTTPS_PROXY: 'http://me:se%40cret-proxy@proxy:3128' })
    const login = Buffer.from('me:se@cret-proxy').toString('base64')
    expect(proxy).toEqual({ name: 'http://proxy:3128', authorization: `Basic ${login}` })
    expect(clean(`it says se@cret-proxy, se%40cret-proxy and ${login}`)).toBe('it says ***, *** and ***')
  })

  it.each(['socks5://me:hidden-word@proxy:1080', 'http://me:hidden-word@[bad', '::'])(
    'says of %s which variable is wrong, and not what is in it',
    (text) => {
      const find = () => proxyFor(new URL('https://ghcr.io'), { HTTPS_PROXY: text })
      expect(find).toThrow(/^HTTPS_PROXY is not the address/)
      expect(find).not.toThrow(/hidden-word/)
    },
  )

  it('leaves out every address of a network that NO_PROXY names, and no other', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 1, max: 32 }), (network, address, bits) => {
        const number = (ip: string) => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
        const size = 2 ** (32 - bits)
        const isInside = Math.floor(number(network) / size) === Math.floor(number(address) / size)
        const found = proxyFor(new URL(`https://${address}`), {
          HTTPS_PROXY: proxied,
          NO_PROXY: `${network}/${bits}`,
        })
        const isLoopback = address.startsWith('127.')
        expect(found === undefined).toBe(isInside || isLoopback)
      }),
    )
  })

  it('never throws over NO_PROXY, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a.*:/[]1,fe%') }), (list) => {
        const found = proxyFor(new URL('https://ghcr.io'), { HTTPS_PROXY: proxied, NO_PROXY: list })
        expect([undefined, proxied]).toContain(found?.name)
      }),
    )
  })
})
