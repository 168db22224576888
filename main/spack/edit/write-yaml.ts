import { readableScalar } from '../../support/yaml-scalar.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'

/** How a file indents. */
export interface YamlStyle {
  /** Columns of a mapping below its key. */
  readonly step: number
  /** Columns of a list's dashes below the list's key; 0 is what Spack writes. */
  readonly dashes: number
}

/** The lines of a mapping's entries, nested mappings below them. Lists stand in brackets. */
export function blockLines(value: JsonObject, indent: string, style: YamlStyle): readonly string[] {
  return Object.entries(value).flatMap(([key, entry]): readonly string[] => {
    if (entry === undefined) return []
    const written = `${indent}${scalarText(key, 'block')}:`
    if (!isObject(entry) || isEmpty(entry)) return [`${written} ${inlineText(entry, 'block')}`]
    return [written, ...blockLines(entry, indent + ' '.repeat(style.step), style)]
  })
}

/** A value on one line: collections with brackets and braces. */
export function inlineText(value: Json, place: 'block' | 'flow'): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => inlineText(item, 'flow')).join(', ')}]`
  if (isObject(value)) return `{${inlineEntries(value)}}`
  return scalarText(value as string | number | boolean | null, place)
}

/** The entries of a mapping in braces, without these. */
export function inlineEntries(value: JsonObject): string {
  return Object.entries(value)
    .flatMap(([key, entry]) =>
      entry === undefined ? [] : [`${scalarText(key, 'flow')}: ${inlineText(entry, 'flow')}`],
    )
    .join(', ')
}

/** Whether a value is written on one line also where there is room for more. */
export function isInline(value: Json): boolean {
  return !isObject(value) || isEmpty(value)
}

function isEmpty(value: JsonObject): boolean {
  return Object.values(value).every((entry) => entry === undefined)
}

function scalarText(value: string | number | boolean | null, place: 'block' | 'flow'): string {
  return typeof value === 'string' ? readableScalar(value, place) : String(value)
}
