/** The grammar of a tag, from the OCI distribution specification ("Pulling manifests"). */
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/

/** Whether a registry takes this as a tag: at most 128 characters, no leading dot or dash. */
export function isLegalTag(text: string): boolean {
  return tagPattern.test(text)
}
