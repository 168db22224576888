/// <reference types="vite/client" />
import type { EventEnvelope, RequestEnvelope, ResponseEnvelope } from '../main/api/contract.ts'

declare global {
  /** What Electron's preload script exposes; absent in a browser. */
  interface StrataBridge {
    call(request: RequestEnvelope): Promise<ResponseEnvelope>
    onEvent(listener: (event: EventEnvelope) => void): () => void
  }
  interface Window {
    readonly strata?: StrataBridge
    /** Where `get-nonce`, used below Mantine's modals, looks for the nonce of the style elements it adds. */
    __webpack_nonce__?: string
  }
}
