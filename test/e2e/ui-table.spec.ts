import { expect } from '@playwright/test'
import { routes, test } from '../support/fake-app.ts'
import { expectNoSlowFrame, type FrameCosts, meterFrames, scrollGrid } from '../support/frames.ts'

// Twenty rows a frame, twelve hundred a second: every row in view is a new one.
const pixelsAFrame = 640
const frameCount = 120

test('a table of 50,000 packages scrolls without a slow frame', async ({ page, host }) => {
  await page.goto(host.url + routes.everything)
  await expect(page.getByText('50,000 packages')).toBeVisible({ timeout: 20_000 })
  // Sizes arrive a moment later and make all rows anew: measure what comes after.
  await expect(page.getByText('measuring')).toBeHidden()
  await page.waitForTimeout(500)
  const meter = await meterFrames(page)
  await expectNoSlowFrame(`${pixelsAFrame} px of the table`, async () => {
    const frames: FrameCosts[] = []
    for (let frame = 0; frame < frameCount; frame += 1) {
      frames.push(await meter.measure(() => scrollGrid(page, pixelsAFrame)))
    }
    return frames
  })
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

test('a row that comes under a pressed button is not chosen when the button comes up', async ({ page, host }) => {
  await page.goto(host.url + routes.tools)
  await page.getByRole('row').nth(1).getByRole('checkbox').hover()
  await page.mouse.down()
  await page.getByLabel('Filter packages').fill('vim')
  await expect(page.getByText('1 of 15 packages')).toBeVisible()
  await page.mouse.up()
  await expect(page.getByLabel('Select vim', { exact: true })).not.toBeChecked()
  await page.getByLabel('Select vim', { exact: true }).check()
})
