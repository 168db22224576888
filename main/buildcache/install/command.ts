import type { InstallRequest } from '../../api/install.ts'
import { shellQuote } from '../push/command.ts'

/** The command line that makes and runs the same plan. Credentials are named by their kind, never written out. */
export function commandOf(request: InstallRequest): string {
  const words = ['strata', 'install', ...request.specs, '--from', request.from, '--into', request.into]
  const { environment, credentials } = request
  if (environment?.spack !== undefined) words.push('--spack', environment.spack)
  if (environment?.sysroot !== undefined) words.push('--sysroot', environment.sysroot)
  if (environment) words.push('--env', environment.environment)
  if (request.all) words.push('--all')
  if (request.buildDependencies) words.push('--with-build-dependencies')
  if (request.overwrite) words.push('--overwrite')
  for (const file of request.caFiles) words.push('--ca-file', file)
  if (request.insecure) words.push('--insecure')
  if (credentials && 'token' in credentials) words.push('--token-stdin')
  else if (credentials) words.push('--username', credentials.username, '--password-stdin')
  return words.map(shellQuote).join(' ')
}
