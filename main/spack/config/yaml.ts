import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml'
import { StrataError } from '../../support/errors.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'

/** Where something is in a text, both counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A YAML file's content, and where each part of it is written. */
export interface LocatedYaml {
  readonly data: JsonObject
  /** Where the value at a path is, or its key; of what is not there, the nearest thing around it. */
  readonly placeOf: (path: readonly PropertyKey[], part?: 'key' | 'value') => Place
}

/** The same with its syntax tree, whose nodes know their range in the text. */
export interface ParsedYaml extends LocatedYaml {
  readonly document: Document.Parsed
  readonly placeAt: (offset: number) => Place
}

/**
 * A YAML file of Spack as plain data; an empty file is an empty mapping. Spack reads YAML 1.2: `yes` and `on` are words,
 * `010` is ten. Throws `config-invalid` with the file, the line and the column when it is not YAML, or not a mapping.
 */
export function readYaml(text: string, file: string): JsonObject {
  return parseYaml(text, file).data
}

/** The same, with the places in the file, for errors about what it says. */
export function readLocatedYaml(text: string, file: string): LocatedYaml {
  return parseYaml(text, file)
}

/** Long texts that were parsed last. One plan reads a file for its configuration, its edit and its checks. */
const lastParsed = new Map<string, ParsedYaml>()
const mostParsed = 4
/** Characters; a shorter text is parsed in less than half a millisecond. */
const longText = 4_000

/**
 * The same, with all that is known of the text, to change it. Nobody may change what comes back: a long text is parsed once
 * while it is among the last ones (14 ms for a spack.yaml of 2,000 roots).
 */
export function parseYaml(text: string, file: string): ParsedYaml {
  if (text.length < longText) return parseAnew(text, file)
  const parsed = lastParsed.get(text) ?? parseAnew(text, file)
  lastParsed.delete(text)
  lastParsed.set(text, parsed)
  const [oldest] = lastParsed.keys()
  if (lastParsed.size > mostParsed && oldest !== undefined) lastParsed.delete(oldest)
  return parsed
}

function parseAnew(text: string, file: string): ParsedYaml {
  const lines = new LineCounter()
  const document = parseDocument(text, { merge: true, version: '1.2', lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number | undefined): Place => {
    const { line, col: column } = lines.linePos(offset ?? 0)
    return { line: Math.max(1, line), column: Math.max(1, column) }
  }
  const [error] = document.errors
  if (error) {
    const words = faultOf(error, document, placeAt)
    throw yamlError(file, placeAt(error.pos[0]), words, 'Correct the YAML there.', error)
  }
  const data = toData(document, file)
  if (data !== null && !isObject(data)) throw yamlError(file, { line: 1, column: 1 }, 'expected a mapping of sections')
  const placeOf: LocatedYaml['placeOf'] = (path, part = 'value') => {
    let found: Node | null = document.contents
    for (const [depth, key] of path.entries()) {
      const pair = isMap(found) ? found.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
      if (isPair(pair) && part === 'key' && depth === path.length - 1) return placeAt((pair.key as Node).range?.[0])
      const next: unknown = document.getIn(path.slice(0, depth + 1), true)
      if (!isNode(next)) break
      found = next
    }
    return placeAt(found?.range?.[0])
  }
  return { data: data ?? {}, placeOf, document, placeAt }
}

/** What is wrong, in words; the parser's own are meant for whoever calls it where they tell of documents or keys. */
function faultOf(error: YAMLParseError, document: Document.Parsed, placeAt: ParsedYaml['placeAt']): string {
  if (error.code === 'MULTIPLE_DOCS') return 'a second document begins here, and a file holds one'
  let words = error.message
  if (error.code !== 'DUPLICATE_KEY') return words
  visit(document, {
    Map: (_, { items }) => {
      const keys = items.flatMap(({ key }) =>
        isScalar(key) && key.range ? [{ key: key.value, at: key.range[0] }] : [],
      )
      const again = keys.find(({ at }) => at === error.pos[0])
      const first = keys.find(({ key }) => key === again?.key)
      if (!again || !first) return undefined
      words = `${again.key} is there twice, first in line ${placeAt(first.at).line}`
      return visit.BREAK
    },
  })
  return words
}

/** An error about one place of a YAML file: `spack.yaml:3:5: …`. */
export function yamlError(
  file: string,
  { line, column }: Place,
  what: string,
  hint?: string,
  cause?: unknown,
): StrataError {
  return new StrataError('config-invalid', `${file}:${line}:${column}: ${what}`, {
    hint,
    details: { file, line, column },
    cause,
  })
}

/** Aliases are followed up to a bound, so that a small file cannot unfold into a huge one. */
function toData(document: ReturnType<typeof parseDocument>, file: string): Json {
  try {
    return document.toJS({ maxAliasCount: 1000 }) as Json
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw yamlError(file, { line: 1, column: 1 }, why, undefined, cause)
  }
}
