import { StrataError } from '../../support/errors.ts'
import { clean, protect } from '../../support/redact.ts'
import { type ProgramResult, runProgram } from '../../support/run-program.ts'
import { dockerHubServer } from './scope.ts'

/** What a credential helper knows of a server: a login, nothing, or why it could not say. */
export type HelperAnswer =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity'; readonly token: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'problem'; readonly why: string }

export interface HelperOptions {
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  /** Milliseconds. */
  readonly timeout?: number
}

/** Helpers of clouds ask their metadata service; a longer wait is a prompt that nobody sees. */
const defaultTimeout = 10_000
const maxAnswer = 1024 * 1024

/**
 * Asks `docker-credential-NAME get` for the login of a scope (the protocol of github.com/docker/docker-credential-helpers:
 * the server on standard input, JSON on standard output). The helper does not see Strata's own secrets.
 * Throws `cancelled` alone.
 */
export async function askHelper(name: string, scope: string, options: HelperOptions): Promise<HelperAnswer> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    return { kind: 'problem', why: 'its name is not one of a program on the PATH' }
  }
  const result = await runProgram({
    file: helperProgram(name),
    args: ['get'],
    env: { ...options.env, STRATA_TOKEN: undefined, STRATA_PASSWORD: undefined },
    input: scope === 'docker.io' ? dockerHubServer : scope,
    timeout: options.timeout ?? defaultTimeout,
    maxOutput: maxAnswer,
    signal: options.signal,
  })
  return interpret(result)
}

/** The program of a helper's short name. */
export function helperProgram(name: string): string {
  return `docker-credential-${name}`
}

function interpret(result: ProgramResult): HelperAnswer {
  switch (result.kind) {
    case 'cancelled':
      throw new StrataError('cancelled', 'cancelled')
    case 'stopped':
      return { kind: 'problem', why: result.missing ? 'it is not on the PATH' : result.why }
    case 'exited':
      return result.code === 0 ? readLogin(result.output) : refusal(result)
  }
}

/** A helper says on standard output why it failed; not to know the server is its usual answer and no failure. */
function refusal({ code, output, errors }: Extract<ProgramResult, { kind: 'exited' }>): HelperAnswer {
  if (/credentials not found/i.test(output)) return { kind: 'none' }
  // What looks like an answer may hold a secret and is quoted nowhere.
  const said = output.includes('{') ? '' : output.trim() || (errors.trim().split('\n').at(-1) ?? '')
  const line = clean(said).replace(/\s+/g, ' ').slice(0, 200)
  const how = code === null ? 'it was killed' : `it failed with ${code}`
  return { kind: 'problem', why: line === '' ? how : `${how}: "${line}"` }
}

function readLogin(output: string): HelperAnswer {
  const { Username: username, Secret: secret } = parseObject(output) ?? {}
  if (typeof username !== 'string' || typeof secret !== 'string') {
    return { kind: 'problem', why: 'its answer is not that of a credential helper' }
  }
  protect(secret)
  if (secret === '') return { kind: 'none' }
  if (username === '<token>') return { kind: 'identity', token: secret }
  return { kind: 'basic', username, password: secret }
}

function parseObject(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    const document: unknown = JSON.parse(text)
    return typeof document === 'object' && document !== null ? { ...document } : undefined
  } catch {
    return undefined
  }
}
