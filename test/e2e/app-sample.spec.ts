import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { test } from '../support/real-app.ts'

// The app as it ships, from the first screen to a pushed sample, in both themes.
for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })

    test('the sample goes from the empty screen into a folder, and stays in the activity', async ({ page, app }) => {
      await page.goto(app.url)
      await expect(page.getByRole('heading', { name: 'No Spack found here' })).toBeVisible()
      await nothingSerious(page)

      await page.getByRole('button', { name: 'Try the sample' }).click()
      await expect(page.getByText('8 packages', { exact: true })).toBeVisible()
      await expect(page.getByRole('row', { name: /cowsay/ })).toContainText('installed')
      await nothingSerious(page)
      await page.getByRole('tab', { name: 'Graph' }).click()
      // Without gmake, which is needed to build only.
      await expect(page.locator('.react-flow__node')).toHaveCount(7)
      await nothingSerious(page)
      await page.getByRole('tab', { name: 'Treemap' }).click()
      await expect(page.getByText('ncurses').first()).toBeVisible()
      await nothingSerious(page)

      await page.getByRole('button', { name: 'Push…' }).click()
      const push = page.getByRole('button', { name: 'Push 8 packages' })
      await expect(push).toBeEnabled()
      await expect(page.getByText('8 to build')).toBeVisible()
      const stack = page.getByRole('listbox', { name: /Layer stack/ })
      await expect(stack.getByRole('option', { name: /to build/ })).toHaveCount(7)
      await expect(stack.getByText(/^~/)).toHaveCount(7)
      await nothingSerious(page)

      await push.click()
      await expect(page.getByText('10 tags written')).toBeVisible()
      await expect(stack.getByRole('option', { name: /, done/ })).toHaveCount(7)
      // Packed layers are shown as small as they are, though the plan could only guess.
      await expect(stack.getByText(/^~/)).toHaveCount(0)
      await expect(page.getByText('folder, an OCI image layout')).toBeVisible()
      await expect(page.getByText(/skopeo copy oci:\S+ docker-archive/)).toBeVisible()
      await nothingSerious(page)
      expect(await layoutBlobs(app.home)).toBeGreaterThan(20)

      await page.getByRole('link', { name: 'Activity' }).click()
      const jobs = page.getByRole('complementary', { name: 'Jobs' })
      await expect(jobs.getByRole('listitem')).toHaveCount(1)
      await expect(jobs).toContainText('done')
      await nothingSerious(page)
      await page.reload()
      await expect(jobs).toContainText('done')

      // The journal outlives the app as well, and what is there is not pushed again.
      await app.restart()
      await page.goto(app.url)
      await page.getByRole('link', { name: 'Activity' }).click()
      await expect(jobs).toContainText('done')
      await expect(page.getByText('10 tags written')).toBeVisible()
      await page.getByRole('link', { name: 'Push', exact: true }).click()
      await page.getByRole('combobox', { name: 'Environment' }).click()
      await page.getByRole('option', { name: 'sample' }).click()
      await expect(page.getByText('8 present')).toBeVisible()
      await expect(page.getByText('0 B to upload')).toBeVisible()
      await nothingSerious(page)
      await page.getByRole('button', { name: 'Write tag sample' }).click()
      await expect(page.getByText('Nothing new: all of it was there already.')).toBeVisible()
    })
  })
}

test('the theme outlives a reload', async ({ page, app }) => {
  await page.goto(app.url)
  await page.getByRole('button', { name: 'Theme' }).click()
  await page.getByRole('menuitemradio', { name: 'Dark' }).click()
  const root = page.locator('html')
  await expect(root).toHaveAttribute('data-mantine-color-scheme', 'dark')
  await page.reload()
  await expect(root).toHaveAttribute('data-mantine-color-scheme', 'dark')
  // The page is left first: it would complain of a server that is away.
  await page.goto('about:blank')
  await app.restart()
  await page.goto(app.url)
  await expect(root).toHaveAttribute('data-mantine-color-scheme', 'dark')
})

test('the sample is pushed with the keyboard alone', async ({ page, app }) => {
  await page.goto(app.url)
  await expect(page.getByRole('button', { name: 'Try the sample' })).toBeVisible()
  await tabTo(page, 'Try the sample')
  await page.keyboard.press('Enter')
  await expect(page.getByText('8 packages', { exact: true })).toBeVisible()
  await tabTo(page, 'Push…')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Push 8 packages' })).toBeEnabled()
  await tabTo(page, 'Push 8 packages')
  await page.keyboard.press('Enter')
  await expect(page.getByText('10 tags written')).toBeVisible()
  await tabTo(page, 'Push again…')
})

/** Presses Tab until the control of that name has the focus, and sees that the focus is drawn. */
async function tabTo(page: Page, name: string): Promise<void> {
  const wanted = page.getByRole('button', { name, exact: true })
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab')
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      await expect(wanted).toHaveCSS('outline-style', /solid|auto/)
      return
    }
  }
  throw new Error(`60 times Tab did not reach “${name}”`)
}

async function nothingSerious(page: Page): Promise<void> {
  expect(await seriousFindings(page)).toEqual([])
}

/** How many blobs the sample's folder registry holds. */
async function layoutBlobs(home: string): Promise<number> {
  const files = await readdir(home, { recursive: true })
  return files.filter((file) => file.includes(join('registry', 'blobs', 'sha256'))).length
}
