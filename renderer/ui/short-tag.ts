import { shortDigest, shortHash } from '../../main/api/format.ts'

/** A tag or digest with its DAG hash, or its digits, cut to what people read. */
export function shortTag(tag: string): string {
  if (tag.includes(':')) return shortDigest(tag)
  return tag
    .replace(/\b[a-z2-7]{32}(?=\.spack$)/, (hash) => shortHash(hash))
    .replace(/\b[0-9a-f]{64}\b/, (hex) => `${hex.slice(0, 12)}…`)
}
