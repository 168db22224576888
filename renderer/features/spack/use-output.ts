import { useCallback, useEffect, useMemo, useReducer, useRef } from 'react'
import type { OutputPage } from '../../../main/api/spack-runs.ts'
import type { Client } from '../../client.ts'
import { useClient } from '../../engine.ts'
import { createOutput, type Output, pageLines } from './output.ts'

export interface LiveOutput {
  readonly output: Output
  /** Changes with everything that comes. */
  readonly version: number
  /** Sees to it that these lines come. */
  readonly show: (first: number, last: number) => void
}

/** What a run prints, live: its last lines at once, what is printed as it is printed, and the rest where one looks. */
export function useOutput(job: string): LiveOutput {
  const client = useClient()
  const output = useMemo(() => {
    void job
    return createOutput()
  }, [job])
  const [version, changed] = useReducer((n: number) => n + 1, 0)
  const asked = useRef(new Set<number>())

  const ask = useCallback(
    (from: number): void => {
      if (asked.current.has(from)) return
      asked.current.add(from)
      client
        .call('spack.output', { job, from, count: pageLines })
        .then((page) => {
          output.takePage(page)
          changed()
        })
        // The job was forgotten meanwhile: there is nothing to show, and whoever lists jobs says so.
        .catch(() => undefined)
        .finally(() => asked.current.delete(from))
    },
    [client, job, output],
  )

  useEffect(() => {
    ask(-pageLines)
    const ends = [
      client.on('spack.output', (event) => {
        if (event.job !== job) return
        output.takeEvent(event)
        changed()
      }),
      // What was printed while the connection was lost was told to nobody.
      client.onState((state) => {
        if (state === 'open') ask(-pageLines)
      }),
    ]
    return () => {
      for (const end of ends) end()
    }
  }, [client, job, output, ask])

  const show = useCallback(
    (first: number, last: number) => {
      for (const from of output.missing(first, last)) ask(from)
    },
    [output, ask],
  )
  return { output, version, show }
}

/** Reads all that a run has printed, page by page, until `take` says that it is enough. */
export async function readOutput(
  client: Client,
  request: { readonly job: string; readonly from?: number; readonly search?: string },
  take: (page: OutputPage) => boolean,
): Promise<void> {
  const { job, search } = request
  for (let from: number | undefined = request.from ?? 0; from !== undefined; ) {
    const page: OutputPage = await client.call('spack.output', { job, from, count: 5000, search })
    from = take(page) ? page.next : undefined
  }
}
