import { EventEmitter } from 'node:events'
import { vi } from 'vitest'

/**
 * Stands in for the `electron` module, whose program a test machine need not have: it remembers what the shell
 * registers and lets a test play the page, the system and the user. Used with `vi.mock('electron', …)`.
 */

type Handler = (event: unknown, ...args: unknown[]) => unknown

export const ipcHandlers = new Map<string, Handler>()
export const ipcMain = {
  handle: (channel: string, handler: Handler) => ipcHandlers.set(channel, handler),
}

export const exposed = new Map<string, unknown>()
export const contextBridge = {
  exposeInMainWorld: (name: string, value: unknown) => exposed.set(name, value),
}

class Renderer extends EventEmitter {
  readonly invoke = vi.fn(async (channel: string, request: unknown) => ({ channel, request }))
}
export const ipcRenderer = new Renderer()

export class WebContents extends EventEmitter {
  readonly sent: { channel: string; message: unknown }[] = []
  windowOpenHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
  send(channel: string, message: unknown) {
    this.sent.push({ channel, message })
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }) {
    this.windowOpenHandler = handler
  }
}

export class BrowserWindow extends EventEmitter {
  static all: BrowserWindow[] = []
  static getAllWindows = () => BrowserWindow.all
  readonly webContents = new WebContents()
  readonly options: { webPreferences: Record<string, unknown> }
  readonly loadURL = vi.fn(async () => undefined)
  readonly show = vi.fn()
  constructor(options: { webPreferences: Record<string, unknown> }) {
    super()
    this.options = options
    BrowserWindow.all.push(this)
  }
}

export const pageHandlers = new Map<string, (request: Request) => Promise<Response>>()
export const protocol = {
  registerSchemesAsPrivileged: vi.fn(),
  handle: (scheme: string, handler: (request: Request) => Promise<Response>) => pageHandlers.set(scheme, handler),
}

export const shell = { openExternal: vi.fn(async () => undefined) }

/** Answers with the number of the button that a test sets. */
export const dialog = { answer: 0, showMessageBoxSync: vi.fn(() => dialog.answer) }

/** Encrypts by turning the text round: enough to see that what is kept is not what was given. */
export const safeStorage = {
  available: true,
  backend: 'gnome_libsecret',
  isEncryptionAvailable: () => safeStorage.available,
  getSelectedStorageBackend: () => safeStorage.backend,
  encryptString: (text: string) => Buffer.from([...text].reverse().join('')),
  decryptString: (bytes: Buffer) => [...bytes.toString()].reverse().join(''),
}
