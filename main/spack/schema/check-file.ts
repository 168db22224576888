import { isMap, type Node, visit } from 'yaml'
import { StrataError } from '../../support/errors.ts'
import { nearest } from '../../support/nearest.ts'
import { protect } from '../../support/redact.ts'
import { mergeKey } from '../config/merge.ts'
import { type Place, parseYaml } from '../config/yaml.ts'
import { lineStart } from '../edit/lines.ts'
import { faultOf, specEntries } from '../edit/specs.ts'
import { type EditableYaml, openYaml } from '../edit/yaml-text.ts'
import { asObject, asString, isObject, type Json, type JsonObject } from '../json.ts'
import { checkShape, type YamlFinding } from './check.ts'
import { environmentShape, sectionShapes } from './sections.ts'
import { map } from './shape.ts'

/** What is checked, and for whom. */
export interface FileToCheck {
  readonly text: string
  /** For messages. */
  readonly file: string
  /** A spack.yaml, or a file of a configuration scope. */
  readonly kind: 'environment' | 'scope'
  /** The Spack that reads it; undefined: any. */
  readonly version?: string
}

const weight = { problem: 0, warning: 1, note: 2 } as const

/**
 * What is wrong with a spack.yaml or a configuration file, in the order of its lines: YAML that nobody can read, keys, kinds
 * and values that Spack refuses or does not read, and what it takes but should not be so. Opens no other file.
 */
export function checkFile(input: FileToCheck): readonly YamlFinding[] {
  try {
    return checkYaml(openYaml(input.text, input.file), input)
  } catch (thrown) {
    return [unreadable(thrown, input.file)]
  }
}

/** The same of a file that is open already. */
export function checkYaml(yaml: EditableYaml, input: Omit<FileToCheck, 'text' | 'file'>): readonly YamlFinding[] {
  const environment = input.kind === 'environment'
  const top = topOf(yaml, environment)
  if (environment && top === undefined) {
    const hint = 'A spack.yaml holds one mapping named spack.'
    return [{ severity: 'problem', message: 'there is no spack: section', hint, line: 1, column: 1 }]
  }
  const shape = environment ? environmentShape : map(sectionShapes)
  const findings = [
    ...checkShape(yaml, top?.node ?? null, shape, input.version),
    ...(environment ? otherKeys(yaml) : []),
    ...checkTabs(yaml),
    ...checkCharacters(yaml),
    ...(environment ? checkSpecs(yaml, top?.base ?? []) : []),
    ...checkMirrors(yaml, top?.base ?? [], top?.data ?? {}, input.version),
    ...(environment ? forbidden(yaml, top?.base ?? [], top?.data ?? {}) : []),
  ]
  return [...findings].sort((a, b) => a.line - b.line || a.column - b.column || weight[a.severity] - weight[b.severity])
}

interface Top {
  readonly base: readonly string[]
  readonly node: Node | null
  readonly data: JsonObject
}

function topOf(yaml: EditableYaml, environment: boolean): Top | undefined {
  if (!environment) return { base: [], node: yaml.document.contents, data: yaml.data }
  const key = Object.keys(yaml.data).find((written) => mergeKey(written).name === 'spack')
  if (key === undefined) return undefined
  const node = yaml.document.get(key, true) as Node | undefined
  return { base: [key], node: node ?? null, data: asObject(yaml.data[key]) ?? {} }
}

function unreadable(thrown: unknown, file: string): YamlFinding {
  if (!(thrown instanceof StrataError)) throw thrown
  const { line, column } = thrown.details ?? {}
  const place = { line: typeof line === 'number' ? line : 1, column: typeof column === 'number' ? column : 1 }
  const message = thrown.message.replace(`${file}:${place.line}:${place.column}: `, '')
  return { severity: 'problem', message, hint: thrown.hint, ...place }
}

function otherKeys(yaml: EditableYaml): readonly YamlFinding[] {
  if (!isMap(yaml.document.contents)) return []
  return Object.keys(yaml.data)
    .filter((written) => mergeKey(written).name !== 'spack')
    .map((key): YamlFinding => {
      const known = key in sectionShapes
      const hint = known ? `Put ${key} into the spack: section.` : undefined
      return { severity: 'problem', message: `there is no ${key} beside spack`, hint, ...yaml.placeOf([key], 'key') }
    })
}

/**
 * Tabs between what is written. YAML takes them there; the parser that Spack uses (ruamel.yaml) takes none but in comments,
 * quotes and block texts.
 */
