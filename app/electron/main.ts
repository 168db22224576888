import { app, BrowserWindow, dialog, session } from 'electron'
import { toStrataError } from '../../main/support/errors.ts'
import { locateAssets } from '../assets.ts'
import { composeEngine } from '../compose.ts'
import { hostIpc } from './ipc-host.ts'
import { registerPageScheme, servePage } from './page-protocol.ts'
import { safeStorageVault } from './safe-storage.ts'
import { confine, denyPermissions, openWindow } from './window.ts'

/** The desktop app's main process: one instance, one engine, windows on the app's page. */
async function run(): Promise<void> {
  await app.whenReady()
  const assets = locateAssets()
  const engine = await composeEngine({ ...assets, env: process.env, vault: safeStorageVault() })
  closeWithApp(engine)
  denyPermissions(session.defaultSession)
  servePage(assets.rendererFolder)
  hostIpc(engine)

  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows()
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  // macOS: the app outlives its windows, and its dock icon opens a new one.
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) openWindow(assets.preloadFile).catch(fail)
  })
  await openWindow(assets.preloadFile)
}

/** Lets the engine stop its jobs and workers before the process ends. */
function closeWithApp(engine: { close(): Promise<void> }): void {
  let closed = false
  app.on('will-quit', (event) => {
    if (closed) return
    event.preventDefault()
    engine
      .close()
      .catch(() => undefined)
      .finally(() => {
        closed = true
        app.quit()
      })
  })
}

function fail(thrown: unknown): void {
  const { message, hint } = toStrataError(thrown)
  dialog.showErrorBox('Strata cannot start', hint === undefined ? message : `${message}\n\n${hint}`)
  app.exit(1)
}

app.setName('Strata')
app.enableSandbox()
registerPageScheme()
app.on('web-contents-created', (_event, contents) => confine(contents))
app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit()
})

if (app.requestSingleInstanceLock()) run().catch(fail)
else app.quit()
