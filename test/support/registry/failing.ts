import { inspect } from 'node:util'
import { StrataError } from '../../../main/support/errors.ts'

/** The StrataError that a promise rejects with; anything else fails the test. */
export async function failure(promise: Promise<unknown>): Promise<StrataError> {
  try {
    await promise
  } catch (thrown) {
    if (thrown instanceof StrataError) return thrown
    throw thrown
  }
  throw new Error('it did not fail')
}

/** Everything that an error could show to anyone, its causes included. */
export function everyWord(error: unknown): string {
  const words: string[] = []
  for (let one = error; one instanceof Error; one = one.cause) {
    words.push(one.message, one.stack ?? '', inspect(one, { depth: 8, showHidden: true }))
  }
  return words.join('\n')
}
