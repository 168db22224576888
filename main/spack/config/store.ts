import { join } from 'node:path'
import { kindOf, namesIn } from '../files.ts'
import type { SpackInstance } from '../instances.ts'
import { asObject, asString } from '../json.ts'
import type { Configuration } from './configuration.ts'

/** Where packages are installed. Logical paths. */
export interface Store {
  /** `config:install_tree:root`: holds `bin/sbang`. */
  readonly root: string
  /** The same with its padding: holds the packages and `.spack-db/index.json`. */
  readonly paddedRoot: string
  readonly sbangPath: string
  /** Padded roots of read-only stores whose packages count as installed, the nearest first. */
  readonly upstreams: readonly string[]
}

const placeholder = '__spack_path_placeholder__'

/** `padded_length: true`: Linux's PATH_MAX less what Spack keeps for the part below the root. */
const automaticLength = 4096 - 300

/**
 * The store of an installation (Spack's `store.py`, `parse_install_tree`). Where the configuration says nothing of
 * padding but the store on disk is padded (a store that was copied without its configuration), the disk is right.
 */
export async function storeOf(configuration: Configuration, instance: SpackInstance): Promise<Store> {
  const written = configuration.get(['config', 'install_tree'])
  const place = typeof written === 'string' ? ['config', 'install_tree'] : ['config', 'install_tree', 'root']
  const { root, length: inline } = withoutInlinePadding(configuration.path(place) ?? join(instance.root, 'opt/spack'))
  const length = paddedLength(asObject(written)?.padded_length) ?? inline
  const paddedRoot = length === undefined ? await paddedOnDisk(root, instance.sysroot) : addPadding(root, length)
  return { root, paddedRoot, sbangPath: join(root, 'bin/sbang'), upstreams: upstreamsOf(configuration, instance) }
}

/**
 * `path` with placeholder folders below it until it is `length` characters long, as Spack's `add_padding` makes it;
 * a path that is already as long, or one short of it, stays.
 */
export function addPadding(path: string, length: number): string {
  const room = length - path.length - 1
  if (room < 0) return path
  const unit = placeholder.length + 1
  const padding = `${placeholder}/`.repeat(Math.floor(room / unit)) + placeholder.slice(0, room % unit)
  const whole = padding.endsWith('/') ? `${padding.slice(0, -1)}_` : padding
  return whole === '' ? path : `${path}/${whole}`
}

function paddedLength(value: unknown): number | undefined {
  if (value === true) return automaticLength
  return typeof value === 'number' && value > 0 ? value : undefined
}

/** The oldest way to ask for padding: `root: /some/where$padding:128`. */
function withoutInlinePadding(written: string): { readonly root: string; readonly length?: number } {
  const match = /\$padding(?::(\d+))?|\$\{padding(?::(\d+))?\}/.exec(written)
  if (match === null) return { root: written }
  const length = match[1] ?? match[2]
  const root = written.replace(match[0], '').replace(/\/+$/, '')
  return { root, length: length === undefined ? automaticLength : Number(length) }
}

/** Follows placeholder folders down from `root` to a database; `root` itself when there is none. */
async function paddedOnDisk(root: string, sysroot: string | undefined): Promise<string> {
  const hasDatabase = async (path: string) => (await kindOf(join(path, '.spack-db/index.json'), sysroot)) === 'file'
  if (await hasDatabase(root)) return root
  let at = root
  for (;;) {
    const next = (await namesIn(at, sysroot)).find((name) => name.startsWith('__') && isPadding(name))
    if (next === undefined) return root
    at = join(at, next)
    if (await hasDatabase(at)) return at
  }
}

function isPadding(name: string): boolean {
  return placeholder.startsWith(name) || name === `${placeholder}_`
}

function upstreamsOf(configuration: Configuration, instance: SpackInstance): readonly string[] {
  return Object.keys(asObject(configuration.get(['upstreams'])) ?? {}).flatMap((name) => {
    const path = ['upstreams', name, 'install_tree']
    const tree = asString(configuration.get(path))
    return tree === undefined ? [] : [configuration.path(path) ?? configuration.expand(tree, instance.root)]
  })
}
