import { type CDPSession, expect, type Page } from '@playwright/test'
import { routes, test } from '../support/fake-app.ts'

// Longest delay between two frames that still reads as smooth scrolling.
const slowFrame = 50
// Ten rows a frame, six hundred a second: a hard flick of the wheel.
const pixelsAFrame = 320

test('a table of 50,000 packages scrolls without a slow frame', async ({ page, host }) => {
  await page.goto(host.url + routes.everything)
  await expect(page.getByText('50,000 packages')).toBeVisible({ timeout: 20_000 })
  // Sizes arrive a moment later and make all rows anew: measure what comes after.
  await expect(page.getByText('measuring')).toBeHidden()
  await page.waitForTimeout(500)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  let best = Number.POSITIVE_INFINITY
  let steady = Number.POSITIVE_INFINITY
  // A slow frame of ours comes in every round; one of a busy machine does not.
  for (let round = 0; round < 3 && best >= slowFrame; round += 1) {
    // The same machine, with a page that only burns the time scrolling takes: what it can do at this moment.
    const baseline = await frames(page, { pixels: 0, burn: 10 })
    const before = await taskSeconds(session)
    const scrolling = await frames(page, { pixels: pixelsAFrame, burn: 0 })
    const work = ((await taskSeconds(session)) - before) / scrolling.length
    const words = `scrolling: ${summary(scrolling)}; burning 10 ms: ${summary(baseline)}; main thread ${(work * 1000).toFixed(1)} ms a frame`
    console.log(words)
    test.info().annotations.push({ type: 'frames', description: words })
    expect(work * 1000, words).toBeLessThan(slowFrame / 2)
    best = Math.min(best, Math.max(...scrolling))
    steady = Math.min(steady, Math.max(...baseline))
  }
  test.skip(
    steady >= slowFrame && best >= slowFrame,
    'this machine is too busy to tell a slow frame of ours from its own',
  )
  expect(best).toBeLessThan(slowFrame)
})

/** Milliseconds between frames while the table scrolls by so many pixels, or the page burns so many ms, a frame. */
function frames(page: Page, each: { pixels: number; burn: number }): Promise<readonly number[]> {
  return page.getByRole('grid').evaluate(
    (scroller, { pixels, burn }) =>
      new Promise<number[]>((resolve) => {
        const deltas: number[] = []
        let last = performance.now()
        let top = 0
        const step = (now: number) => {
          deltas.push(now - last)
          last = now
          // Reading it back would force a layout that scrolling itself does not.
          top += pixels
          if (pixels > 0) scroller.scrollTop = top
          const until = performance.now() + burn
          while (performance.now() < until);
          if (deltas.length < 150) requestAnimationFrame(step)
          else resolve(deltas.slice(2))
        }
        requestAnimationFrame(step)
      }),
    each,
  )
}

/** Processor time that the page's main thread has spent on tasks. */
async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find((m) => m.name === 'TaskDuration')?.value ?? Number.NaN
}

function summary(deltas: readonly number[]): string {
  const sorted = deltas.toSorted((a, b) => a - b)
  const at = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN).toFixed(1)
  return `median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms`
}

test('the table filters, sorts, selects, and hands the choice to Push', async ({ page, host }) => {
  await page.goto(host.url + routes.tools)
  await page.getByLabel('Filter packages').fill('autotools')
  await expect(page.getByText('9 of 15 packages')).toBeVisible()
  await page.getByLabel('Filter packages').fill('')
  await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click()
  await expect(page.getByRole('row').nth(1)).toContainText('vim')
  for (const name of ['less', 'nano', 'vim']) await page.getByLabel(`Select ${name}`, { exact: true }).check()
  await page.getByRole('button', { name: 'Push 3 packages…' }).click()
  await expect(page.getByText('3 chosen packages of it')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Push 3 packages' })).toBeEnabled()
})

test('the table is walked with the keyboard alone', async ({ page, host }) => {
  await page.goto(host.url + routes.tools)
  const grid = page.getByRole('grid')
  await expect(page.getByText('15 packages')).toBeVisible()
  await grid.focus()
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Space')
  await expect(page.getByLabel('Select zlib')).toBeChecked()
  await page.keyboard.press('Enter')
  const panel = page.getByRole('complementary', { name: 'Package zlib' })
  await expect(panel).toContainText('relockit')
  await expect(panel).toContainText('…[padded to 128]…')
})
