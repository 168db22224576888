import type { ZodError } from 'zod'
import { contract, type Method, type Parsed } from './api/contract.ts'
import { StrataError } from './support/errors.ts'

/**
 * A method's input, checked and with its defaults filled in. Every call comes through here, whatever the shell.
 * Throws `usage`, naming the field that is wrong.
 */
export function parseInput<M extends Method>(method: M, input: unknown): Parsed<M> {
  const parsed = contract[method].input.safeParse(input)
  if (parsed.success) return parsed.data as Parsed<M>
  throw inputError(method, parsed.error)
}

/** What a schema found wrong with `what`, as the error to answer with. */
export function inputError(what: string, error: ZodError): StrataError {
  const issue = error.issues[0]
  const path = issue?.path.map(String).join('.') ?? ''
  const where = path === '' ? what : `${what}: ${path}`
  return new StrataError('usage', `${where}: ${issue?.message ?? 'invalid'}`, { details: { path } })
}
