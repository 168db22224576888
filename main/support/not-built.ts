import { StrataError } from './errors.ts'

/** Stands in while the parts of browsing are being built beside each other; gone when they are. */
export function notBuilt(): StrataError {
  return new StrataError('usage', 'this is not built yet')
}
