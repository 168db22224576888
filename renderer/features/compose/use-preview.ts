import { useCallback, useEffect, useRef, useState } from 'react'
import type { ComposeRequestInput, CompositionPreview } from '../../../main/api/compose.ts'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'
import { runName } from '../../run-name.ts'

/** Compressed bytes of layers that are read without being asked to. */
const smallEnough = 256 * 2 ** 20

// Long enough that nobody who still adds packages starts reading layers of what is not meant yet.
const restBeforeLooking = 700

/** How the look into the layers goes. `stopped`: the user ended it; the next change begins anew. */
export type Looking =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly done: number; readonly total: number; readonly name: string }
  /** Before anything is looked into the base image's file is taken in: bytes of it. */
  | { readonly kind: 'importing'; readonly done: number; readonly total: number; readonly name: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: ErrorBody }

export interface Preview {
  /** The last one that was made; of an older request while `waiting`. */
  readonly preview: CompositionPreview | undefined
  readonly error: ErrorBody | undefined
  readonly waiting: boolean
  readonly looking: Looking
  readonly look: () => void
  readonly stopLooking: () => void
}

const idle: Looking = { kind: 'idle' }

/**
 * What comes of a composition, asked for at every change at once: the engine answers from memory. An answer to an older
 * request is dropped, and its call ended. Layers that nobody has looked into yet are after a short rest, in the
 * background, unless they are large. A look that failed is not begun again before the next change.
 */
export function usePreview(request: ComposeRequestInput | undefined): Preview {
  const client = useClient()
  const [state, setState] = useState<Pick<Preview, 'preview' | 'error' | 'waiting'>>(nothing)
  const [looking, setLooking] = useState<Looking>(idle)
  const key = request && JSON.stringify(request)
  const stop = useRef<() => void>(undefined)

  /** Asks once; resolves to whether the answer was still wanted, and left layers that are small enough to look into unasked. */
  const ask = useCallback(
    async (text: string, examine: 'known' | 'all', signal: AbortSignal): Promise<boolean> => {
      const run = runName()
      const cancel = () => void client.call('run.cancel', { run })
      signal.addEventListener('abort', cancel)
      const end = client.on('compose.progress', ({ run: of, what, done, total, name }) => {
        if (of !== run || signal.aborted) return
        setLooking({ kind: what === 'import' ? 'importing' : 'running', done, total, name })
      })
      try {
        const request = JSON.parse(text) as ComposeRequestInput
        const preview = await client.call('compose.preview', { ...request, examine, run })
        if (signal.aborted) return false
        setState({ preview, error: undefined, waiting: false })
        return preview.examined.done < preview.examined.total && bytesToLookInto(preview) <= smallEnough
      } finally {
        signal.removeEventListener('abort', cancel)
        end()
      }
    },
    [client],
  )

  const look = useCallback(() => {
    if (key === undefined) return
    stop.current?.()
    const controller = new AbortController()
    stop.current = () => controller.abort()
    setLooking({ kind: 'running', done: 0, total: 0, name: '' })
    ask(key, 'all', controller.signal).then(
      () => controller.signal.aborted || setLooking(idle),
      (thrown: unknown) => controller.signal.aborted || setLooking({ kind: 'failed', error: errorBody(thrown) }),
    )
  }, [key, ask])

  useEffect(() => {
    setLooking(idle)
    if (key === undefined) {
      setState(nothing)
      return
    }
    const controller = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    setState((old) => ({ ...old, waiting: true }))
    ask(key, 'known', controller.signal).then(
      (more) => {
        if (!controller.signal.aborted) setLooking(idle)
        if (more) timer = setTimeout(look, restBeforeLooking)
      },
      (thrown: unknown) => {
        if (controller.signal.aborted) return
        setLooking(idle)
        setState((old) => ({ ...old, error: errorBody(thrown), waiting: false }))
      },
    )
    return () => {
      controller.abort()
      clearTimeout(timer)
      stop.current?.()
    }
  }, [key, ask, look])

  return {
    ...state,
    looking,
    look,
    stopLooking: () => {
      stop.current?.()
      setLooking({ kind: 'stopped' })
    },
  }
}

/** At most so many compressed bytes are read to look into the rest: all that is not known to have been looked into. */
export function bytesToLookInto({ stack, examined }: CompositionPreview): number {
  const left = examined.total - examined.done
  // Which layers are left is not said: the largest may be among them.
  const sizes = stack.map((layer) => layer.bytes).sort((a, b) => b - a)
  return sizes.slice(0, left).reduce((sum, bytes) => sum + bytes, 0)
}

const nothing = { preview: undefined, error: undefined, waiting: false }
