import { join } from 'node:path'
import { StrataError } from '../../support/errors.ts'
import type { Configuration } from '../config/configuration.ts'
import { environmentsRoot } from '../environment/environments.ts'
import { kindOf } from '../files.ts'
import type { SpackInstance } from '../instances.ts'
import { compareVersions } from '../spec/version.ts'
import type { ScopeFile } from './scope-file.ts'
import { manifestFile } from './scope-file.ts'
import { addSpec } from './specs.ts'
import { changeYaml } from './yaml-edit.ts'
import { openYaml } from './yaml-text.ts'

/** What a new environment is to be. */
export interface NewEnvironment {
  readonly specs: readonly string[]
  /** On, off, or a folder. */
  readonly view: boolean | string
}

/** The text of a new spack.yaml: the settings that Spack's own command writes. Throws `edit-refused` for a bad spec. */
export function newManifest({ specs, view }: NewEnvironment, unify: boolean | string): string {
  const empty = `# A Spack environment: the packages that are wanted, and the configuration they are built with.
spack:
  # one root a line
  specs: []
  view: true
  concretizer:
    unify: ${unify}
`
  const base = ['spack']
  const viewed = changeYaml(openYaml(empty, 'spack.yaml'), { kind: 'set', path: [...base, 'view'], value: view }).yaml
  return specs.reduce(
    (yaml, spec) => addSpec(yaml, base, spec).reduce((now, change) => changeYaml(now, change).yaml, yaml),
    viewed,
  ).text
}

/**
 * Where a named environment comes to lie. Throws `environment-exists`, and `usage` for a name that Spack would not take: `/`
 * in it makes a group of environments since Spack 1.0.
 */
export async function namedEnvironment(
  name: string,
  instance: SpackInstance,
  configuration: Configuration,
): Promise<ScopeFile> {
  const nested = instance.version === undefined || compareVersions(instance.version, '1.0') >= 0
  if (!(nested ? /^\w[\w/-]*$/ : /^\w[\w-]*$/).test(name)) {
    throw new StrataError('usage', `"${name}" is not a name for an environment`, {
      hint: `Letters, digits, - and _${nested ? ', and / between them' : ''}; a folder is named with --dir.`,
    })
  }
  const folder = join(environmentsRoot(instance, configuration), name)
  if ((await kindOf(folder, instance.sysroot)) !== undefined) throw exists(name, folder)
  return manifestFile({ name, folder })
}

/** Where the manifest of an environment in a folder comes to lie. Throws `environment-exists`, `usage`. */
export async function folderEnvironment(folder: string, sysroot: string | undefined): Promise<ScopeFile> {
  const kind = await kindOf(folder, sysroot)
  if (kind === 'file') throw new StrataError('usage', `${folder} is a file`, { hint: 'Name a folder.' })
  for (const file of ['spack.yaml', 'spack.lock']) {
    if ((await kindOf(join(folder, file), sysroot)) !== undefined) throw exists(folder, join(folder, file))
  }
  return manifestFile({ name: folder, folder })
}

function exists(name: string, path: string): StrataError {
  return new StrataError('environment-exists', `there is an environment ${name} already: ${path}`, {
    hint: 'Choose another name, or change it: strata env add, strata env edit.',
    details: { path },
  })
}
