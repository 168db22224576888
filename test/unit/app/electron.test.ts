import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session, WebContents } from 'electron'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { hostIpc } from '../../../app/electron/ipc-host.ts'
import { servePage } from '../../../app/electron/page-protocol.ts'
import { confine, denyPermissions, openWindow } from '../../../app/electron/window.ts'
import type { EventEnvelope } from '../../../main/api/contract.ts'
import * as electron from './electron-stand-in.ts'
import { someJob, tinyEngine } from './tiny-engine.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

const page = { senderFrame: { url: 'app://strata/', parent: null } }

beforeEach(() => {
  electron.BrowserWindow.all = []
  electron.shell.openExternal.mockClear()
})

describe('the IPC host', () => {
  it('listens on one channel and answers the page', async () => {
    hostIpc(tinyEngine(() => []))
    expect([...electron.ipcHandlers.keys()]).toEqual(['strata:call'])
    expect(await call(page, { id: 1, method: 'jobs.list', input: {} })).toEqual({ id: 1, ok: [] })
  })

  it.each([
    ['another origin', { senderFrame: { url: 'https://evil.example/', parent: null } }],
    ['a frame inside the page', { senderFrame: { url: 'app://strata/', parent: page.senderFrame } }],
    ['a frame that is gone', { senderFrame: null }],
  ])('turns away %s before the engine sees anything', async (_who, event) => {
    const engine = tinyEngine()
    hostIpc(engine)
    const response = await call(event, { id: 9, method: 'jobs.list', input: {} })
    expect(response).toMatchObject({ id: 9, error: { code: 'untrusted-sender' } })
    expect(engine.calls).toEqual([])
  })

  it('turns away a request that is too large, or not plain data', async () => {
    hostIpc(tinyEngine())
    const large = { id: 2, method: 'workspace.open', input: { path: 'x'.repeat(2 * 1024 * 1024) } }
    expect(await call(page, large)).toMatchObject({ id: 2, error: { code: 'usage' } })
    expect(await call(page, { id: 3, method: 'jobs.list', input: 1n })).toMatchObject({ error: { code: 'usage' } })
  })

  it('sends events to every window', async () => {
    const engine = tinyEngine()
    hostIpc(engine)
    const windows = [await openWindow('/preload.cjs'), await openWindow('/preload.cjs')]
    engine.emit('job.changed', someJob('a'))
    const message = { channel: 'strata:event', message: { event: 'job.changed', payload: someJob('a') } }
    expect(windows.map(sentTo)).toEqual([[message], [message]])
  })

  function call(event: unknown, request: unknown): unknown {
    return electron.ipcHandlers.get('strata:call')?.(event, request)
  }
})

describe('the preload script', () => {
  it('gives the page two functions and nothing else of Electron', async () => {
    await import('../../../app/electron/preload.ts')
    expect([...electron.exposed.keys()]).toEqual(['strata'])
    const bridge = electron.exposed.get('strata') as {
      call: (request: unknown) => Promise<unknown>
      onEvent: (listener: (envelope: EventEnvelope) => void) => () => void
    }
    expect(Object.keys(bridge).sort()).toEqual(['call', 'onEvent'])

    const request = { id: 1, method: 'app.info', input: {} }
    expect(await bridge.call(request)).toEqual({ channel: 'strata:call', request })

    const heard: unknown[][] = []
    const end = bridge.onEvent((...args: unknown[]) => heard.push(args))
    electron.ipcRenderer.emit('strata:event', { sender: 'Electron’s own' }, { event: 'job.changed' })
    end()
    electron.ipcRenderer.emit('strata:event', {}, { event: 'settings.changed' })
    expect(heard).toEqual([[{ event: 'job.changed' }]])
  })
})

