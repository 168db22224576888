import { useEffect, useRef, useState } from 'react'

export interface LayoutQuestion {
  readonly number: number
  readonly nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[]
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

export interface LayoutAnswer {
  readonly number: number
  /** Upper left corners, in pixels. */
  readonly positions: readonly { readonly id: string; readonly x: number; readonly y: number }[]
}

/** Positions of a graph's nodes, laid out in a worker; undefined until the first answer. Late answers are dropped. */
export function useLayout(graph: Omit<LayoutQuestion, 'number'>): LayoutAnswer['positions'] | undefined {
  const [positions, setPositions] = useState<LayoutAnswer['positions']>()
  const worker = useRef<Worker>(undefined)
  const number = useRef(0)
  useEffect(() => {
    const made = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' })
    made.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
      if (data.number === number.current) setPositions(data.positions)
    }
    worker.current = made
    return () => made.terminate()
  }, [])
  useEffect(() => {
    number.current += 1
    worker.current?.postMessage({ ...graph, number: number.current } satisfies LayoutQuestion)
  }, [graph])
  return positions
}
