import type { IpcMainInvokeEvent } from 'electron'
import { BrowserWindow, ipcMain } from 'electron'
import type { Engine, ResponseEnvelope } from '../../main/api/contract.ts'
import { StrataError } from '../../main/support/errors.ts'
import { dispatch, forwardEvents, maxRequestBytes, refuse } from '../dispatch.ts'
import { callChannel, eventChannel } from './channels.ts'
import { isTrustedSender } from './trusted-sender.ts'

/** Connects the engine to the windows: the only module of the main process that knows the IPC channels. */
export function hostIpc(engine: Engine): void {
  ipcMain.handle(callChannel, (event, request: unknown) => answer(engine, event, request))
  forwardEvents(engine, (envelope) => {
    for (const window of BrowserWindow.getAllWindows()) window.webContents.send(eventChannel, envelope)
  })
}

async function answer(engine: Engine, event: IpcMainInvokeEvent, request: unknown): Promise<ResponseEnvelope> {
  if (!isTrustedSender(event.senderFrame)) {
    return refuse(request, new StrataError('untrusted-sender', 'the request did not come from the app’s own page'))
  }
  if (sizeOf(request) > maxRequestBytes) {
    return refuse(request, new StrataError('usage', `the request is larger than ${maxRequestBytes} bytes`))
  }
  return dispatch(engine, request)
}

/** Bytes of the request as JSON; what JSON cannot hold (a cycle, a BigInt) is larger than anything allowed. */
function sizeOf(request: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(request) ?? '')
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
