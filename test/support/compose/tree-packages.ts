import { gzipSync } from 'node:zlib'
import { imageMediaTypes } from '../../../main/image/assemble.ts'
import type { ImageFormat } from '../../../main/image/base.ts'
import { digestOf } from '../../../main/registry/digest.ts'
import type { Repository } from '../../../main/registry/repository.ts'
import { type MadeOptions, type MadePackage, madePackage, putPackages } from '../acts/made-packages.ts'
import { rawTar } from '../raw-tar.ts'
import { blob, opener } from '../registry/images.ts'

/** A made-up package whose layer can be unpacked: `/opt/NAME-HASH/bin/NAME` and a link to it. */
export function treePackage(name: string, options: MadeOptions = {}): MadePackage {
  const made = madePackage(name, options)
  const prefix = `opt/${made.name}-${made.hash}`
  const tar = rawTar([
    { name: 'opt/', type: '5' },
    { name: `${prefix}/`, type: '5' },
    { name: `${prefix}/bin/`, type: '5' },
    { name: `${prefix}/bin/${name}`, content: `#!/bin/sh\necho ${name} ${made.version}\n`, mode: 0o755 },
    { name: `${prefix}/bin/${name}-link`, type: '2', link: name },
  ])
  const env = [`PATH=/${prefix}/bin:/bin:/usr/bin`, `${name.toUpperCase()}_ROOT=/${prefix}`]
  return { ...made, env, layer: gzipSync(tar), diffId: digestOf(tar) }
}

export const ncurses = treePackage('ncurses', { version: '6.4' })
export const readline = treePackage('readline', { version: '8.2', needs: [ncurses] })
export const vim = treePackage('vim', { version: '9.0', needs: [ncurses] })
export const lua = treePackage('lua', { version: '5.4', needs: [readline] })
export const oldZlib = treePackage('zlib', { version: '1.2' })
export const newZlib = treePackage('zlib', { version: '1.3' })
export const git = treePackage('git', { version: '2.45', needs: [ncurses, newZlib] })
/** What it needs is in no cache. */
export const orphan = treePackage('orphan', { needs: [treePackage('absent')] })

export const treePackages = [ncurses, readline, vim, lua, oldZlib, newZlib, git, orphan]

export async function seedTreePackages(repository: Repository): Promise<void> {
  await putPackages(repository, treePackages)
}

/** Writes an image to put packages on: so many layers with a file each. */
export async function putBase(
  repository: Repository,
  tag: string,
  options: {
    readonly layers?: number
    readonly architecture?: string
    readonly format?: ImageFormat
    /** Of its config, beside what every config has. */
    readonly config?: Readonly<Record<string, unknown>>
    readonly diffIds?: readonly string[]
  } = {},
): Promise<void> {
  const { layers = 2, architecture = 'amd64', format = 'oci' } = options
  const types = imageMediaTypes[format]
  const tars = Array.from({ length: layers }, (_, i) => rawTar([{ name: `base-${i}`, content: `${tag} ${i}` }]))
  const contents = tars.map((tar) => blob(gzipSync(tar)))
  const config = blob(
    Buffer.from(
      JSON.stringify({
        architecture,
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: options.diffIds ?? tars.map(digestOf) },
        config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'LANG=C.UTF-8'], Cmd: ['/bin/sh'], ...options.config },
      }),
    ),
  )
  for (const one of [config, ...contents]) await repository.putBlob(one, opener(one))
  const described = (mediaType: string, { digest, size }: typeof config) => ({ mediaType, digest, size })
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: described(types.config, config),
    layers: contents.map((one) => described(types.layer, one)),
  }
  await repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), types.manifest)
}
