import type { PageResponse } from '../page.ts'
import { securityHeaders } from '../page.ts'

export interface Notice {
  readonly status: number
  readonly title: string
  /** Paragraphs: why, and what to do now. Plain text of our own, never something that was received. */
  readonly text: readonly string[]
  /** Go on to this path of ours at once. */
  readonly goTo?: string
}

/** A page of a few words for someone who cannot be shown the app. */
export function noticePage({ status, title, text, goTo }: Notice): PageResponse {
  const refresh = goTo === undefined ? '' : `<meta http-equiv="refresh" content="0;url=${goTo}">`
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">${refresh}
<title>Strata: ${title}</title></head>
<body><h1>${title}</h1>
${text.map((paragraph) => `<p>${paragraph}</p>`).join('\n')}
</body></html>
`
  return {
    status,
    headers: {
      ...securityHeaders,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    },
    body: Buffer.from(html),
  }
}

export const tokenMissing = noticePage({
  status: 403,
  title: 'Open the address from the terminal',
  text: [
    'This Strata only answers the browser that opened the address it printed when it started.',
    'Copy the whole address, with its token, from the terminal. If it was opened before, start Strata again.',
  ],
})

export const tokenRefused = noticePage({
  status: 403,
  title: 'This address does not work any more',
  text: [
    'The token in the address works once, and it was used already or belongs to an earlier run.',
    'Go back to the window that opened it, or stop Strata with Ctrl-C and start it again for a new address.',
  ],
})

/** @param port the port that the server is bound to. */
export function hostRefused(port: number): PageResponse {
  return noticePage({
    status: 403,
    title: 'Wrong address',
    text: [
      `This Strata answers at 127.0.0.1:${port} and localhost:${port} only.`,
      `Through SSH, forward the same port number: ssh -L ${port}:127.0.0.1:${port} HOST`,
    ],
  })
}

export const originRefused = noticePage({
  status: 403,
  title: 'Refused',
  text: ['The request came from a page of another site.'],
})

export const methodRefused = noticePage({
  status: 405,
  title: 'Method not allowed',
  text: ['The page is read with GET; everything else goes over its WebSocket.'],
})

/** The first page: stores the cookie, then goes to the app. See `welcome` in serve.ts. */
export const opening = noticePage({ status: 200, title: 'Opening…', text: [], goTo: '/' })
