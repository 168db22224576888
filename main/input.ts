import { contract, type Method, type Parsed } from './api/contract.ts'
import { StrataError } from './support/errors.ts'

/**
 * A method's input, checked and with its defaults filled in. Every call comes through here, whatever the shell.
 * Throws `usage`, naming the field that is wrong.
 */
export function parseInput<M extends Method>(method: M, input: unknown): Parsed<M> {
  const parsed = contract[method].input.safeParse(input)
  if (parsed.success) return parsed.data as Parsed<M>
  const issue = parsed.error.issues[0]
  const path = issue?.path.map(String).join('.') ?? ''
  const where = path === '' ? method : `${method}: ${path}`
  throw new StrataError('usage', `${where}: ${issue?.message ?? 'invalid'}`, { details: { path } })
}
