import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

/** An answer with a file of the page, for node:http and for Electron's protocol handler alike. */
export interface PageResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Goes with everything that either shell answers. */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** What vite writes into dist/renderer. Anything else is not the page's and is not served. */
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Stands in index.html where each response's own nonce goes; the page hands it to what adds style elements. */
const noncePlaceholder = '__CSP_NONCE__'

/**
 * The policy of the page: nothing but its own files, no inline script, style elements with the nonce only.
 *
 * @param connect further sources for connect-src, such as `ws://127.0.0.1:5173`.
 */
export function contentSecurityPolicy(nonce: string, connect: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self'",
    "img-src 'self' data:",
    ['connect-src', "'self'", ...connect].join(' '),
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/**
 * Reads one file of the page.
 *
 * @param folder absolute path of dist/renderer.
 * @param pathname path of the request's URL, still percent-encoded; `/` is index.html.
 * @param connect see `contentSecurityPolicy`.
 * @returns 404 for what is not there, not of a type the page uses, or outside the folder.
 */
export async function readPage(
  folder: string,
  pathname: string,
  connect: readonly string[] = [],
): Promise<PageResponse> {
  const path = pathWithin(folder, pathname === '/' ? '/index.html' : pathname)
  const type = path === undefined ? undefined : contentTypes[extname(path)]
  if (path === undefined || type === undefined) return notFound
  const content = await readFile(path).catch(() => undefined)
  if (content === undefined) return notFound

  const nonce = randomBytes(18).toString('base64url')
  const html = extname(path) === '.html'
  return {
    status: 200,
    headers: {
      ...securityHeaders,
      'content-type': type,
      'content-security-policy': contentSecurityPolicy(nonce, connect),
      // vite puts a hash of the content into the name of everything below assets/
      'cache-control': pathname.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store',
    },
    body: html ? Buffer.from(content.toString('utf8').replaceAll(noncePlaceholder, nonce)) : content,
  }
}

const notFound: PageResponse = {
  status: 404,
  headers: { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body: Buffer.from('Not found\n'),
}

/** The file that `pathname` names inside `folder`; undefined when it names something outside, or nothing. */
function pathWithin(folder: string, pathname: string): string | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return undefined
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined
  const path = join(folder, decoded)
  return path.startsWith(folder + sep) ? path : undefined
}
