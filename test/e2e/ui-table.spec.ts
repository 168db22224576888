import { expect } from '@playwright/test'
import { routes, test } from '../support/fake-app.ts'

test('a table of 50,000 packages scrolls without a slow frame', async ({ page, host }) => {
  await page.goto(host.url + routes.everything)
  const grid = page.getByRole('grid')
  await expect(page.getByText('50,000 packages')).toBeVisible({ timeout: 20_000 })
  // Sizes arrive a moment later and make all rows anew: measure what comes after.
  await expect(page.getByText('measuring')).toBeHidden()
  await page.waitForTimeout(500)
  const frames = await grid.evaluate(
    (scroller) =>
      new Promise<number[]>((resolve) => {
        const deltas: number[] = []
        let last = performance.now()
        const step = (now: number) => {
          deltas.push(now - last)
          last = now
          scroller.scrollTop += 640
          if (deltas.length < 180) requestAnimationFrame(step)
          else resolve(deltas.slice(2))
        }
        requestAnimationFrame(step)
      }),
  )
  const sorted = frames.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? Number.POSITIVE_INFINITY
  const words = `${frames.length} frames: median ${at(0.5).toFixed(1)} ms, 99 % ${at(0.99).toFixed(1)} ms, longest ${at(1).toFixed(1)} ms`
  console.log(words)
  test.info().annotations.push({ type: 'frames', description: words })
  expect(at(1), words).toBeLessThan(50)
})

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
