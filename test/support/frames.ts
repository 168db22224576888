import { type CDPSession, expect, type Page, test } from '@playwright/test'

/** Longest frame that still reads as smooth scrolling, in milliseconds. */
const slowFrame = 50

/** How often a walk is made before a frame of it counts as slow. */
const walks = 3

/** Milliseconds of the page's main thread. `task` is all of it. */
export interface FrameCosts {
  readonly task: number
  readonly script: number
  readonly layout: number
  readonly style: number
}

export interface FrameMeter {
  /** What the frame costs in which this happens. */
  measure(act: () => Promise<unknown>): Promise<FrameCosts>
}

/** Measures processor time of the main thread, not the clock's: what a page costs, however busy the machine is. */
export async function meterFrames(page: Page): Promise<FrameMeter> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return {
    measure: async (act) => {
      const before = await costs(session)
      await act()
      const after = await costs(session)
      return {
        task: after.task - before.task,
        script: after.script - before.script,
        layout: after.layout - before.layout,
        style: after.style - before.style,
      }
    },
  }
}

async function costs(session: CDPSession): Promise<FrameCosts> {
  const { metrics } = await session.send('Performance.getMetrics')
  const of = (name: string) => (metrics.find((m) => m.name === name)?.value ?? Number.NaN) * 1000
  return {
    task: of('TaskDuration'),
    script: of('ScriptDuration'),
    layout: of('LayoutDuration'),
    style: of('RecalcStyleDuration'),
  }
}

/** Scrolls the grid on by so many pixels, and resolves when that frame has been rendered. */
export function scrollGrid(page: Page, pixels: number): Promise<void> {
  return page.getByRole('grid').evaluate(
    (scroller, by) =>
      new Promise<void>((resolve) => {
        scroller.scrollTop += by
        // After the frame's own callbacks come style, layout and paint; after those the next task.
        requestAnimationFrame(() => setTimeout(resolve))
      }),
    pixels,
  )
}

/** Resolves when the next frame has been rendered. */
export function nextFrame(page: Page): Promise<void> {
  return page.evaluate(() => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve))))
}

/**
 * Passes with the first walk that has no slow frame, and fails when the last of three has one: what the page costs comes
 * back in every walk, what the machine does beside it does not. Each walk measures frames of what was not shown before.
 */
export async function expectNoSlowFrame(what: string, walk: () => Promise<readonly FrameCosts[]>): Promise<void> {
  const said: string[] = []
  let longest = Number.POSITIVE_INFINITY
  while (said.length < walks && !(longest < slowFrame)) {
    const frames = await walk()
    longest = Math.max(...frames.map((frame) => frame.task))
    said.push(`${what}, ms of the main thread a frame: ${frameSummary(frames)}`)
    console.log(said.at(-1))
    test.info().annotations.push({ type: 'frames', description: said.at(-1) })
  }
  expect(longest, said.join('\n')).toBeLessThan(slowFrame)
}

/** Median, ninety-ninth percentile and longest of these frames, in words. */
function frameSummary(frames: readonly FrameCosts[]): string {
  const at = (part: keyof FrameCosts, share: number) => {
    const sorted = frames.map((f) => f[part]).toSorted((a, b) => a - b)
    return (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1)
  }
  const middle = (['script', 'style', 'layout'] as const).map((part) => `${part} ${at(part, 0.5)}`).join(', ')
  return `median ${at('task', 0.5)} (${middle}), 99 % ${at('task', 0.99)}, longest ${at('task', 1)}`
}
