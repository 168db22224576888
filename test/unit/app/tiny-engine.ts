import type { Engine, EventName, EventPayload } from '../../../main/api/contract.ts'
import type { Job } from '../../../main/api/models.ts'

/** An engine that answers `answer` to everything, remembers what it was asked, and emits what a test tells it to. */
export interface TinyEngine extends Engine {
  readonly calls: { readonly method: string; readonly input: unknown }[]
  readonly listeners: number
  emit<E extends EventName>(event: E, payload: EventPayload<E>): void
}

export function tinyEngine(answer: (method: string, input: unknown) => unknown = () => ({})): TinyEngine {
  const calls: { method: string; input: unknown }[] = []
  const listeners = new Set<{ event: string; listener: (payload: never) => void }>()
  return {
    calls,
    get listeners() {
      return listeners.size
    },
    async call(method, input) {
      calls.push({ method, input })
      return (await answer(method, input)) as never
    },
    on(event, listener) {
      const entry = { event, listener }
      listeners.add(entry)
      return () => {
        listeners.delete(entry)
      }
    },
    emit(event, payload) {
      for (const entry of listeners) if (entry.event === event) entry.listener(payload as never)
    },
  }
}

/** A running job whose log is `words`. */
export function someJob(id: string, words = ''): Job {
  return {
    id,
    kind: 'push',
    title: id,
    state: 'running',
    startedAt: 0,
    progress: { itemsDone: 0, itemsTotal: 0, bytesDone: 0, bytesTotal: 0, rate: 0, items: [] },
    command: '',
    log: [{ at: 0, message: words }],
    stack: [],
  }
}
