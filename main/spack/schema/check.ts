import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml'
import { nearest } from '../../support/nearest.ts'
import { mergeKey } from '../config/merge.ts'
import type { ParsedYaml, Place } from '../config/yaml.ts'
import { compareVersions } from '../spec/version.ts'
import type { DatedShape, MapShape, Shape } from './shape.ts'

/** What is wrong, or odd, at one place of a file. */
export interface YamlFinding extends Place {
  readonly severity: 'note' | 'warning' | 'problem'
  readonly message: string
  readonly hint?: string
}

interface Checking {
  readonly yaml: ParsedYaml
  readonly version: string | undefined
  readonly found: YamlFinding[]
  /** Why a dated shape is not for this Spack: asked for each of thousands of specs, and the same each time. */
  readonly outOfDate: Map<DatedShape, string | undefined>
}

/**
 * Where a file's content has not the shape that a Spack of `version` takes; undefined: any of those that are known. What Spack
 * refuses is a problem, what it does not read a warning.
 */
export function checkShape(
  yaml: ParsedYaml,
  node: Node | null,
  shape: Shape,
  version: string | undefined,
): readonly YamlFinding[] {
  const checking: Checking = { yaml, version, found: [], outOfDate: new Map() }
  check(checking, node, node, shape, '')
  return checking.found
}

/** `at`: the node to report on; of what has no value its key. */
function check(checking: Checking, written: Node | null, at: Node | null, shape: Shape, name: string): void {
  const node = isAlias(written) ? ((written.resolve(checking.yaml.document) as Node | undefined) ?? null) : written
  const wrong = (hint?: string): void => {
    const message = `${name === '' ? 'this' : name} is ${kindOf(node)}, expected ${expected(shape, checking)}`
    report(checking, at, 'problem', message, hint)
  }
  switch (shape.kind) {
    case 'any':
      break
    case 'dated': {
      const reason = outOfDate(shape, checking)
      if (reason) report(checking, at, 'problem', `${name} is not for this Spack: ${reason}`)
      else check(checking, node, at, shape.shape, name)
      break
    }
    case 'either': {
      const current = (one: Shape): boolean => one.kind !== 'dated' || !outOfDate(one, checking)
      const meant = choose([...shape.of.filter(current), ...shape.of.filter((one) => !current(one))], node)
      const why = meant?.kind === 'dated' ? outOfDate(meant, checking) : undefined
      if (meant && !why) check(checking, node, at, meant, name)
      else if (why) report(checking, at, 'problem', `this form of ${name} is not for this Spack: ${why}`)
      else wrong(hintFor(shape, node))
      break
    }
    case 'map':
      if (isMap(node)) checkMap(checking, node.items, at, shape, name)
      else wrong()
      break
    case 'list':
      if (isSeq(node)) for (const item of node.items) check(checking, item as Node, item as Node, shape.of, name)
      else wrong()
      break
    default:
      if (!matches(shape, node)) wrong(hintFor(shape, node))
  }
}

function checkMap(checking: Checking, pairs: readonly Pair[], at: Node | null, shape: MapShape, name: string): void {
  const there = new Set<string>()
  for (const pair of pairs) {
    if (!isScalar(pair.key)) continue
    const key = mergeKey(String(pair.key.value)).name
    const value = pair.value as Node | null
    const own = Object.hasOwn(shape.keys, key) ? shape.keys[key] : shape.rest
    there.add(key)
    if (own) check(checking, value, isEmpty(value) ? (pair.key as Node) : value, own, key)
    else if (key !== '<<') unknownKey(checking, pair.key as Node, key, shape, name)
  }
  for (const key of shape.needs ?? []) {
    if (!there.has(key) && !there.has('<<')) report(checking, at, 'problem', `${name} has no ${key}`)
  }
}

function unknownKey(checking: Checking, node: Node, key: string, shape: MapShape, name: string): void {
  const meant = nearest(key, Object.keys(shape.keys))
  const where = name === '' ? '' : ` in ${name}`
  const message = shape.open ? `Spack does not read ${key}${where}` : `there is no ${key}${where}`
  report(checking, node, shape.open ? 'warning' : 'problem', message, meant && `Did you mean ${meant}?`)
}

