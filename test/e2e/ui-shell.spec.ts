import { expect } from '@playwright/test'
import { routes, test } from '../support/fake-app.ts'

test('the search finds packages of the open environment', async ({ page, host }) => {
  await page.goto(host.url + routes.tools)
  await expect(page.getByText('15 packages')).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.getByRole('textbox', { name: 'Search' }).fill('readl')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('complementary', { name: 'Package readline' })).toBeVisible()
})

test('what is typed right after the shortcut is searched for; Escape gives the focus back', async ({ page, host }) => {
  await page.goto(host.url + routes.tools)
  const filter = page.getByRole('textbox', { name: 'Filter packages' })
  await filter.focus()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('readline')
  await expect(page.getByRole('textbox', { name: 'Search' })).toHaveValue('readline')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('textbox', { name: 'Search' })).toBeHidden()
  await expect(filter).toBeFocused()
  await expect(filter).toHaveValue('')
})

test('the theme is saved in the settings', async ({ page, host }) => {
  await page.goto(host.url + routes.tools)
  await page.getByRole('button', { name: 'Theme' }).click()
  await page.getByRole('menuitemradio', { name: 'Dark' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
  await page.goto(`${host.url}#/settings`)
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked()
})

test('a lost connection is said, and ends by itself', async ({ page, host }) => {
  await page.goto(host.url + routes.tools)
  await expect(page.getByText('15 packages')).toBeVisible()
  host.drop()
  await expect(page.getByText('Connection to Strata lost')).toBeVisible()
  await expect(page.getByText('Connection to Strata lost')).toBeHidden()
  await page.getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByText('linux-x64')).toBeVisible()
})

test.describe('without a Spack', () => {
  test.use({ engine: { workspace: 'empty' } })

  test('the first screen offers the sample, and its push is ready to run', async ({ page, host }) => {
    await page.goto(host.url)
    await expect(page.getByRole('heading', { name: 'No Spack found here' })).toBeVisible()
    await page.getByRole('button', { name: 'Try the sample' }).click()
    await expect(page.getByRole('heading', { name: 'sample', exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Push…' }).click()
    await expect(page.getByRole('button', { name: /^Push \d packages/ })).toBeEnabled()
  })
})
