import { parseDocument } from 'yaml'
import { StrataError } from '../../support/errors.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'

/**
 * A YAML file of Spack as plain data; an empty file is an empty mapping. Spack reads YAML 1.2: `yes` and `on` are words,
 * `010` is ten. Throws `config-invalid` with the file, the line and the column when it is not YAML, or not a mapping.
 */
export function readYaml(text: string, file: string): JsonObject {
  const document = parseDocument(text, { merge: true, version: '1.2' })
  const [error] = document.errors
  if (error) {
    const { line, col: column } = error.linePos?.[0] ?? { line: 1, col: 1 }
    const what = error.message.split(/ at line \d+/)[0] ?? error.message
    throw new StrataError('config-invalid', `${file}:${line}:${column}: ${what}`, {
      hint: 'Correct the YAML there.',
      details: { file, line, column },
      cause: error,
    })
  }
  const data = toData(document, file)
  if (data === null) return {}
  if (isObject(data)) return data
  throw new StrataError('config-invalid', `${file}:1:1: expected a mapping of sections`, {
    details: { file, line: 1, column: 1 },
  })
}

/** Aliases are followed up to a bound, so that a small file cannot unfold into a huge one. */
function toData(document: ReturnType<typeof parseDocument>, file: string): Json {
  try {
    return document.toJS({ maxAliasCount: 1000 }) as Json
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new StrataError('config-invalid', `${file}:1:1: ${why}`, { cause, details: { file, line: 1, column: 1 } })
  }
}
