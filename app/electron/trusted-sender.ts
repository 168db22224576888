/** Where the desktop app's page lives: a scheme of its own, served by page-protocol.ts and by nothing else. */
export const pageScheme = 'app'
const pageHost = 'strata'
export const pageOrigin = `${pageScheme}://${pageHost}`

/** What of Electron's WebFrameMain decides about trust. */
export interface SenderFrame {
  readonly url: string
  readonly parent: SenderFrame | null
}

/** Whether `url` is of the app's own page. Compared as parsed parts: `app://strata.evil` starts with it as well. */
export function isPageUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host, username, password } = new URL(url)
  return protocol === `${pageScheme}:` && host === pageHost && username === '' && password === ''
}

/**
 * Whether an IPC message may reach the engine: from the main frame of our own page only. A frame that is gone
 * (null) is not trusted.
 */
export function isTrustedSender(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && isPageUrl(frame.url)
}

/**
 * The address to hand to the system's browser when the page asks for a new window; undefined when it must not be.
 * Only https, and no credentials in it: other schemes start other programs.
 */
export function externalLink(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  const safe = parsed.protocol === 'https:' && parsed.username === '' && parsed.password === ''
  return safe ? parsed.href : undefined
}
