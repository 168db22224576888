import { stringify } from 'yaml'
import { StrataError } from '../../support/errors.ts'
import { mergeKey } from '../config/merge.ts'
import { readYaml } from '../config/yaml.ts'
import { asObject, asString, type Json, type JsonObject } from '../json.ts'

/** What a spack.yaml says about the environment itself; its configuration is read with the other scopes. */
export interface Manifest {
  /** The requested specs as written, one line each; a matrix or a reference to a definition is not unfolded. */
  readonly specs: readonly string[]
  /** `view:` as written: on or off, a path, or named views. */
  readonly view?: Json
}

/** A spack.yaml's text; `file` is for messages. Throws `config-invalid` with line and column. */
export function parseManifest(text: string, file: string): Manifest {
  const data = readYaml(text, file)
  const top = section(data, 'spack') ?? section(data, 'env')
  if (top === undefined) {
    throw new StrataError('config-invalid', `${file}:1:1: there is no \`spack:\` section`, {
      hint: 'A spack.yaml holds one mapping named `spack`.',
      details: { file, line: 1, column: 1 },
    })
  }
  return { specs: specLines(entryOf(top, 'specs')), view: entryOf(top, 'view') }
}

/** An empty `spack:` is an environment without specs. */
function section(data: JsonObject, name: string): JsonObject | undefined {
  const value = entryOf(data, name)
  return value === null ? {} : asObject(value)
}

function entryOf(data: JsonObject, name: string): Json | undefined {
  return Object.entries(data).find(([written]) => mergeKey(written).name === name)?.[1]
}

function specLines(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((item: Json): readonly string[] => {
    if (typeof item === 'string') return [item]
    const entry = asObject(item)
    // Spack 1.2: specs may come in named groups.
    if (asString(entry?.group) !== undefined) return specLines(entry?.specs)
    return [stringify(item, { collectionStyle: 'flow', lineWidth: 0 }).trim()]
  })
}
