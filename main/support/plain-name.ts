/** Control characters, and those that turn the direction of writing: what a hostile name would lie with on a screen. */
const misleading = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu

/** A name from outside that is safe to show: what is no UTF-8, and what would not be seen as it is, becomes U+FFFD. */
export function plainName(bytes: Buffer): string {
  return bytes.toString('utf8').replace(misleading, '\uFFFD')
}
