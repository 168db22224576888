import type { ActRequest } from '../../api/acts.ts'
import type { RepositoryRequest } from '../../api/catalog.ts'
import type { ComposeRequest } from '../../api/compose.ts'
import type { GivenCredentials } from '../../api/models.ts'
import { isDigest } from '../../registry/digest.ts'
import { assertNever } from '../../support/assert.ts'
import { composeWords } from '../compose/command.ts'
import { shellQuote } from '../push/command.ts'

/** The command line that makes and runs the same plan. Credentials are named by their kind, never written out. */
export function actCommand(request: ActRequest): string {
  if (request.kind === 'compose') return composeCommand(request)
  const words = ['strata', request.kind, subjectOf(request), ...wordsOf(request)]
  if (request.spack !== undefined) words.push('--spack', request.spack)
  if (request.environment !== undefined) words.push('--env', request.environment)
  return [...words, ...accessWords(request)].map(shellQuote).join(' ')
}

/** The command line that publishes the same image; of a composition without a tag all but that. */
export function composeCommand(request: ComposeRequest & { readonly examine?: 'known' | 'all' }): string {
  const words = [
    'strata',
    'compose',
    ...composeWords(request),
    ...(request.examine === 'known' ? ['--no-examine'] : []),
  ]
  if (request.spack !== undefined) words.push('--spack', request.spack)
  return [...words, ...secondLogin(request.toCredentials, request.credentials !== undefined), ...accessWords(request)]
    .map(shellQuote)
    .join(' ')
}

/** What says how to get into the repository. */
function accessWords({ caFiles, insecure, credentials }: RepositoryRequest): string[] {
  return [
    ...caFiles.flatMap((file) => ['--ca-file', file]),
    ...(insecure ? ['--insecure'] : []),
    ...(credentials === undefined
      ? []
      : 'token' in credentials
        ? ['--token-stdin']
        : ['--username', credentials.username, '--password-stdin']),
  ]
}

type OtherAct = Exclude<ActRequest, { readonly kind: 'compose' }>

function subjectOf(request: OtherAct): string {
  const image = request.kind === 'tag' ? request.from : request.kind === 'export' ? request.image : undefined
  if (image === undefined) return request.repository
  return `${request.repository}${isDigest(image) ? '@' : ':'}${image}`
}

/** What is the act's own: its arguments, then its options. */
function wordsOf(request: OtherAct): string[] {
  switch (request.kind) {
    case 'tag':
      return request.to
    case 'copy':
      return [
        request.to,
        ...(request.tags.length > 0 ? request.tags : ['--all']),
        ...(request.dependencies ? [] : ['--without-dependencies']),
        ...(request.updateIndex ? [] : ['--without-index']),
        // Only one login can come from standard input; the other is asked for on a terminal.
        ...secondLogin(request.toCredentials, request.credentials !== undefined),
      ]
    case 'delete':
      return [...request.tags, ...(request.updateIndex ? [] : ['--without-index']), '--yes']
    case 'prune':
      return [...pruneWords(request), '--yes']
    case 'index':
      return []
    case 'check':
      return [...request.tags, ...(request.deep ? ['--deep'] : [])]
    case 'combine':
      return ['--tag', request.tag, ...request.images]
    case 'export':
      return [request.to, ...(request.platform === undefined ? [] : ['--platform', request.platform])]
    default:
      return assertNever(request)
  }
}

function secondLogin(login: GivenCredentials | undefined, both: boolean): string[] {
  if (!login) return []
  if ('token' in login) return ['--to-token-stdin']
  return ['--to-username', login.username, ...(both ? [] : ['--to-password-stdin'])]
}

function pruneWords({ keep, buildDependencies }: Extract<ActRequest, { kind: 'prune' }>): string[] {
  return [
    ...keep.environments.flatMap((environment) => ['--keep-env', environment.environment]),
    ...keep.tags.flatMap((tag) => ['--keep', tag]),
    ...(keep.newest === undefined ? [] : ['--newest', String(keep.newest)]),
    ...(keep.days === undefined ? [] : ['--days', String(keep.days)]),
    ...(buildDependencies ? ['--with-build-dependencies'] : []),
  ]
}