function report(
  { yaml, found }: Checking,
  node: Node | null,
  severity: YamlFinding['severity'],
  message: string,
  hint?: string,
): void {
  found.push({ severity, message, hint, ...yaml.placeAt(node?.range?.[0] ?? 0) })
}

/** The alternative that is meant: the one for this kind of node, for a mapping the one that knows most of its keys. */
function choose(shapes: readonly Shape[], node: Node | null): Shape | undefined {
  const possible = shapes.filter((shape) => fits(shape, node))
  if (possible.length < 2 || !isMap(node)) return possible[0]
  const keys = node.items.flatMap((pair) => (isScalar(pair.key) ? [String(pair.key.value)] : []))
  const known = (shape: Shape): number => {
    const plain = shape.kind === 'dated' ? shape.shape : shape
    return plain.kind === 'map' ? keys.filter((key) => Object.hasOwn(plain.keys, key)).length : 0
  }
  return [...possible].sort((a, b) => known(b) - known(a))[0]
}

function fits(shape: Shape, node: Node | null): boolean {
  if (shape.kind === 'dated') return fits(shape.shape, node)
  if (shape.kind === 'either') return shape.of.some((one) => fits(one, node))
  if (shape.kind === 'map') return isMap(node)
  if (shape.kind === 'list') return isSeq(node)
  return matches(shape, node)
}

function matches(shape: Shape, node: Node | null): boolean {
  const value = isScalar(node) ? node.value : node === null ? null : undefined
  switch (shape.kind) {
    case 'any':
      return true
    case 'text':
      return typeof value === 'string' && (shape.oneOf?.includes(value) ?? true)
    case 'number':
      return typeof value === 'number' && value >= shape.min && (shape.min < 0 || Number.isInteger(value))
    case 'boolean':
      return typeof value === 'boolean'
    case 'null':
      return value === null
    default:
      return false
  }
}

function isEmpty(value: unknown): boolean {
  return value === null || (isScalar(value) && value.value === null)
}

// ---- words ---------------------------------------------------------------------------------------------------------

function outOfDate(shape: DatedShape, { version, outOfDate: known }: Checking): string | undefined {
  if (version === undefined) return undefined
  if (!known.has(shape)) known.set(shape, whyNotFor(version, shape))
  return known.get(shape)
}

function whyNotFor(version: string, { since, until }: DatedShape): string | undefined {
  if (since !== undefined && compareVersions(version, since) < 0) return `it is read since Spack ${since}`
  if (until !== undefined && compareVersions(version, until) >= 0) return `it is not read since Spack ${until}`
  return undefined
}

function kindOf(node: Node | null): string {
  if (isMap(node)) return 'a mapping'
  if (isSeq(node)) return 'a list'
  const value = isScalar(node) ? node.value : null
  if (value === null) return 'empty'
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value)}`
  return String(value)
}

function expected(shape: Shape, checking: Checking): string {
  switch (shape.kind) {
    case 'text':
      return shape.oneOf ? shape.oneOf.join(', ').replace(/, ([^,]*)$/, ' or $1') : 'a text'
    case 'number':
      return shape.min < 0 ? 'a number' : `a whole number of at least ${shape.min}`
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'nothing'
    case 'list':
      return 'a list'
    case 'map':
      return 'a mapping'
    case 'dated':
      return expected(shape.shape, checking)
    case 'either': {
      const usable = shape.of.filter((one) => one.kind !== 'dated' || !outOfDate(one, checking))
      return [...new Set(usable.map((one) => expected(one, checking)))].join(' or ')
    }
    case 'any':
      return 'anything'
  }
}

function hintFor(shape: Shape, node: Node | null): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined
  if (typeof node.value !== 'string') return shape.kind === 'text' && !shape.oneOf ? 'Put it in quotes.' : undefined
  const choices = wordsOf(shape)
  if (choices.includes('true') && /^(yes|no|on|off)$/i.test(node.value)) return 'Here it is true or false.'
  const meant = nearest(node.value, choices)
  return meant && `Did you mean ${meant}?`
}

function wordsOf(shape: Shape): readonly string[] {
  if (shape.kind === 'text') return shape.oneOf ?? []
  if (shape.kind === 'boolean') return ['true', 'false']
  if (shape.kind === 'dated') return wordsOf(shape.shape)
  return shape.kind === 'either' ? shape.of.flatMap(wordsOf) : []
}
