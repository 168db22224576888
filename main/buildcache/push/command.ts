import type { PushRequest } from '../../api/models.ts'

/** A word as a POSIX shell reads it back. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** What Spack's `-e` takes for an environment: its name or its folder, not the file in it. */
export function environmentForSpack(environment: string): string {
  return environment.replace(/(^|\/)spack\.yaml$/, '') || '.'
}

/** The command line by which Spack concretizes an environment, which is named or in a folder. */
export function concretizeCommand(environment: string): string {
  return ['spack', '-e', environmentForSpack(environment), 'concretize'].map(shellQuote).join(' ')
}

/** The command line that makes and runs the same plan. Credentials are named by their kind, never written out. */
export function commandOf(request: PushRequest): string {
  const words = ['strata', 'push', ...request.packages]
  const option = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) words.push(name, String(value))
  }
  const flag = (name: string, set: boolean): void => {
    if (set) words.push(name)
  }
  option('--sysroot', request.sysroot)
  option('--spack', request.spack)
  option('--env', request.environment)
  option('--to', request.to)
  option('--base-image', request.baseImage)
  option('--tag', request.tag)
  flag('--update-index', request.updateIndex)
  flag('--force', request.force)
  if (request.only === 'package') option('--only', 'package')
  flag('--without-build-dependencies', !request.buildDependencies)
  flag('--private', request.private)
  flag('--allow-missing', request.allowMissing)
  flag('--fail-fast', request.failFast)
  option('--jobs', request.jobs)
  for (const file of request.caFiles) option('--ca-file', file)
  flag('--insecure', request.insecure)
  if (request.credentials && 'token' in request.credentials) words.push('--token-stdin')
  else if (request.credentials) {
    option('--username', request.credentials.username)
    words.push('--password-stdin')
  }
  return words.map(shellQuote).join(' ')
}
