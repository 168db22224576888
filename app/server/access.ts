import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { protect } from '../../main/support/redact.ts'

/**
 * Who may use the server: whoever opens the address that it printed. The address holds a token that works once; it
 * buys a session cookie, which lives as long as the server does.
 *
 * Browsers send a host's cookies to every port of it, so the cookie's name holds the port: two Stratas on one
 * machine do not log each other out.
 */
export class Access {
  readonly token = randomBytes(32).toString('base64url')
  readonly #session = randomBytes(32).toString('base64url')
  readonly #cookieName: string
  #tokenUsed = false

  constructor(port: number) {
    this.#cookieName = `strata-${port}`
    protect(this.#session)
  }

  /** The Set-Cookie value that `token` buys; undefined when it is wrong or was used before. */
  redeem(token: string): string | undefined {
    if (this.#tokenUsed || !equal(token, this.token)) return undefined
    this.#tokenUsed = true
    return `${this.#cookieName}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`
  }

  /** Whether a request's Cookie header holds the session. */
  admits(cookieHeader: string | undefined): boolean {
    const prefix = `${this.#cookieName}=`
    const cookies = (cookieHeader ?? '').split(';').map((cookie) => cookie.trim())
    return cookies.some((cookie) => cookie.startsWith(prefix) && equal(cookie.slice(prefix.length), this.#session))
  }
}

/** Compares in a time that says nothing about where the two differ, nor about the secret's length. */
function equal(given: string, secret: string): boolean {
  return timingSafeEqual(sha256(given), sha256(secret))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
