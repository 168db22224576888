import type { Output, Parsed } from '../../api/contract.ts'
import type {
  FileFinding,
  ManifestSetting,
  ManifestText,
  MirrorList,
  PaddingReport,
  SettingPlace,
  WritableScope,
} from '../../api/spack-files.ts'
import { type Configuration, readConfiguration } from '../../spack/config/configuration.ts'
import { type Mirror, type MirrorCredentials, readMirrors } from '../../spack/config/mirrors.ts'
import { addPadding, type Store } from '../../spack/config/store.ts'
import { readToEdit } from '../../spack/edit/edited-file.ts'
import { readsVariables } from '../../spack/edit/mirrors.ts'
import { manifestFile, type ScopeFile, scopeFiles } from '../../spack/edit/scope-file.ts'
import { specEntries } from '../../spack/edit/specs.ts'
import { type EditableYaml, openYaml, valueAt } from '../../spack/edit/yaml-text.ts'
import { isWritable, kindOf } from '../../spack/files.ts'
import { asObject, type Json } from '../../spack/json.ts'
import { longestRoot, proposePadding, type Room, roomOf, tooLongFor } from '../../spack/padding.ts'
import { checkFile, includedPaths, pipelineMirror, pipelineWithoutMirror } from '../../spack/schema/check-file.ts'
import { completeManifest } from '../../spack/schema/complete.ts'
import type { SpecGraph } from '../../spack/spec/graph.ts'
import { compareVersions } from '../../spack/spec/version.ts'
import { StrataError } from '../../support/errors.ts'
import { openTarget } from '../install/target.ts'
import { isOci } from '../mirror-logins.ts'
import { chooseInstance, type Host, openSource } from '../source.ts'
import { configurationOf, openSubject, type Subject } from './place.ts'

/** An environment's spack.yaml as it stands, with its roots and what is wrong with it. Throws `environment-not-found`. */
export async function readManifestText(ref: Parsed<'environment.text'>, host: Host): Promise<ManifestText> {
  const subject = await openSubject(ref, host)
  const manifest = manifestOf(subject)
  const { file, base } = manifest
  const { text, digest } = await readToEdit(file, subject.instance?.sysroot)
  const checks = await checkManifest(text, subject)
  // What is no YAML has no roots to show; its findings say why.
  const yaml = checks.some((one) => one.severity === 'problem') ? tryOpen(text, file) : openYaml(text, file)
  const roots = yaml
    ? specEntries(yaml, base).map(({ kind, text: spec, place }) => ({ kind, text: spec, line: place.line }))
    : []
  const view = yaml && viewOf(yaml, manifest)
  return { file, text, digest, roots, view, unify: await unifyOf(subject), checks: [...checks] }
}

/** Spack makes a view unless it is told not to. */
function viewOf(yaml: EditableYaml, { scope, file, base }: ScopeFile): ManifestSetting {
  const written = valueAt(yaml, [...base, 'view'])
  if (!written || written.value === null) return { value: true }
  return { value: plainValue(written.value), place: { scope, file, ...written.place } }
}

async function unifyOf({ instance, environment }: Subject): Promise<ManifestSetting | undefined> {
  if (!instance) return undefined
  const configuration = await readConfiguration(instance, environment, ['concretizer']).catch(() => undefined)
  const path = ['concretizer', 'unify']
  return configuration && { value: plainValue(configuration.get(path) ?? true), place: configuration.place(path) }
}

function plainValue(value: Json): boolean | string | undefined {
  return typeof value === 'boolean' || typeof value === 'string' ? value : undefined
}

/** What is wrong with a text that is to be an environment's spack.yaml. */
export async function checkManifestText(input: Parsed<'environment.check'>, host: Host): Promise<FileFinding[]> {
  return [...(await checkManifest(input.text, await openSubject(input, host)))]
}

/** What could be written at a place of such a text. */
export async function completeManifestText(
  { text, line, column, ...ref }: Parsed<'environment.complete'>,
  host: Host,
): Promise<Output<'environment.complete'>> {
  const instance = await chooseInstance(ref, host)
  const { from, options } = completeManifest(text, line, column, instance?.version)
  return { from, options: [...options] }
}