function checkTabs(yaml: EditableYaml): readonly YamlFinding[] {
  const { text, document } = yaml
  if (!text.includes('\t')) return []
  const scalars: (readonly [start: number, end: number])[] = []
  visit(document, {
    Scalar: (_, { range, type }) => void (type !== 'PLAIN' && range && scalars.push([range[0], range[1]])),
  })
  const quoted = (at: number): boolean => scalars.some(([start, end]) => start <= at && at < end)
  const found = new Map<number, YamlFinding>()
  for (const { index } of text.matchAll(/\t/g)) {
    const start = lineStart(text, index)
    const comment = [...text.slice(start, index).matchAll(/(?<=^|\s)#/g)].some((mark) => !quoted(start + mark.index))
    if (comment || quoted(index)) continue
    const place = yaml.placeAt(index)
    const message = 'there is a tab, which Spack takes in comments and quotes alone'
    if (!found.has(place.line)) found.set(place.line, { severity: 'problem', message, hint: 'Use spaces.', ...place })
  }
  return [...found.values()]
}

/** Control characters, which YAML has no place for: Spack reads no file with one of them, be it in a comment. */
function checkCharacters(yaml: EditableYaml): readonly YamlFinding[] {
  return [...yaml.text.matchAll(/[^\P{Cc}\t\n\r\u0085]/gu)].slice(0, 1).map(({ 0: character, index }) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    const message = `there is the control character U+${code}, with which Spack reads nothing of the file`
    return { severity: 'problem', message, hint: 'Take it out.', ...yaml.placeAt(index) }
  })
}

// ---- roots -----------------------------------------------------------------------------------------------------------

function checkSpecs(yaml: EditableYaml, base: readonly string[]): readonly YamlFinding[] {
  const entries = specEntries(yaml, base)
  const seen = new Map<string, Place>()
  const found: YamlFinding[] = []
  for (const { kind, text, place } of entries) {
    if (kind !== 'spec') continue
    const fault = faultOf(text)
    if (fault) found.push({ severity: 'problem', ...fault, ...place })
    const first = seen.get(text)
    if (first) {
      found.push({ severity: 'warning', message: `${text} is a root already (line ${first.line})`, ...place })
    } else seen.set(text, place)
  }
  const definitions = definedNames(yaml, base)
  for (const { kind, text, inside, place } of entries) {
    const written = kind === 'definition' ? [text] : inside
    for (const reference of written.filter((one) => one.startsWith('$'))) {
      const name = reference.replace(/^\$[%^]?/, '').trim()
      // Definitions may come with an included file.
      if (name === '' || definitions.has(name)) continue
      const meant = nearest(name, definitions)
      const hint = meant
        ? `Did you mean ${reference.replace(name, meant)}?`
        : 'It has to come with an include, or from another scope.'
      found.push({ severity: 'warning', message: `there is no definition ${name} in this file`, hint, ...place })
    }
  }
  return found
}

function definedNames(yaml: EditableYaml, base: readonly string[]): ReadonlySet<string> {
  const section = sectionOf(yaml, base, 'definitions')
  const entries = Array.isArray(section) ? section : []
  return new Set(entries.flatMap((entry: Json) => Object.keys(asObject(entry) ?? {}).filter((key) => key !== 'when')))
}

// ---- mirrors ---------------------------------------------------------------------------------------------------------

const schemes = ['file', 'http', 'https', 'sftp', 'ftp', 's3', 'gs', 'oci', 'oci+http']

function checkMirrors(
  yaml: EditableYaml,
  base: readonly string[],
  data: JsonObject,
  version: string | undefined,
): readonly YamlFinding[] {
  const key = Object.keys(data).find((written) => mergeKey(written).name === 'mirrors')
  const mirrors = key === undefined ? undefined : asObject(data[key])
  if (key === undefined || mirrors === undefined) return []
  return Object.entries(mirrors).flatMap(([name, written]) => {
    const path = [...base, key, name]
    const mirror: JsonObject = asObject(written) ?? { url: written }
    const place = yaml.placeOf(path, 'key')
    const urls = [mirror.url, mirror.fetch, mirror.push].flatMap((one) => urlOf(one) ?? [])
    return [
      ...urls.flatMap((url) => checkUrl(url, place, name, version)),
      ...checkSigning(mirror, urls, place, name),
      ...checkSecrets(yaml, path, mirror, name),
      ...(urls.length === 0
        ? [{ severity: 'problem' as const, message: `the mirror ${name} has no url`, ...place }]
        : []),
    ]
  })
}

function urlOf(value: Json | undefined): string | undefined {
  return asString(value) ?? asString(asObject(value)?.url)
}

function checkUrl(url: string, place: Place, name: string, version: string | undefined): readonly YamlFinding[] {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]
  if (scheme === undefined) {
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*(\.[a-z]{2,}|:\d+)\//i.test(url)) return []
    const message = `Spack takes ${url}, the address of the mirror ${name}, for a folder`
    return [{ severity: 'warning', message, hint: `For a registry write oci://${url}.`, ...place }]
  }
  const old = scheme === 'oci+http' && version !== undefined && /^0\./.test(version)
  if (schemes.includes(scheme) && !old) return []
  const message = `Spack does not know ${scheme}:// and takes the URL of the mirror ${name} for a folder`
  const meant = old ? undefined : nearest(scheme, schemes)
  const hint = old ? 'oci+http:// is read since Spack 1.0.' : meant && `Did you mean ${meant}://?`
  return [{ severity: 'warning', message, hint, ...place }]
}

