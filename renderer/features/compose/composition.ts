import { scratchBase } from '../../../main/api/base-images.ts'
import type { Composition } from '../../../main/api/compose.ts'
import { shortHash } from '../../../main/api/format.ts'

/** Edits of a composition: each makes a new one, and the very same one when nothing changes. */

export const emptyComposition: Composition = {
  roots: [],
  settings: {},
  variables: {},
  squash: false,
  ociForm: false,
  allowMissing: false,
}

/** A package as a composition names it: exactly this build, and still to be read by people. */
export function rootSpec({ name, hash }: { readonly name: string; readonly hash: string }): string {
  return `${name}/${shortHash(hash)}`
}

/** Whether a spec names this package by its hash. */
export function namesPackage(spec: string, hash: string): boolean {
  const [, given = ''] = /\/([a-z2-7]+)$/.exec(spec) ?? []
  return given !== '' && hash.startsWith(given)
}

/** With these roots from the `below`th on, on top when absent; those that are there already stay where they are. */
export function withRoots(composition: Composition, specs: readonly string[], below?: number): Composition {
  const fresh = [...new Set(specs)].filter((spec) => !composition.roots.includes(spec))
  if (fresh.length === 0) return composition
  return { ...composition, roots: composition.roots.toSpliced(below ?? composition.roots.length, 0, ...fresh) }
}

export function withoutRoot(composition: Composition, spec: string): Composition {
  if (!composition.roots.includes(spec)) return composition
  return { ...composition, roots: composition.roots.filter((one) => one !== spec) }
}

/** With this root moved to where `below` of the roots, itself counted as it lies now, are below it. */
export function placeRoot(composition: Composition, spec: string, below: number): Composition {
  const from = composition.roots.indexOf(spec)
  const to = below > from ? below - 1 : below
  if (from === -1 || to === from) return composition
  return { ...composition, roots: composition.roots.toSpliced(from, 1).toSpliced(to, 0, spec) }
}

/** With this root past its neighbour; the last lies on top. */
export function moveRoot(composition: Composition, spec: string, by: 'up' | 'down'): Composition {
  const from = composition.roots.indexOf(spec)
  const to = by === 'up' ? from + 1 : from - 1
  if (from === -1 || to < 0 || to >= composition.roots.length) return composition
  return { ...composition, roots: composition.roots.toSpliced(from, 1).toSpliced(to, 0, spec) }
}

/** On this base image; nothing, or `scratch`, for none. */
export function withBase(composition: Composition, reference: string): Composition {
  const said = reference.trim()
  const base = said === '' || said === scratchBase ? undefined : said
  if (base === composition.base && composition.baseOf === undefined) return composition
  const { baseOf: _other, ...rest } = composition
  return { ...rest, base }
}

/** With this variable set at last; without a value, as the packages and the base image have it. */
export function withVariable(composition: Composition, name: string, value: string | undefined): Composition {
  const { [name]: old, ...others } = composition.variables
  if (old === value) return composition
  return { ...composition, variables: value === undefined ? others : { ...others, [name]: value } }
}

export type Dragged =
  /** A package of the cache. */
  | { readonly kind: 'package'; readonly spec: string }
  /** A root that is moved. */
  | { readonly kind: 'root'; readonly spec: string }
  | { readonly kind: 'base'; readonly reference: string }

/** What comes of dropping something on the stack; `below`: how many roots lie below that place. */
export function dropped(composition: Composition, dragged: Dragged, below: number): Composition {
  if (dragged.kind === 'base') return withBase(composition, dragged.reference)
  if (composition.roots.includes(dragged.spec)) return placeRoot(composition, dragged.spec, below)
  return dragged.kind === 'package' ? withRoots(composition, [dragged.spec], below) : composition
}
