import { mergeKey } from '../config/merge.ts'
import { compareVersions } from '../spec/version.ts'
import { environmentShape } from './sections.ts'
import { map, type Shape } from './shape.ts'

/** One thing that could be written at the cursor. */
export interface Completion {
  readonly label: string
  /** What comes behind a key: `a list`, `true or false`. */
  readonly detail: string
}

export interface Completions {
  /** Where in the line the word begins that they replace; counted from 0. */
  readonly from: number
  readonly options: readonly Completion[]
}

/** A line as far as it can be told without its neighbours: what is being written need not be YAML yet. */
const keyLine = /^(\s*(?:- +)*)([\w-]*)$/
const valueLine = /^(\s*(?:- +)*)([\w-]+):{1,2} +([\w-]*)$/
const parentLine = /^(\s*(?:- +)*)([\w-]+):{1,2}\s*(?:#.*)?$/

const manifest = map({ spack: environmentShape })

/**
 * What Spack would take at a place of a spack.yaml that is being written: the keys of the mapping there, or the words of a
 * value. Where it is follows from the indentation above. `line` and `column` count from 0; undefined `version`: any Spack.
 */
export function completeManifest(text: string, line: number, column: number, version: string | undefined): Completions {
  const lines = text.split(/\r?\n/)
  const before = (lines[line] ?? '').slice(0, column)
  const value = valueLine.exec(before)
  if (value) {
    const [, indent = '', key = '', word = ''] = value
    const shapes = shapesAt([...pathAbove(lines, line, indent.length), key], version)
    return { from: column - word.length, options: startingWith(word, unique(shapes.flatMap(wordsOf))) }
  }
  const [, indent = '', word = ''] = keyLine.exec(before) ?? []
  if (!keyLine.test(before)) return { from: column, options: [] }
  const shapes = shapesAt(pathAbove(lines, line, indent.length), version)
  const keys = shapes
    .flatMap(mapsIn)
    .flatMap((shape) =>
      Object.entries(shape.keys).flatMap(([label, own]) =>
        isCurrent(own, version) ? [{ label, detail: describeShape(own) }] : [],
      ),
    )
  return { from: column - word.length, options: startingWith(word, unique(keys)) }
}

/** The keys that the line lies below. A dash lies where its list's key does, or deeper. */
function pathAbove(lines: readonly string[], line: number, indent: number): readonly string[] {
  const path: string[] = []
  let depth = indent
  for (let i = line - 1; i >= 0 && depth > 0; i--) {
    const parent = parentLine.exec(lines[i] ?? '')
    const [, blanks = '', key = ''] = parent ?? []
    if (!parent || blanks.length >= depth) continue
    path.unshift(key)
    depth = blanks.search(/-|$/)
  }
  return path
}

/** The shapes that may stand at a path; lists are looked into, alternatives are all of them. */
function shapesAt(path: readonly string[], version: string | undefined): readonly Shape[] {
  let shapes: readonly Shape[] = [manifest]
  for (const written of path) {
    const { name } = mergeKey(written)
    shapes = shapes.flatMap(mapsIn).flatMap((shape) => {
      const own = Object.hasOwn(shape.keys, name) ? shape.keys[name] : shape.rest
      return own && isCurrent(own, version) ? [own] : []
    })
  }
  return shapes
}

function mapsIn(shape: Shape): readonly (Shape & { readonly kind: 'map' })[] {
  switch (shape.kind) {
    case 'map':
      return [shape]
    case 'list':
      return mapsIn(shape.of)
    case 'either':
      return shape.of.flatMap(mapsIn)
    case 'dated':
      return mapsIn(shape.shape)
    default:
      return []
  }
}

function wordsOf(shape: Shape): readonly Completion[] {
  switch (shape.kind) {
    case 'text':
      return (shape.oneOf ?? []).map((label) => ({ label, detail: '' }))
    case 'boolean':
      return ['true', 'false'].map((label) => ({ label, detail: '' }))
    case 'either':
      return shape.of.flatMap(wordsOf)
    case 'dated':
      return wordsOf(shape.shape)
    default:
      return []
  }
}

function isCurrent(shape: Shape, version: string | undefined): boolean {
  if (shape.kind !== 'dated' || version === undefined) return true
  const { since, until } = shape
  return (
    (since === undefined || compareVersions(version, since) >= 0) &&
    (until === undefined || compareVersions(version, until) < 0)
  )
}

function describeShape(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return shape.oneOf ? shape.oneOf.join(', ') : 'text'
    case 'number':
      return 'number'
    case 'boolean':
      return 'true or false'
    case 'list':
      return 'list'
    case 'map':
      return 'mapping'
    case 'dated':
      return describeShape(shape.shape)
    case 'either':
      return [...new Set(shape.of.map(describeShape))].filter((one) => one !== '').join(' or ')
    case 'null':
    case 'any':
      return ''
  }
}

function startingWith(word: string, options: readonly Completion[]): readonly Completion[] {
  return options.filter(({ label }) => label.startsWith(word) && label !== word)
}

function unique(options: readonly Completion[]): readonly Completion[] {
  return [...new Map(options.map((one) => [one.label, one])).values()]
}
