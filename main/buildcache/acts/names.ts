/** Names that a sentence takes. */
const NAMED = 5

/** `a, b, c`; of a long list the first few, and how many more. */
export function listedNames(names: readonly string[]): string {
  const more = names.length - NAMED
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
