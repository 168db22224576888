import type { RepositoryRequest } from '../../api/catalog.ts'
import { shellQuote } from '../push/command.ts'

/** The command line that shows the same. Credentials are named by their kind, never written out. */
export function browseCommand(words: readonly string[], request: RepositoryRequest): string {
  const { spack, environment, caFiles, insecure, credentials } = request
  const all = ['strata', ...words]
  if (spack !== undefined) all.push('--spack', spack)
  if (environment !== undefined) all.push('--env', environment)
  for (const file of caFiles) all.push('--ca-file', file)
  if (insecure) all.push('--insecure')
  if (credentials && 'token' in credentials) all.push('--token-stdin')
  else if (credentials) all.push('--username', credentials.username, '--password-stdin')
  return all.map(shellQuote).join(' ')
}
