import { protocol } from 'electron'
import { readPage } from '../page.ts'
import { isPageUrl, pageScheme } from './trusted-sender.ts'

/** Makes `app://strata` an origin like an https one. Electron takes this only before it is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: pageScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

/** Serves the built page at `app://strata/`, with the headers that the browser shell sends as well. */
export function servePage(rendererFolder: string): void {
  protocol.handle(pageScheme, async (request) => {
    if (!isPageUrl(request.url) || request.method !== 'GET') return new Response('Not found\n', { status: 404 })
    const { status, headers, body } = await readPage(rendererFolder, new URL(request.url).pathname)
    return new Response(new Uint8Array(body), { status, headers })
  })
}
