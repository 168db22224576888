import type { Parsed } from '../../api/contract.ts'
import { shellQuote } from '../push/command.ts'

/** The command line that asks the same. Credentials are named by their kind, never written out. */
export function doctorCommand({ to, environment, caFiles, insecure, credentials }: Parsed<'registry.doctor'>): string {
  const words = ['strata', 'doctor', to]
  if (environment !== undefined) words.push('--env', environment)
  for (const file of caFiles) words.push('--ca-file', file)
  if (insecure) words.push('--insecure')
  if (credentials && 'token' in credentials) words.push('--token-stdin')
  else if (credentials) words.push('--username', credentials.username, '--password-stdin')
  return words.map(shellQuote).join(' ')
}
