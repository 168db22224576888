import { gunzipSync } from 'node:zlib'
import { type BaseSource, openBase } from '../../main/buildcache/compose/base-source.ts'
import { connect } from '../../main/buildcache/connection.ts'
import { type BaseImage, readBaseImage } from '../../main/image/base.ts'
import { type Digest, digestOf } from '../../main/registry/digest.ts'
import type { BlobStore } from '../../main/store/blob-store.ts'
import { makeElf } from './elf.ts'
import { type RawMember, rawTar } from './raw-tar.ts'
import { collect } from './registry/images.ts'

/** Opens a base as composing does and reads it. */
export async function readBase(
  base: string,
  store: BlobStore,
  architecture = 'amd64',
): Promise<BaseImage & Pick<BaseSource, 'fromFile'> & { readonly tars: readonly Buffer[] }> {
  const host = { env: {}, home: '/nowhere' }
  const connection = await connect({ to: 'oci-layout:///nowhere', caFiles: [], insecure: false }, undefined, host)
  try {
    const { repository, fromFile } = await openBase(base, { connection, store })
    const image = await readBaseImage(repository, architecture, undefined)
    const tars: Buffer[] = []
    for (const layer of image.manifest.layers) tars.push(plain(await collect(await repository.readBlob(layer))))
    return { ...image, fromFile, tars }
  } finally {
    await connection.close()
  }
}

function plain(bytes: Buffer): Buffer {
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
}

/** How ELF files of these architectures begin, by Go's names. */
const elfForms = {
  amd64: { wide: true, littleEndian: true, machine: 62 },
  arm64: { wide: true, littleEndian: true, machine: 183 },
  '386': { wide: false, littleEndian: true, machine: 3 },
  ppc64le: { wide: true, littleEndian: true, machine: 21 },
  s390x: { wide: true, littleEndian: false, machine: 22 },
} as const

/** A root file system as `podman export` gives it, with a device, an owner and an extended attribute. */
export function systemTar(architecture: keyof typeof elfForms = 'amd64', more: readonly RawMember[] = []): Buffer {
  const owner = (header: Buffer): void => void header.write('0001750\0', 108)
  return rawTar([
    { name: './', type: '5' },
    { name: './bin', type: '2', link: 'usr/bin' },
    { name: './usr/bin/', type: '5' },
    { name: './usr/bin/sh', content: makeElf(elfForms[architecture]), mode: 0o4755, edit: owner, mtime: 1_700_000_000 },
    { name: './usr/lib32/libold.so', content: makeElf(elfForms['386']) },
    { name: './dev/null', type: '3', mode: 0o666 },
    ...more,
  ])
}

export interface MadeImage {
  readonly config: Buffer
  readonly tars: readonly Buffer[]
  readonly diffIds: readonly Digest[]
}

/** A config of these layers' tars, as docker writes it. */
export function madeImage(tars: readonly Buffer[], architecture = 'amd64'): MadeImage {
  const diffIds = tars.map(digestOf)
  const rootfs = { type: 'layers', diff_ids: diffIds }
  const config = { architecture, os: 'linux', config: { Env: ['A=b'], Cmd: ['sh'] }, rootfs, container: 'x' }
  return { config: Buffer.from(JSON.stringify(config)), tars, diffIds }
}
