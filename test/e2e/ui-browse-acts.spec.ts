import { expect } from '@playwright/test'
import { routes, test } from '../support/fake-app.ts'

test('retag: plan, run, and the tag is there', async ({ page, host }) => {
  await page.goto(host.url + routes.browse)
  await page.getByRole('button', { name: 'Environments 5' }).click()
  await page.getByLabel('Select climate', { exact: true }).check()
  await page.getByRole('button', { name: 'Retag…' }).click()
  await page.getByRole('combobox', { name: 'New tags' }).fill('stable')
  await page.keyboard.press('Enter')
  await expect(page.getByText('strata tag ghcr.io/demo/cache:climate stable')).toBeVisible()
  await page.getByRole('button', { name: 'Write 1 tag', exact: true }).click()
  await expect(page.getByText('wrote stable')).toBeVisible()
  await page.getByRole('button', { name: 'Back to the tags' }).click()
  await expect(page.getByRole('row', { name: /stable/ })).toBeVisible()
})

test('retag refuses a name that belongs to a package', async ({ page, host }) => {
  await page.goto(`${host.url}${routes.browse}&act=tag&for=tools`)
  await page.getByRole('combobox', { name: 'New tags' }).fill('tools.spack')
  await page.keyboard.press('Enter')
  await expect(page.getByText('1 problem to settle first')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Write 1 tag' })).toBeDisabled()
})

test('copy: says what is sent, mounted and there, and shows its progress in Activity', async ({ page, host }) => {
  await page.goto(`${host.url}${routes.browse}&act=copy&for=climate`)
  await expect(page.getByText('Say where to, and the plan appears here')).toBeVisible()
  await page.getByRole('combobox', { name: 'To: a repository' }).fill('oci://harbor.hpc.example.org/climate/copy')
  await expect(page.getByText('mounted, not sent')).toBeVisible()
  await page.getByRole('button', { name: /^Copy \d+ tags/ }).click()
  await expect(page.getByRole('table', { name: 'Steps' })).toContainText('done')
  await expect(page.getByText(/\d+ steps done/)).toBeVisible({ timeout: 20_000 })
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('heading', { level: 1, name: /^Copy 1 tag to/ })).toBeVisible()
})

test('delete: names what goes along, and has to be typed', async ({ page, host }) => {
  await page.goto(host.url + routes.browse)
  await page.getByLabel('Search tags').fill('tools environment')
  await page.getByLabel('Select tools', { exact: true }).check()
  await page.getByRole('button', { name: 'Delete 1 tag…' }).click()
  await expect(page.getByText('latest names the same image and goes with it.')).toBeVisible()
  const act = page.getByRole('button', { name: 'Delete 2 tags' })
  await expect(act).toBeDisabled()
  await page.getByLabel('To confirm, type').fill('delete 2 tags')
  await expect(act).toBeEnabled()
  await page.keyboard.press('Enter')
  await expect(page.getByText('deleted latest')).toBeVisible()
  await page.getByRole('button', { name: 'Back to the tags' }).click()
  await expect(page.getByText('1 of 49 tags')).toBeVisible()
})

test('prune: says what goes and stays, and frees it', async ({ page, host }) => {
  await page.goto(host.url + routes.browse)
  await page.getByRole('button', { name: 'Tidy up' }).click()
  await page.getByRole('menuitem', { name: /Prune/ }).click()
  await expect(page.getByText('Say what to keep, and the plan appears here')).toBeVisible()
  await page.getByLabel('tools', { exact: true }).check()
  await page.getByLabel('What is younger than').fill('30')
  await expect(page.getByRole('row', { name: /nothing that is kept needs it/ }).first()).toBeVisible()
  await expect(page.getByText('freed')).toBeVisible()
  const act = page.getByRole('button', { name: /^Delete \d+ tags/ })
  const words = (await act.textContent()) ?? ''
  await page.getByLabel('To confirm, type').fill(words.toLowerCase())
  await act.click()
  await expect(page.getByText(/\d+ steps done/)).toBeVisible({ timeout: 20_000 })
})

test('the index is brought up to date from its badge', async ({ page, host }) => {
  await page.goto(host.url + routes.browse)
  await page.getByRole('button', { name: 'Update index…' }).click()
  await expect(page.getByRole('row', { name: /kokkos/ })).toBeVisible()
  await page.getByRole('button', { name: 'Update index', exact: true }).click()
  await expect(page.getByText(/\d+ steps done/)).toBeVisible({ timeout: 20_000 })
  await page.getByRole('button', { name: 'Back to the tags' }).click()
  await expect(page.getByRole('row', { name: /boost/ })).toBeVisible()
  await expect(page.getByText('not in the index')).toHaveCount(0)
})

test('check: finds what is wrong and says what to do', async ({ page, host }) => {
  await page.goto(`${host.url}${routes.browse}&act=check`)
  await page.getByLabel('Read every blob').check()
  await expect(page.getByText('strata check ghcr.io/demo/cache --deep')).toBeVisible()
  await page.getByRole('button', { name: /^Check \d+ tags/ }).click()
  await expect(page.getByText('its manifest says 48,200,000')).toBeVisible({ timeout: 20_000 })
})

test.describe('with a registry that refuses', () => {
  test.use({ engine: { workspace: 'full', speed: 4, failing: 'zstd@1.5.4' } })

  test('what could not be done is told, and can be tried again', async ({ page, host }) => {
    await page.goto(`${host.url}${routes.browse}&act=copy&for=tools`)
    await page.getByRole('combobox', { name: 'To: a repository' }).fill('oci-layout:///scratch/copy')
    await page.getByRole('button', { name: /^Copy \d+ tags/ }).click()
    await expect(page.getByRole('heading', { name: '1 step not done' })).toBeVisible({ timeout: 20_000 })
    await page.getByRole('button', { name: 'Retry what failed' }).click()
    await expect(page.getByText('copied zstd@1.5.4')).toBeVisible({ timeout: 20_000 })
  })
})
