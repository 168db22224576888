/** What may stand at a place of one of Spack's YAML files. */
export type Shape =
  | { readonly kind: 'any' }
  | { readonly kind: 'text'; readonly oneOf?: readonly string[] }
  | { readonly kind: 'number'; readonly min: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'null' }
  | { readonly kind: 'list'; readonly of: Shape }
  | MapShape
  /** One of several; those of one kind of YAML node differ by their versions alone. */
  | { readonly kind: 'either'; readonly of: readonly Shape[] }
  /** What only some Spacks read: from `since` on, before `until`. */
  | DatedShape

export interface DatedShape {
  readonly kind: 'dated'
  readonly since?: string
  readonly until?: string
  readonly shape: Shape
}

export interface MapShape {
  readonly kind: 'map'
  readonly keys: Readonly<Record<string, Shape>>
  /** What other keys hold; without it there may be no others. */
  readonly rest?: Shape
  /** Other keys are read by nobody, and refused by nobody. */
  readonly open?: boolean
  readonly needs?: readonly string[]
}

export const any: Shape = { kind: 'any' }
export const text: Shape = { kind: 'text' }
export const boolean: Shape = { kind: 'boolean' }
export const nothing: Shape = { kind: 'null' }
export const texts: Shape = { kind: 'list', of: text }
export const number = (min: number): Shape => ({ kind: 'number', min })
export const oneOf = (...words: readonly string[]): Shape => ({ kind: 'text', oneOf: words })
export const list = (of: Shape): Shape => ({ kind: 'list', of })
export const either = (...of: readonly Shape[]): Shape => ({ kind: 'either', of })
export const since = (version: string, shape: Shape): Shape => ({ kind: 'dated', since: version, shape })
export const until = (version: string, shape: Shape): Shape => ({ kind: 'dated', until: version, shape })

/** A mapping with these keys and no others. */
export function map(keys: MapShape['keys'], more: Omit<MapShape, 'kind' | 'keys'> = {}): MapShape {
  return { kind: 'map', keys, ...more }
}

/** A mapping with any keys to one shape. */
export function mapOf(rest: Shape): MapShape {
  return { kind: 'map', keys: {}, rest }
}