async function checkManifest(text: string, subject: Subject): Promise<readonly FileFinding[]> {
  const { file } = manifestOf(subject)
  const version = subject.instance?.version
  const findings = checkFile({ text, file, kind: 'environment', version })
  if (!tryOpen(text, file)) return findings
  const others = [...(await missingIncludes(text, file, subject)), ...(await unknownMirrors(text, file, subject))]
  return [...findings, ...others].sort((a, b) => a.line - b.line || a.column - b.column)
}

/** A mirror that is asked for by its name and is in no scope. Spack 0.22 takes the first mirror then, later ones refuse. */
async function unknownMirrors(text: string, file: string, subject: Subject): Promise<readonly FileFinding[]> {
  const version = subject.instance?.version
  const asked = pipelineWithoutMirror(text, file)
  if (!asked || (version !== undefined && compareVersions(version, '0.23') < 0)) return []
  const { lower, line, column } = asked
  const found = lower && (await configurationOf(subject, false)).origin(['mirrors', pipelineMirror])
  if (found) return []
  const message = `spack ci generate needs a mirror named ${pipelineMirror}, and there is none`
  return [{ severity: 'warning', message, hint: 'Add one: its jobs push there.', line, column }]
}

/** Includes that are not there: Spack refuses the environment for them. */
async function missingIncludes(text: string, file: string, subject: Subject): Promise<readonly FileFinding[]> {
  const included = includedPaths(text, file)
  const configuration = included.length > 0 ? await configurationOf(subject, false) : undefined
  const folder = subject.environment?.folder ?? '/'
  const found: FileFinding[] = []
  for (const { path, line, column } of included) {
    // Of `$env` only the environment itself knows.
    const place = configuration?.expand(path.replace(/^\$(env\b|\{env\})/, folder), folder)
    if (place === undefined || /^[a-z+]+:\/\//i.test(place) || place.includes('$')) continue
    if ((await kindOf(place, subject.instance?.sysroot)) !== undefined) continue
    const hint = 'Correct the path, take it out, or mark it as optional (Spack 1.0).'
    found.push({ severity: 'problem', message: `the include ${path} is not there (${place})`, hint, line, column })
  }
  return found
}

function tryOpen(text: string, file: string): ReturnType<typeof openYaml> | undefined {
  try {
    return openYaml(text, file)
  } catch (thrown) {
    if (thrown instanceof StrataError) return undefined
    throw thrown
  }
}

function manifestOf({ environment }: Subject): ReturnType<typeof manifestFile> {
  if (environment) return manifestFile(environment)
  throw new StrataError('usage', 'which environment is missing', { hint: 'Name it with --env.' })
}

/** The mirrors that count, the first one first, each with the file and the line that it comes from. */
export async function readMirrorList(ref: Parsed<'mirrors.read'>, host: Host): Promise<MirrorList> {
  const subject = await openSubject(ref, host)
  const configuration = await configurationOf(subject)
  const files = scopeFiles('mirrors', subject.instance, configuration, subject.environment)
  const spackVersion = subject.instance?.version
  return {
    mirrors: readMirrors(configuration).map((mirror) => describeMirror(mirror, configuration)),
    only: replacingPlace(configuration),
    scopes: await withAccess(files, subject.instance),
    spackVersion,
    loginVariables: readsVariables(spackVersion),
  }
}

function withAccess(files: readonly ScopeFile[], instance: Subject['instance']): Promise<WritableScope[]> {
  return Promise.all(
    files.map(async ({ scope, file }) => ({ scope, file, writable: await isWritable(file, instance?.sysroot) })),
  )
}

function describeMirror(mirror: Mirror, configuration: Configuration): MirrorList['mirrors'][number] {
  const { name, fetch, push, signed, autopush, source, binary, secretInFile } = mirror
  const credentials = push?.credentials ?? fetch?.credentials
  return {
    name,
    fetchUrl: fetch?.url,
    pushUrl: push?.url,
    oci: isOci(push?.url ?? fetch?.url),
    signed,
    autopush,
    source,
    binary,
    login: credentials && describeLogin(credentials),
    secretInFile,
    place: configuration.place(['mirrors', name]),
  }
}

function describeLogin(credentials: MirrorCredentials): string {
  switch (credentials.kind) {
    case 'login':
      return `${credentials.id}, password in the file`
    case 'login-variables': {
      const user = credentials.id ?? (credentials.idVariable === undefined ? 'nobody' : `$${credentials.idVariable}`)
      return `${user}, password in $${credentials.secretVariable}`
    }
    case 'token':
      return 'token in the file'
    case 'token-variable':
      return `token in $${credentials.tokenVariable}`
  }
}

function replacingPlace({ scopes }: Configuration): SettingPlace | undefined {
  const scope = [...scopes].reverse().find((one) => one.sections.get('mirrors')?.replaces)
  const section = scope?.sections.get('mirrors')
  return scope && section && { scope: scope.name, file: section.file, ...section.placeOf([]) }
}

/** How far the installed packages can be moved, and what a padding would change. Reads the database, but no package. */
export async function readPadding(request: Parsed<'padding.read'>, host: Host): Promise<PaddingReport> {
  const { into, length } = request
  const source = await openSource(
    { spack: request.spack, sysroot: request.sysroot, environment: request.environment },
    host,
  )
  const { instance, configuration, store, database, environment } = source
  if (!store || !configuration) {
    throw new StrataError('spack-not-found', 'the padding is that of a Spack’s store, and no Spack was found', {
      hint: 'Open the folder of a Spack, set SPACK_ROOT, or name it with --spack DIR.',
    })
  }
  const graph = database?.graph ?? source.graph
  const all = roomOf(graph, database?.records ?? new Map(), store)
  const rooms = environment ? all.filter((room) => source.graph.nodes.has(room.node.hash)) : all
  const goal = into === undefined ? undefined : (await openTarget(into, host)).store
  const scopes = await withAccess(scopeFiles('config', instance, configuration, environment), instance)
  return { ...paddingOf({ store, graph, rooms, goal, length }), setting: settingOf(configuration), scopes }
}

/** What there is to say of packages that are installed in a store, of another one, and of another padded length. */
export function paddingOf(asked: {
  readonly store: Store
  readonly graph: SpecGraph
  readonly rooms: readonly Room[]
  readonly goal: Store | undefined
  readonly length: number | undefined
}): Omit<PaddingReport, 'setting' | 'scopes'> {
  const { store, graph, rooms, goal, length } = asked
  const target = goal && { ...goal, paddedRoot: length === undefined ? goal.paddedRoot : addPadding(goal.root, length) }
  const failing = target ? tooLongFor(target.paddedRoot, rooms, graph) : new Map<string, never>()
  return {
    root: store.root,
    paddedRoot: store.paddedRoot,
    length: Buffer.byteLength(store.paddedRoot),
    packages: rooms.map(({ node, prefixLength, rootLength }) => {
      const bad = failing.get(node.hash)
      const tooLong = bad && { by: bad.by, because: bad.because.name }
      return { hash: node.hash, name: node.name, version: node.version, prefixLength, longestRoot: rootLength, tooLong }
    }),
    longestRoot: longestRoot(rooms),
    target: target && {
      root: target.root,
      paddedRoot: target.paddedRoot,
      length: Buffer.byteLength(target.paddedRoot),
      failing: failing.size,
    },
    proposal: length === undefined || target ? undefined : proposalFor(length, store, rooms),
  }
}

function proposalFor(length: number, store: Store, rooms: readonly Room[]): PaddingReport['proposal'] {
  const { paddedRoot, rebuild, why } = proposePadding(length, store, rooms)
  return { length, paddedRoot, rebuild: rebuild.map((node) => node.hash), why }
}

/** Where `config:install_tree:padded_length` is set. */
export function settingOf(configuration: Configuration): PaddingReport['setting'] {
  const value = asObject(configuration.get(['config', 'install_tree']))?.padded_length
  const place = configuration.place(['config', 'install_tree', 'padded_length'])
  if (!place || (typeof value !== 'number' && typeof value !== 'boolean')) return undefined
  return { value, ...place }
}
