import { type CDPSession, expect, type Page } from '@playwright/test'
import { routes, test } from '../support/fake-app.ts'

// Longest frame that still reads as smooth scrolling.
const slowFrame = 50
// Twenty rows a frame, twelve hundred a second: every row in view is a new one.
const pixelsAFrame = 640
const frameCount = 120

test('a table of 50,000 packages scrolls without a slow frame', async ({ page, host }) => {
  await page.goto(host.url + routes.everything)
  await expect(page.getByText('50,000 packages')).toBeVisible({ timeout: 20_000 })
  // Sizes arrive a moment later and make all rows anew: measure what comes after.
  await expect(page.getByText('measuring')).toBeHidden()
  await page.waitForTimeout(500)
  const session = await page.context().newCDPSession(page)
  // Processor time of the page's main thread, not the clock's: what the table costs, however busy the machine is.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const frames: Costs[] = []
  for (let frame = 0; frame < frameCount; frame += 1) {
    const before = await costs(session)
    await scrollOneFrame(page)
    const after = await costs(session)
    frames.push({
      task: after.task - before.task,
      script: after.script - before.script,
      layout: after.layout - before.layout,
      style: after.style - before.style,
    })
  }
  const words = `main thread, ms a frame of ${pixelsAFrame} px: ${summary(frames)}`
  console.log(words)
  test.info().annotations.push({ type: 'frames', description: words })
  expect(Math.max(...frames.map((f) => f.task)), words).toBeLessThan(slowFrame)
})

/** Milliseconds of the main thread. `task` is all of it. */
interface Costs {
  readonly task: number
  readonly script: number
  readonly layout: number
  readonly style: number
}

async function costs(session: CDPSession): Promise<Costs> {
  const { metrics } = await session.send('Performance.getMetrics')
  const of = (name: string) => (metrics.find((m) => m.name === name)?.value ?? Number.NaN) * 1000
  return {
    task: of('TaskDuration'),
    script: of('ScriptDuration'),
    layout: of('LayoutDuration'),
    style: of('RecalcStyleDuration'),
  }
}

/** Scrolls on, and resolves when that frame has been rendered. */
function scrollOneFrame(page: Page): Promise<void> {
  return page.getByRole('grid').evaluate(
    (scroller, pixels) =>
      new Promise<void>((resolve) => {
        scroller.scrollTop += pixels
        // After the frame's own callbacks come style, layout and paint; after those the next task.
        requestAnimationFrame(() => setTimeout(resolve))
      }),
    pixelsAFrame,
  )
}

function summary(frames: readonly Costs[]): string {
  const at = (part: keyof Costs, share: number) => {
    const sorted = frames.map((f) => f[part]).toSorted((a, b) => a - b)
    return (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1)
  }
  const middle = (['script', 'style', 'layout'] as const).map((part) => `${part} ${at(part, 0.5)}`).join(', ')
  return `median ${at('task', 0.5)} (${middle}), 99 % ${at('task', 0.99)}, longest ${at('task', 1)}`
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

test('arrows go on from the row that was clicked', async ({ page, host }) => {
  await page.goto(host.url + routes.tools)
  await page.getByRole('row', { name: /ncurses/ }).click()
  await expect(page.getByRole('complementary', { name: 'Package ncurses' })).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('complementary', { name: 'Package readline' })).toBeVisible()
  await page.getByLabel('Select less', { exact: true }).check()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('complementary', { name: 'Package ncurses' })).toBeVisible()
})
