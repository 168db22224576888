import { contextBridge, ipcRenderer } from 'electron'
import type { EventEnvelope, RequestEnvelope, ResponseEnvelope } from '../../main/api/contract.ts'
import { callChannel, eventChannel } from './channels.ts'

/** All that the page gets of Electron: the two ends of the envelope. The methods are in main/api/contract.ts. */
const bridge = {
  call: (request: RequestEnvelope): Promise<ResponseEnvelope> => ipcRenderer.invoke(callChannel, request),
  /** Returns a function that ends the subscription. */
  onEvent(listener: (envelope: EventEnvelope) => void): () => void {
    // The page never sees Electron's own event object: it would give the page a sender.
    const forward = (_event: unknown, envelope: EventEnvelope) => listener(envelope)
    ipcRenderer.on(eventChannel, forward)
    return () => {
      ipcRenderer.off(eventChannel, forward)
    }
  },
}

contextBridge.exposeInMainWorld('strata', bridge)
