import type { Session, WebContents } from 'electron'
import { BrowserWindow, dialog, shell } from 'electron'
import { externalLink, isPageUrl, pageOrigin } from './trusted-sender.ts'

/** The one permission the page may have: writing to the clipboard, for its copy buttons. */
const allowedPermission = 'clipboard-sanitized-write'

/** Opens a window on the app's page. The page is a guest: sandboxed, isolated, without node. */
export async function openWindow(preloadFile: string): Promise<BrowserWindow> {
  const window = new BrowserWindow({
    title: 'Strata',
    width: 1280,
    height: 800,
    minWidth: 1024,
    minHeight: 680,
    // Shown when it has something to show, instead of a white flash.
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload: preloadFile,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  })
  window.once('ready-to-show', () => window.show())
  askBeforeClosing(window)
  await window.loadURL(`${pageOrigin}/`)
  return window
}

/** A page that holds something unsaved stays open unless the user gives that up. Without this it would never close. */
function askBeforeClosing(window: BrowserWindow): void {
  window.webContents.on('will-prevent-unload', (event) => {
    const answer = dialog.showMessageBoxSync(window, {
      type: 'question',
      message: 'What was typed into spack.yaml is not written yet.',
      detail: 'It is lost when the window is closed.',
      buttons: ['Keep the window', 'Close without writing'],
      defaultId: 0,
      cancelId: 0,
    })
    // Preventing what would prevent it: the window closes.
    if (answer === 1) event.preventDefault()
  })
}

/** Keeps any page, ours or one that slipped in, where it is: no navigation, no new windows, no embedded pages. */
export function confine(contents: WebContents): void {
  contents.on('will-navigate', (event, url) => {
    if (!isPageUrl(url)) event.preventDefault()
  })
  contents.on('will-redirect', (event, url) => {
    if (!isPageUrl(url)) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    const link = externalLink(url)
    // A system without a browser is no reason to fail.
    if (link !== undefined) shell.openExternal(link).catch(() => undefined)
    return { action: 'deny' }
  })
}

/** Denies every permission (camera, location, notifications, USB, …) but the one above, to our own page. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, decide) => {
    decide(permission === allowedPermission && isPageUrl(contents.getURL()))
  })
  session.setPermissionCheckHandler((_contents, permission, origin) => {
    return permission === allowedPermission && isPageUrl(origin)
  })
  session.setDevicePermissionHandler(() => false)
}
