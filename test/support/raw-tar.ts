import { gzipSync } from 'node:zlib'

/** One member of a tar, with whatever a hostile writer may put there. */
export interface RawMember {
  readonly name: string | Buffer
  /** The type flag; a file without it. */
  readonly type?: string
  readonly content?: string | Buffer
  /** What the header claims, when that is not the content's length. */
  readonly size?: number
  readonly mode?: number
  readonly mtime?: number
  readonly link?: string | Buffer
  /** Changes the finished header block; its checksum is set afterwards. */
  readonly edit?: (header: Buffer) => void
}

/** A tar stream of these members, byte for byte as told, and its end. */
export function rawTar(members: readonly RawMember[]): Buffer {
  return Buffer.concat([...members.map(rawMember), Buffer.alloc(1024)])
}

export function rawMember(member: RawMember): Buffer {
  const content = Buffer.from(member.content ?? '')
  const header = Buffer.alloc(512)
  Buffer.from(member.name).copy(header, 0, 0, 100)
  header.write(octal(member.mode ?? (member.type === '5' ? 0o755 : 0o644), 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(member.size ?? content.length, 11), 124)
  header.write(octal(member.mtime ?? 0, 11), 136)
  header.write(member.type ?? '0', 156, 'latin1')
  Buffer.from(member.link ?? '').copy(header, 157, 0, 100)
  header.write('ustar\x0000', 257, 'latin1')
  member.edit?.(header)
  header.write('        ', 148)
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0`,
    148,
  )
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

/** A pax header for the member after it. */
export function pax(records: Readonly<Record<string, string | Buffer>>): RawMember {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')])
    let length = rest.length
    while (rest.length + String(length).length !== length) length = rest.length + String(length).length
    return Buffer.concat([Buffer.from(String(length)), rest])
  })
  return { name: '././@PaxHeader', type: 'x', content: Buffer.concat(lines) }
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}`
}

export const oldRoot = '/old/store'
export const oldPrefix = `${oldRoot}/linux/app-1.0-abc`
/** The same as an archive names it. */
export const inArchive = oldPrefix.slice(1)

/** What every package has: the folders that lead to it, itself, and `binary_distribution` at the end. */
export function packageTar(members: readonly RawMember[], buildInfo: Readonly<Record<string, unknown>> = {}): Buffer {
  const parts = inArchive.split('/')
  const folders = parts.map((_, i) => ({ name: `${parts.slice(0, i + 1).join('/')}/`, type: '5' }))
  const info = {
    buildpath: oldRoot,
    relative_prefix: 'linux/app-1.0-abc',
    relocate_textfiles: [],
    relocate_binaries: [],
    relocate_links: [],
    hash_to_prefix: { abc: oldPrefix },
    ...buildInfo,
  }
  return rawTar([
    ...folders,
    { name: `${inArchive}/.spack/`, type: '5' },
    { name: `${inArchive}/.spack/spec.json`, content: '{}' },
    ...members,
    { name: `${inArchive}/.spack/binary_distribution`, content: JSON.stringify(info) },
  ])
}

/** The same, compressed. */
export function packageLayer(members: readonly RawMember[], buildInfo?: Readonly<Record<string, unknown>>): Buffer {
  return gzipSync(packageTar(members, buildInfo))
}
