/**
 * Stands in for the `electron` module when the packed main process is run by plain node: as soon as the window is
 * opened it plays the page (reads the page's files, pushes the sample), prints what it saw as JSON, and quits.
 */
import { EventEmitter } from 'node:events'

const pageHandlers = new Map()
const ipcHandlers = new Map()
const windows = []
let requests = 0

class App extends EventEmitter {
  whenReady = () => Promise.resolve()
  requestSingleInstanceLock = () => true
  setName() {}
  enableSandbox() {}
  exit = (code) => process.exit(code)
  quit() {
    let prevented = false
    this.emit('will-quit', { preventDefault: () => (prevented = true) })
    if (!prevented) process.exit(0)
  }
}
export const app = new App()

class WebContents extends EventEmitter {
  setWindowOpenHandler() {}
  send = (_channel, envelope) => this.emit('strata', envelope)
}

export class BrowserWindow extends EventEmitter {
  static getAllWindows = () => windows
  webContents = new WebContents()
  constructor(options) {
    super()
    this.options = options
    windows.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }
  async loadURL(url) {
    const seen = await playPage(url, this)
    process.stdout.write(`${JSON.stringify(seen)}\n`)
    app.quit()
  }
}

export const ipcMain = { handle: (channel, handler) => ipcHandlers.set(channel, handler) }
export const protocol = {
  registerSchemesAsPrivileged() {},
  handle: (scheme, handler) => pageHandlers.set(scheme, handler),
}
export const session = {
  defaultSession: {
    setPermissionRequestHandler() {},
    setPermissionCheckHandler() {},
    setDevicePermissionHandler() {},
  },
}
export const safeStorage = { isEncryptionAvailable: () => false }
export const shell = { openExternal: async () => undefined }
export const dialog = {
  showErrorBox(title, text) {
    process.stderr.write(`${title}: ${text}\n`)
  },
}

async function playPage(url, window) {
  const get = (address) => pageHandlers.get('app')({ url: address, method: 'GET' })
  const html = await (await get(url)).text()
  const files = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((match) => match[1])
  const statuses = await Promise.all(files.map(async (file) => (await get(`${url}${file}`)).status))

  const info = await call('app.info', {})
  const sample = await call('workspace.sample', {})
  const plan = await call('push.plan', { ...sample.ref, to: sample.target })
  const ended = new Promise((resolve) => {
    window.webContents.on('strata', ({ event, payload }) => {
      if (event === 'job.changed' && !['running', 'paused'].includes(payload.state)) resolve(payload)
    })
  })
  await call('push.run', { plan: plan.id })
  const job = await ended
  return {
    preload: window.options.webPreferences.preload,
    files: files.map((file, index) => ({ file, status: statuses[index] })),
    version: info.version,
    packages: plan.sums.build,
    state: job.state,
    error: job.error,
    tags: job.result?.tags.length,
  }
}

async function call(method, input) {
  requests += 1
  const event = { senderFrame: { url: 'app://strata/', parent: null } }
  const response = await ipcHandlers.get('strata:call')(event, { id: requests, method, input })
  if (response.error) throw new Error(`${method}: ${JSON.stringify(response.error)}`)
  return response.ok
}
