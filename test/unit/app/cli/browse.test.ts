import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { sayHowFar } from '../../../../app/cli/browse.ts'
import type { OwnedEngine } from '../../../../main/engine.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubEnv('TERM', 'xterm')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

/** An engine that only tells, and what a terminal of sixty columns gets, line by line as each was written over. */
function heardOn({ terminal }: { readonly terminal: boolean }) {
  const events = new EventEmitter()
  const engine = {
    on: (name: string, listener: () => void) => {
      events.on(name, listener)
      return () => events.off(name, listener)
    },
  } as unknown as Pick<OwnedEngine, 'on'>
  const stream = Object.assign(new PassThrough(), { isTTY: terminal, columns: 60 })
  const shown = (): string[] => String(stream.read() ?? '').split('\r\u001b[K')
  return { events, shown, stop: sayHowFar(engine, 'mine', stream as unknown as NodeJS.WriteStream) }
}

const explained = (run: string, done: number) => ({ run, progress: { what: 'packages', done, total: 2000 } })

it('says on a terminal how far an explanation is, once it takes a while, and takes the words away', () => {
  const { events, shown, stop } = heardOn({ terminal: true })
  events.emit('explain.progress', explained('mine', 1))
  vi.advanceTimersByTime(500)
  events.emit('explain.progress', explained('mine', 1500))
  events.emit('explain.progress', explained('of another window', 7))
  expect(shown()).toEqual(['', 'Looked at 1,500 of 2,000 packages'])
  stop()
  events.emit('explain.progress', explained('mine', 2000))
  expect(shown()).toEqual(['', ''])
})

it('says nothing where there is no terminal', () => {
  const { events, shown, stop } = heardOn({ terminal: false })
  vi.advanceTimersByTime(1000)
  events.emit('explain.progress', explained('mine', 1500))
  stop()
  expect(shown()).toEqual([''])
})
