/** Secrets that were handed to this process, so that no text of ours ever repeats one. */
const secrets = new Set<string>()

/** Remembers a secret for the life of the process: `clean` takes it out of every text. Short ones would hide words. */
export function protect(secret: string | undefined): void {
  if (secret !== undefined && secret.length >= 4) secrets.add(secret)
}

/**
 * A text that is safe to show: known secrets, credentials in URLs and authorization headers become `***`;
 * control characters (a hostile registry's escape codes) become spaces, new lines and tabs stay.
 */
export function clean(text: string): string {
  return redact(text).replace(/[^\P{Cc}\n\t]/gu, ' ')
}

/** The same text without secrets; its control characters stay. */
export function redact(text: string): string {
  let out = text
  for (const secret of secrets) out = out.split(secret).join('***')
  return out.replace(/\/\/[^/@\s]+:[^/@\s]+@/g, '//***@').replace(/\b(Bearer|Basic) [A-Za-z0-9+/._~=-]{8,}/g, '$1 ***')
}
