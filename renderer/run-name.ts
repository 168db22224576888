/** A name for one long call, which its events bear and with which it is cancelled. */
export function runName(): string {
  // Not crypto.randomUUID: a page that came over plain HTTP does not have it.
  return `${Date.now()}-${Math.random().toString(36).slice(2)}`
}