describe('a window', () => {
  it('holds the page as a guest', async () => {
    const window = (await openWindow('/dist/preload.cjs')) as unknown as electron.BrowserWindow
    expect(window.options.webPreferences).toMatchObject({
      preload: '/dist/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
    })
    expect(window.loadURL).toHaveBeenCalledWith('app://strata/')
  })

  it.each([
    ['will-navigate', 'https://evil.example/', true],
    ['will-redirect', 'https://evil.example/', true],
    ['will-navigate', 'file:///etc/passwd', true],
    ['will-navigate', 'app://strata/', false],
  ])('on %s to %s: prevented is %s', (event, url, prevented) => {
    const contents = confined()
    const preventDefault = vi.fn()
    contents.emit(event, { preventDefault }, url)
    expect(preventDefault.mock.calls.length > 0).toBe(prevented)
  })

  it.each([
    ['stays open for what is not written', 0, 0],
    ['is closed when that is given up', 1, 1],
  ])('%s', async (_what, answer, prevented) => {
    await openWindow('/preload.cjs')
    electron.dialog.answer = answer
    const preventDefault = vi.fn()
    electron.BrowserWindow.all[0]?.webContents.emit('will-prevent-unload', { preventDefault })
    const buttons = ['Keep the window', 'Close without writing']
    expect(electron.dialog.showMessageBoxSync).toHaveBeenLastCalledWith(
      electron.BrowserWindow.all[0],
      expect.objectContaining({ buttons, defaultId: 0, cancelId: 0 }),
    )
    expect(preventDefault).toHaveBeenCalledTimes(prevented)
  })

  it('embeds no other page', () => {
    const preventDefault = vi.fn()
    confined().emit('will-attach-webview', { preventDefault })
    expect(preventDefault).toHaveBeenCalled()
  })

  it('opens no second window; an https link goes to the system’s browser, anything else nowhere', () => {
    const contents = confined()
    expect(contents.windowOpenHandler({ url: 'https://spack.io/' })).toEqual({ action: 'deny' })
    expect(contents.windowOpenHandler({ url: 'file:///bin/sh' })).toEqual({ action: 'deny' })
    expect(contents.windowOpenHandler({ url: 'app://strata/' })).toEqual({ action: 'deny' })
    expect(electron.shell.openExternal.mock.calls).toEqual([['https://spack.io/']])
  })

  it('grants the page the clipboard for its copy buttons, and no other permission to anyone', () => {
    const asked = permissions()
    expect(asked('clipboard-sanitized-write', 'app://strata/')).toEqual({ requested: true, checked: true })
    expect(asked('clipboard-sanitized-write', 'https://evil.example/')).toEqual({ requested: false, checked: false })
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'usb']) {
      expect(asked(permission, 'app://strata/')).toEqual({ requested: false, checked: false })
    }
  })

  function confined(): electron.WebContents {
    const contents = new electron.WebContents()
    confine(contents as unknown as WebContents)
    return contents
  }

  function permissions() {
    let request: (contents: unknown, permission: string, decide: (granted: boolean) => void) => void
    let check: (contents: unknown, permission: string, origin: string) => boolean
    denyPermissions({
      setPermissionRequestHandler: (handler: typeof request) => {
        request = handler
      },
      setPermissionCheckHandler: (handler: typeof check) => {
        check = handler
      },
      setDevicePermissionHandler: () => undefined,
    } as unknown as Session)
    return (permission: string, url: string) => {
      let requested: boolean | undefined
      request({ getURL: () => url }, permission, (granted) => {
        requested = granted
      })
      return { requested, checked: check(undefined, permission, url) }
    }
  }
})

describe('the page’s protocol', () => {
  it('serves the built page with a policy, at app://strata/ only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-page-'))
    await writeFile(join(folder, 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__">')
    servePage(folder)

    const answer = await get('app://strata/')
    const nonce = /content="([\w-]{24})"/.exec(await answer.text())?.[1]
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}'`)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';")
    expect((await get('app://elsewhere/')).status).toBe(404)
    expect((await get('app://strata/..%2f..%2fetc%2fpasswd')).status).toBe(404)
    await rm(folder, { recursive: true })
  })

  async function get(url: string): Promise<Response> {
    const handler = electron.pageHandlers.get('app')
    if (handler === undefined) throw new Error('no handler for app:')
    return handler({ url, method: 'GET' } as Request)
  }
})

function sentTo(window: unknown): unknown {
  return (window as electron.BrowserWindow).webContents.sent
}
