import type { LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** How far an address reaches. */
export type AddressKind = 'public' | 'private' | 'link-local' | 'loopback'

// The IANA special-purpose address registries (RFC 6890). An IPv4-mapped IPv6 address is in its IPv4 network's list.
const networks: readonly (readonly [AddressKind, BlockList])[] = [
  ['loopback', blockList('127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128')],
  // Clouds keep their metadata, with credentials, at 169.254.169.254; fd00:ec2::254 is the same in IPv6. Multicast and
  // reserved networks are nobody's registry either.
  ['link-local', blockList('169.254.0.0/16', '224.0.0.0/3', 'fe80::/10', 'ff00::/8', 'fd00:ec2::254/128')],
  [
    'private',
    blockList(
      ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15', '192.0.0.0/24'],
      ...['fc00::/7', 'fec0::/10', '64:ff9b:1::/48'],
    ),
  ],
]

function blockList(...subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/')
    list.addSubnet(address, Number(bits), family(address))
  }
  return list
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** The kind of an IPv4 or IPv6 address; an address that embeds an IPv4 one (NAT64, 6to4) is what that one is. */
export function addressKind(address: string): AddressKind {
  // A zone (`fe80::1%eth0`) says nothing about the address.
  const bare = address.replace(/%.*$/, '')
  const embedded = embeddedIpv4(bare)
  if (embedded !== undefined) return addressKind(embedded)
  return networks.find(([, list]) => list.check(bare, family(bare)))?.[0] ?? 'public'
}

/** The IPv4 address in a NAT64 address (`64:ff9b::/96`, RFC 6052) or a 6to4 address (`2002::/16`, RFC 3056). */
function embeddedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6 || !/^(?:64:ff9b::|2002:)/i.test(address)) return undefined
  // URL writes every IPv6 address in one form: groups of hex digits, none with leading zeros.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':')
  const [high, low] = groups[0] === '2002' ? groups.slice(1, 3) : groups.slice(-2)
  const bits = Number.parseInt(high || '0', 16) * 65_536 + Number.parseInt(low || '0', 16)
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.')
}

/** The address that a URL's host name is by itself, without asking a name server; `localhost` is one, too. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  if (bare === 'localhost' || bare.endsWith('.localhost')) return '127.0.0.1'
  return isIP(bare) === 0 ? undefined : bare
}

/**
 * Where a registry may lead us (a token server, a blob store, an upload): anywhere public, else only to a network that it
 * is in itself. Else a registry could let us ask what only this machine can reach: a cloud's metadata, a service on
 * loopback, a printer. Where it is itself is learned from its first connection.
 */
export class Neighbourhood {
  private home: AddressKind | undefined

  /** The registry's own host is at this address. Only the first one counts: a name server may say another later. */
  settle(address: string): void {
    this.home ??= addressKind(address)
  }

  /** Whether the registry's own host may be at this address: wherever the user meant it to be, at first. */
  admitsHome(address: string): boolean {
    return this.home === undefined || reaches(this.home, addressKind(address))
  }

  /** Whether the registry may lead to a host at this address. Where it is unknown (behind a proxy), it counts as public. */
  admitsOther(address: string): boolean {
    return reaches(this.home ?? 'public', addressKind(address))
  }
}

function reaches(home: AddressKind, kind: AddressKind): boolean {
  // A registry on loopback may be the end of a tunnel into a private network.
  return kind === 'public' || kind === home || (kind === 'private' && home === 'loopback')
}

/** `code` of the error for an address that is not admitted, as errors of the system have theirs. */
export const privateAddressCode = 'STRATA_PRIVATE_ADDRESS'

/** The error for a host that is only at addresses that are not admitted. */
export function privateAddress(hostname: string, address: string): NodeJS.ErrnoException {
  const where = { public: 'elsewhere', private: 'a private network', 'link-local': 'link-local', loopback: 'loopback' }
  const shown = hostname === address ? address : `${hostname} at ${address}`
  return Object.assign(new Error(`${shown} (${where[addressKind(address)]})`), { code: privateAddressCode })
}

/**
 * `lookup` without the addresses that are not admitted. In the place of a socket's own lookup it decides on the very
 * address that is connected to, so that no name server can say one thing to a check and another to the connection.
 */
export function admitting(lookup: LookupFunction, admits: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, [])
      const all: LookupAddress[] = typeof found === 'string' ? [{ address: found, family: family ?? 4 }] : found
      const admitted = all.filter(({ address }) => admits(address))
      const [first] = admitted
      if (!first) return callback(privateAddress(hostname, all[0]?.address ?? 'no address'), [])
      if (options.all) callback(null, admitted)
      else callback(null, first.address, first.family)
    })
  }
}
