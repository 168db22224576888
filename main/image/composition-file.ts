import { resolve } from 'node:path'
import { stringify } from 'yaml'
import * as z from 'zod'
import { scratchBase } from '../api/base-images.ts'
import { archivePath } from '../registry/image-archive.ts'
import { parseReference } from '../registry/reference.ts'
import { isLegalTag } from '../registry/tag.ts'
import { type LocatedYaml, readLocatedYaml, yamlError } from '../spack/config/yaml.ts'
import { StrataError } from '../support/errors.ts'
import { nearest } from '../support/nearest.ts'
import { absoluteBase, isBasePath } from './base-path.ts'
import { dockerLayerLimit } from './budget.ts'
import type { ComposeOptions } from './composition.ts'

/** Text that `check` throws nothing for. */
function checked(check: (text: string) => unknown): z.ZodString {
  return z.string().check((context) => {
    try {
      check(context.value)
    } catch (error) {
      context.issues.push({ code: 'custom', input: context.value, message: messageOf(error) })
    }
  })
}

const reference = checked(parseReference)

/** A reference, or a file to write. */
const target = checked((text) => archivePath(absoluteArchive(text, '/')) ?? parseReference(text))

/** A reference, a path, or `scratch`. */
const baseImage = checked((text) => isBasePath(text) || text === scratchBase || parseReference(text))

/** `docker-archive:file.tar` with its path absolute; everything else comes back as it is. */
function absoluteArchive(text: string, folder: string): string {
  const [, kind, path] = /^(docker-archive|oci-archive):(.+)$/.exec(text) ?? []
  return kind === undefined || path === undefined ? text : `${kind}:${resolve(folder, path)}`
}

/** `config.Env` has no other form for a name. */
const variableName = z.string().regex(/^[^=\s]+$/, 'a variable’s name has no = and no blanks')

/**
 * A saved composition: `strata.yaml`. Its keys are those of the command line (`--from`, `--to`, `--base-image`,
 * `--max-layers`), so that whoever knows one can write the other. No secrets: who one is, is not part of an image.
 */
const CompositionFile = z.strictObject({
  /** The build cache. */
  from: reference.optional(),
  /** Where the image goes; the cache's repository when absent. */
  to: target.optional(),
  tag: z
    .string()
    .refine(isLegalTag, 'a tag is 1 to 128 of A-Z a-z 0-9 _ . -')
    .refine(
      (tag) => !tag.endsWith('.spack'),
      'a tag that ends in .spack is a package’s: Spack would take the image for one',
    )
    .optional(),
  /** A reference, `scratch`, or the path of a file or folder, absolute or relative to this file. */
  'base-image': baseImage.optional(),
  /** Instead: an image of the cache's repository, for what lies below its packages. */
  'base-of': z.string().min(1).optional(),
  /** `name`, `name@version`, `name/hash` or `/hash` each; the last lies on top. */
  roots: z.array(z.string().min(1, 'a root is a name, name@version or /hash')),
  title: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  workdir: z.string().startsWith('/', 'a working directory is an absolute path').optional(),
  user: z.string().optional(),
  /** Also settles variables that are said differently. */
  environment: z.record(variableName, z.string()).optional(),
  created: z.iso.datetime({ offset: true, error: 'a time looks like 2026-01-31T12:00:00Z' }).optional(),
  /** A target whose machines have to run it. */
  baseline: z.string().optional(),
  'max-layers': z.number().int('a number of layers is whole').min(1).max(dockerLayerLimit).optional(),
  squash: z.boolean().optional(),
  /** OCI's media types, whatever the base image has. */
  'oci-media-types': z.boolean().optional(),
  /** Without packages that the cache lacks. */
  'allow-missing': z.boolean().optional(),
})
export type CompositionFile = z.infer<typeof CompositionFile>

/**
 * Reads a composition file; `file` names it in errors. Throws `config-invalid` for the first thing that is wrong, with
 * line and column, and for a key that does not exist with the one that was probably meant.
 */
export function parseCompositionFile(text: string, file: string): CompositionFile {
  const yaml = readLocatedYaml(text, file)
  const parsed = CompositionFile.safeParse(yaml.data)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((issue) => issueError(issue, yaml, file))
  // The first in the file, not in the schema: there the user looks. What is missing may only be misspelled: it comes last.
  const [first] = errors.sort((a, b) => Number(a.missing) - Number(b.missing) || a.line - b.line || a.column - b.column)
  throw first
    ? yamlError(file, first, first.what, first.hint)
    : new StrataError('config-invalid', `${file} is not valid`)
}