function checkSigning(mirror: JsonObject, urls: readonly string[], place: Place, name: string): readonly YamlFinding[] {
  if (!urls.some((url) => url.startsWith('oci')) || mirror.signed === false || mirror.binary === false) return []
  const hint = 'Write signed: false. What is in a registry is known by its digest.'
  return [{ severity: 'warning', message: `Spack cannot sign packages in a registry, as ${name} asks`, hint, ...place }]
}

function checkSecrets(
  yaml: EditableYaml,
  path: readonly string[],
  mirror: JsonObject,
  name: string,
): readonly YamlFinding[] {
  const sides = [
    [path, mirror],
    [[...path, 'fetch'], asObject(mirror.fetch)],
    [[...path, 'push'], asObject(mirror.push)],
  ] as const
  return sides.flatMap(([at, settings]) => {
    if (!isObject(settings)) return []
    const pair = Array.isArray(settings.access_pair) ? settings.access_pair[1] : undefined
    const token = asString(settings.access_token)
    const url = /^[a-z0-9+.-]+:\/\/[^/@\s]*:([^/@\s]+)@/i.exec(asString(settings.url) ?? '')?.[1]
    const found: readonly (readonly [key: string, what: string, secret: string | undefined])[] = [
      ['access_pair', 'password', pair === undefined || pair === null ? undefined : String(pair)],
      ['access_token', 'token', token],
      ['url', 'password', url],
    ]
    return found.flatMap(([key, what, secret]): readonly YamlFinding[] => {
      if (secret === undefined || secret === '') return []
      protect(secret)
      const hint = 'Everyone who can read the file can use it: strata mirror set moves it (--hide-secret).'
      const message = `the ${what} of the mirror ${name} stands in the file`
      return [{ severity: 'warning', message, hint, ...yaml.placeOf([...at, key], 'key') }]
    })
  })
}

// ---- what only an environment may not ---------------------------------------------------------------------------------

function forbidden(yaml: EditableYaml, base: readonly string[], data: JsonObject): readonly YamlFinding[] {
  const key = Object.keys(data).find((written) => mergeKey(written).name === 'config')
  if (key === undefined || asObject(data[key])?.environments_root === undefined) return []
  const message = 'an environment may not set environments_root'
  const hint = 'Set it for the user or the installation.'
  return [{ severity: 'problem', message, hint, ...yaml.placeOf([...base, key, 'environments_root'], 'key') }]
}

// ---- what other files have a say in ------------------------------------------------------------------------------------

/** The paths of `include:` that name a file or a folder, with where they stand, for whoever can look whether they are there. */
export function includedPaths(text: string, file: string): readonly (Place & { readonly path: string })[] {
  const { yaml, base, sections } = openSections(text, file)
  const [written = '', include] = sections.get('include') ?? []
  const entries = Array.isArray(include) ? include : []
  return entries.flatMap((entry: Json, index: number) => {
    const settings = asObject(entry)
    const path = asString(entry) ?? asString(settings?.path)
    if (path === undefined || settings?.optional === true || settings?.when !== undefined) return []
    return [{ path, ...yaml.placeOf([...base, written, index]) }]
  })
}

/** The only mirror that Spack asks for by its name: `spack ci generate` has its jobs push there (`ci/__init__.py`). */
export const pipelineMirror = 'buildcache-destination'

/**
 * Where a pipeline is set up for which this file has no mirror; undefined where it needs none, or where the mirror may come
 * with an include. `lower`: it may come from a lower scope.
 */
export function pipelineWithoutMirror(text: string, file: string): (Place & { readonly lower: boolean }) | undefined {
  const { yaml, base, sections } = openSections(text, file)
  const [written = '', ci] = sections.get('ci') ?? []
  const [mirrorsKey = '', mirrors] = sections.get('mirrors') ?? []
  if (asObject(ci)?.['pipeline-gen'] === undefined || sections.has('include')) return undefined
  if (pipelineMirror in (asObject(mirrors) ?? {})) return undefined
  return { ...yaml.placeOf([...base, written], 'key'), lower: mergeKey(mirrorsKey).mode !== 'replace' }
}

/** The sections of a manifest or a scope's file, by name, as they are written. */
function openSections(text: string, file: string) {
  const yaml = parseYaml(text, file)
  const key = Object.keys(yaml.data).find((written) => mergeKey(written).name === 'spack')
  const data = key === undefined ? yaml.data : (asObject(yaml.data[key]) ?? {})
  const sections = new Map(Object.entries(data).map((entry) => [mergeKey(entry[0]).name, entry] as const))
  return { yaml, base: key === undefined ? [] : [key], sections }
}

function sectionOf(yaml: EditableYaml, base: readonly string[], name: string): Json | undefined {
  const [top] = base
  const data = top === undefined ? yaml.data : asObject(yaml.data[top])
  return Object.entries(data ?? {}).find(([written]) => mergeKey(written).name === name)?.[1]
}
