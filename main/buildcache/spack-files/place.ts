import { isAbsolute, resolve } from 'node:path'
import type { FileEdit, FileEditRequest } from '../../api/spack-files.ts'
import { type Configuration, readConfiguration } from '../../spack/config/configuration.ts'
import { folderEnvironment, namedEnvironment } from '../../spack/edit/create-environment.ts'
import { chooseScope, fileOfOrigin, manifestFile, type ScopeFile, scopeFiles } from '../../spack/edit/scope-file.ts'
import { findEnvironment } from '../../spack/environment/environments.ts'
import type { Owner, SpackInstance } from '../../spack/instances.ts'
import { StrataError } from '../../support/errors.ts'
import { chooseInstance, type Host, ownerOf, type SourceRef } from '../source.ts'

/** Whose files are looked at: a Spack and perhaps an environment. Neither lockfile nor database is read for it. */
export interface Subject {
  readonly instance: SpackInstance | undefined
  /** The same, or where there is none whose variables and home folder count. */
  readonly owner: Owner
  readonly environment: { readonly name: string; readonly folder: string } | undefined
}

/** Throws `environment-not-found`, `spack-not-found`. */
export async function openSubject(ref: SourceRef, host: Host): Promise<Subject> {
  const instance = await chooseInstance(ref, host)
  return {
    instance,
    owner: ownerOf(instance, ref, host),
    environment: ref.environment === undefined ? undefined : await findEnvironment(instance, ref.environment),
  }
}

/** The configuration that mirrors and the store are read from. Throws `config-invalid`. */
export function configurationOf({ owner, environment }: Subject, withEnvironment = true): Promise<Configuration> {
  return readConfiguration(owner, withEnvironment ? environment : undefined, ['config', 'mirrors', 'upstreams'])
}

/** Which file an edit goes to. Throws `usage` where none is named, and what reading the configuration throws. */
export async function placeOfEdit(request: FileEditRequest, subject: Subject, host: Host): Promise<ScopeFile> {
  const { edit, scope } = request
  switch (edit.kind) {
    case 'create':
      return placeOfNew(edit, subject, host)
    case 'add-specs':
    case 'remove-specs':
    case 'change-spec':
    case 'set-view':
    case 'text':
      if (subject.environment) return manifestFile(subject.environment)
      throw new StrataError('usage', 'which environment is missing', { hint: 'Name it with --env.' })
    case 'set-padding':
      return scopeOf('config', subject, scope)
    case 'add-mirror':
    case 'only-mirrors':
      return scopeOf('mirrors', subject, scope)
    case 'set-mirror':
    case 'remove-mirror':
    case 'hide-secret': {
      if (scope !== undefined) return scopeOf('mirrors', subject, scope)
      const origin = (await configurationOf(subject)).origin(['mirrors', edit.name])
      if (origin === undefined) return scopeOf('mirrors', subject, undefined)
      return fileOfOrigin(origin)
    }
  }
}

async function scopeOf(section: string, subject: Subject, wanted: string | undefined): Promise<ScopeFile> {
  const { instance, environment } = subject
  const files = scopeFiles(section, instance, await configurationOf(subject, false), environment)
  return chooseScope(files, wanted)
}

async function placeOfNew(
  edit: FileEdit & { readonly kind: 'create' },
  { instance }: Subject,
  host: Host,
): Promise<ScopeFile> {
  if (edit.place === 'folder') {
    const path = edit.name.replace(/^~(?=\/|$)/, host.home)
    return folderEnvironment(isAbsolute(path) ? path : resolve(path), instance?.sysroot)
  }
  const configuration = instance && (await readConfiguration(instance, undefined, ['config', 'concretizer']))
  if (instance && configuration) return namedEnvironment(edit.name, instance, configuration)
  throw new StrataError('spack-not-found', 'a named environment belongs to a Spack, and none was found', {
    hint: 'Say where it is with --spack, or make the environment in a folder: --dir.',
  })
}