interface IssueError {
  readonly missing: boolean
  readonly line: number
  readonly column: number
  readonly what: string
  readonly hint?: string
}

function issueError(issue: z.core.$ZodIssue, yaml: LocatedYaml, file: string): IssueError {
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const keys = Object.keys(CompositionFile.shape)
    const meant = nearest(key, keys)
    const hint = meant === undefined ? `There are: ${keys.join(', ')}.` : `Did you mean ${meant}?`
    return { ...yaml.placeOf([...issue.path, key], 'key'), missing: false, what: `there is no key "${key}"`, hint }
  }
  const where = issue.path.map(String).join('.')
  if (issue.code === 'invalid_type' && valueAt(yaml.data, issue.path) === undefined) {
    return { ...yaml.placeOf(issue.path), missing: true, what: `"${where}" is missing`, hint: example(file) }
  }
  const part = issue.code === 'invalid_key' ? 'key' : 'value'
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issueText(issue, yaml)
  const isNumber = issue.code === 'invalid_type' && issue.expected === 'string'
  return {
    ...yaml.placeOf(issue.path, part),
    missing: false,
    what: `${where}: ${message}`,
    hint: isNumber ? 'Put it in quotes: what looks like a number or a truth value is one in YAML.' : undefined,
  }
}

function issueText(issue: z.core.$ZodIssue, { data }: LocatedYaml): string {
  if (issue.code !== 'invalid_type') return issue.message
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    array: 'a list',
    record: 'a mapping',
    number: 'a number',
    boolean: 'true or false',
  }
  const found = JSON.stringify(valueAt(data, issue.path))
  return `expected ${words[issue.expected] ?? issue.expected}, found ${found.length > 60 ? `${found.slice(0, 60)}…` : found}`
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }, data)
}

function example(file: string): string {
  return `The least that ${file} holds is a list of roots, for example "roots: [vim, lua]".`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The file's text, its keys always in one order, without those that are not set. */
export function formatCompositionFile(composition: CompositionFile): string {
  const keys = Object.keys(CompositionFile.shape) as (keyof CompositionFile)[]
  const set = keys.filter((key) => composition[key] !== undefined).map((key) => [key, composition[key]])
  return stringify(Object.fromEntries(set), { version: '1.2', lineWidth: 0 })
}

/** What a composition file says of the image, as composing takes it. */
export function optionsOf(file: CompositionFile): ComposeOptions {
  return {
    settings: {
      labels: file.labels,
      entrypoint: file.entrypoint,
      command: file.command,
      workingDirectory: file.workdir,
      user: file.user,
    },
    variables: file.environment,
    title: file.title,
    created: file.created,
    baseline: file.baseline,
    layerLimit: file['max-layers'],
    squash: file.squash,
    ociForm: file['oci-media-types'],
    allowMissing: file['allow-missing'],
  }
}

/** The file with every path in it absolute: relative ones are seen from the folder that the file lies in. */
export function withAbsolutePaths(
  file: CompositionFile,
  places: { readonly folder: string; readonly home: string },
): CompositionFile {
  const { to, 'base-image': base } = file
  return {
    ...file,
    ...(base !== undefined && { 'base-image': absoluteBase(base, places) }),
    ...(to !== undefined && { to: absoluteArchive(to, places.folder) }),
  }
}

/** The other way: a composition file of these roots (as specs) and options. */
export function compositionFileOf(
  parts: Pick<CompositionFile, 'from' | 'to' | 'tag' | 'base-image' | 'base-of' | 'roots'>,
  options: ComposeOptions,
): CompositionFile {
  const { settings } = options
  return {
    ...parts,
    title: options.title,
    labels: settings?.labels && { ...settings.labels },
    entrypoint: settings?.entrypoint && [...settings.entrypoint],
    command: settings?.command && [...settings.command],
    workdir: settings?.workingDirectory,
    user: settings?.user,
    environment: options.variables && { ...options.variables },
    created: options.created,
    baseline: options.baseline,
    'max-layers': options.layerLimit,
    squash: options.squash,
    'oci-media-types': options.ociForm,
    'allow-missing': options.allowMissing,
  }
}
