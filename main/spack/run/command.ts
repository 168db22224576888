import type { SpackRunRequest } from '../../api/spack-runs.ts'
import { assertNever } from '../../support/assert.ts'
import { StrataError } from '../../support/errors.ts'

/**
 * The arguments for `bin/spack`, as Spack 0.21 to 1.x take them. `setup-env.sh` is not needed: its shell function passes
 * these commands on as they are. With `-D` or `-E` an environment that is active in the user's shell has no say.
 * Uninstalling asks nothing (`-y`): what it does was looked at as a plan.
 * Throws `usage` for what Spack would take for something else.
 */
export function spackArguments(request: SpackRunRequest, folder: string | undefined): readonly string[] {
  return [...(folder === undefined ? ['-E'] : ['-D', folder]), request.action, ...wordsOf(request, folder)]
}

function wordsOf(request: SpackRunRequest, folder: string | undefined): readonly string[] {
  switch (request.action) {
    case 'concretize':
      if (folder === undefined) throw needsEnvironment('concretize')
      return [...(request.force ? ['--force'] : []), ...solving(request)]
    case 'install':
      if (folder === undefined && request.add) throw needsEnvironment('add a root')
      if (folder === undefined && request.specs.length === 0) throw needsEnvironment('install without a package')
      if (request.add && request.specs.length === 0) {
        throw new StrataError('usage', 'there is nothing to add', { hint: 'Name the packages that become roots.' })
      }
      if (request.cacheOnly && request.noCache) {
        throw new StrataError('usage', 'cache-only and no-cache exclude each other')
      }
      return [
        ...(request.cacheOnly ? ['--cache-only'] : []),
        ...(request.noCache ? ['--no-cache'] : []),
        ...(request.add ? ['--add'] : []),
        ...solving(request),
        ...specsOf(request.specs),
      ]
    case 'uninstall':
      if (folder === undefined && request.remove) throw needsEnvironment('remove a root')
      return [
        '-y',
        ...(request.dependents ? ['--dependents'] : []),
        ...(request.force ? ['--force'] : []),
        ...(request.remove ? ['--remove'] : []),
        ...specsOf(request.specs),
      ]
    case 'find':
      return specsOf(request.specs)
    default:
      return assertNever(request)
  }
}

function solving({ solve, jobs }: { readonly solve?: 'reuse' | 'fresh'; readonly jobs?: number }): readonly string[] {
  return [...(solve === undefined ? [] : [`--${solve}`]), ...(jobs === undefined ? [] : ['-j', String(jobs)])]
}

/** A spec is no option: neither by intent nor by accident. */
function specsOf(specs: readonly string[]): readonly string[] {
  const wrong = specs.find((spec) => /^\s*-|[^\P{Cc}]/u.test(spec) || spec.trim() === '')
  if (wrong === undefined) return specs
  throw new StrataError('usage', `${JSON.stringify(wrong)} is not a spec`, {
    hint: 'A spec begins with a name, @version, %compiler, a variant or /hash: hdf5@1.14 +mpi',
  })
}

function needsEnvironment(what: string): StrataError {
  return new StrataError('usage', `to ${what} there has to be an environment`, {
    hint: 'Name one, or a folder with a spack.yaml.',
  })
}

/** What is set for Spack besides the user's own environment: colours in a pipe, and every line as soon as it is printed. */
export function spackVariables(colours: boolean): Readonly<Record<string, string>> {
  return { SPACK_COLOR: colours ? 'always' : 'never', PYTHONUNBUFFERED: '1' }
}
