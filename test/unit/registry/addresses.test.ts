import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressKind, admitting, literalAddress, Neighbourhood } from '../../../main/registry/addresses.ts'

describe('addressKind', () => {
  it.each([
    ['140.82.121.33', 'public'],
    ['2606:50c0:8000::153', 'public'],
    ['11.0.0.1', 'public'],
    ['172.32.0.1', 'public'],
    ['100.128.0.1', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['0.0.0.0', 'loopback'],
    ['::', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.127.255.255', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['::ffff:a9fe:a9fe', 'link-local'],
    ['fd00:ec2::254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['224.0.0.1', 'link-local'],
    ['255.255.255.255', 'link-local'],
    // NAT64 and 6to4 carry an IPv4 address.
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['64:ff9b::8c52:7921', 'public'],
    ['2002:0a00:0001::1', 'private'],
    ['2002:7f00:1::', 'loopback'],
  ])('%s is %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind)
  })

  it('says of an IPv4-mapped address what it says of the IPv4 address, and never throws', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), (four, six) => {
        expect(addressKind(`::ffff:${four}`)).toBe(addressKind(four))
        expect(['public', 'private', 'link-local', 'loopback']).toContain(addressKind(six))
      }),
    )
  })
})

describe('literalAddress', () => {
  it.each([
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://[::ffff:169.254.169.254]/', '::ffff:a9fe:a9fe'],
    ['http://localhost./', '127.0.0.1'],
    ['http://deep.localhost/', '127.0.0.1'],
    ['http://ghcr.io/', undefined],
  ])('of %s', (url, expected) => {
    expect(literalAddress(new URL(url).hostname)).toBe(expected)
  })
})

describe('a registry', () => {
  const lan = '10.0.0.5'
  const cases = [
    // at, may lead to, and may not
    ['140.82.121.33', ['20.0.0.1'], [lan, '127.0.0.1', '169.254.169.254', '::1', 'fd00::1', '100.64.0.1']],
    [lan, ['20.0.0.1', '192.168.7.7', 'fd00::1'], ['127.0.0.1', '::1', '0.0.0.0', '169.254.169.254']],
    ['127.0.0.1', ['20.0.0.1', lan, '::1', '127.0.0.2'], ['169.254.169.254', 'fe80::1']],
    [undefined, ['20.0.0.1'], [lan, '127.0.0.1', '169.254.169.254']],
  ] as const
  it.each(cases)('at %s may lead to %j and not to %j', (home, allowed, forbidden) => {
    const neighbourhood = new Neighbourhood()
    if (home !== undefined) neighbourhood.settle(home)
    for (const address of allowed) expect(neighbourhood.admitsOther(address)).toBe(true)
    for (const address of forbidden) expect(neighbourhood.admitsOther(address)).toBe(false)
  })

  it('may be anywhere itself, but does not move into a private network afterwards', () => {
    const neighbourhood = new Neighbourhood()
    expect(neighbourhood.admitsHome('127.0.0.1')).toBe(true)
    neighbourhood.settle('140.82.121.33')
    // What a rebinding name server says the second time.
    neighbourhood.settle('127.0.0.1')
    expect(neighbourhood.admitsHome('127.0.0.1')).toBe(false)
    expect(neighbourhood.admitsHome('140.82.121.34')).toBe(true)
  })
})

describe('admitting', () => {
  const answering =
    (...addresses: readonly string[]): LookupFunction =>
    (_hostname, _options, callback) => {
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    }
  const look = (lookup: LookupFunction, all: boolean) =>
    new Promise<string | readonly LookupAddress[]>((resolve, reject) => {
      lookup('store.example', { all }, (error, found) => (error ? reject(error) : resolve(found)))
    })
  const isPublic = (address: string) => addressKind(address) === 'public'

  it('leaves out the addresses that are not admitted', async () => {
    const lookup = admitting(answering('10.0.0.1', '20.0.0.1', '::1', '2606:50c0:8000::153'), isPublic)
    expect(await look(lookup, true)).toEqual([
      { address: '20.0.0.1', family: 4 },
      { address: '2606:50c0:8000::153', family: 6 },
    ])
    expect(await look(lookup, false)).toBe('20.0.0.1')
  })

  it('fails when none is left, naming the host and one of its addresses', async () => {
    const lookup = admitting(answering('169.254.169.254'), isPublic)
    await expect(look(lookup, true)).rejects.toThrow('store.example at 169.254.169.254 (link-local)')
  })

  it('hands on what the name server says of a name that does not exist', async () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    const lookup = admitting((_hostname, _options, callback) => callback(error, []), isPublic)
    await expect(look(lookup, true)).rejects.toBe(error)
  })
})
