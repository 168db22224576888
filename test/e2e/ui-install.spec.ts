import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { routes, test } from '../support/fake-app.ts'

const into = (store: string) => `${routes.install}&into=${encodeURIComponent(store)}`
const tooLong = `/gpfs/${'a-long-name-for-a-shared-software-folder/'.repeat(4)}store`

const grid = (page: Page) => page.getByRole('grid', { name: 'Packages of the plan' })
const row = (page: Page, name: string) => grid(page).getByRole('row', { name: new RegExp(`${name}@`) })

test('what is said in the form becomes a plan, and the plan a store', async ({ page, host }) => {
  await page.goto(host.url)
  await page.getByRole('link', { name: 'Install' }).click()
  await expect(page.getByRole('heading', { name: 'Name a package, and the plan appears here' })).toBeVisible()
  const install = page.getByRole('button', { name: 'Install', exact: true })
  await expect(install).toBeDisabled()
  await expect(install).toHaveAccessibleDescription('Name a package first')

  await page.getByRole('combobox', { name: 'From: a build cache' }).fill('oci://ghcr.io/demo/cache')
  await page.getByRole('combobox', { name: 'Into: a Spack or a folder' }).fill('/home/me/store')
  await page.getByRole('combobox', { name: 'Packages', exact: true }).pressSequentially('vim ')
  await expect(row(page, 'vim')).toContainText('9.7 MiB')
  await expect(row(page, 'vim')).toContainText('180 → 93')
  await expect(row(page, 'ncurses')).toContainText('fits')
  await expect(page.getByText('strata install vim --from oci://ghcr.io/demo/cache --into /home/me/store')).toBeVisible()
  await expect(page.getByText('room for 87 more characters')).toBeVisible()

  await page.getByLabel('With build dependencies').check()
  await expect(row(page, 'gmake')).toBeVisible()
  await page.getByRole('button', { name: 'Install 3 packages' }).click()
  await expect(page.getByRole('table', { name: 'Packages by step' })).toBeVisible()
  await expect(page.getByRole('heading', { name: /3 packages installed/ })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('spack config add config:install_tree:root:/home/me/store')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Copy prefix of vim' })).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])

  await page.getByRole('button', { name: 'Install more…' }).click()
  await expect(page.getByText('3 installed already')).toBeVisible()
  await expect(page.getByText('All of it is there already')).toBeVisible()
  await page.getByLabel('Replace what is installed').check()
  await expect(row(page, 'vim')).toContainText('replace')
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('complementary', { name: 'Jobs' })).toContainText('Install vim into /home/me/store')
})

test('a check says which packages a longer path refuses, and the others are installed', async ({ page, host }) => {
  await page.goto(`${host.url}${into(tooLong)}&all`)
  await expect(row(page, 'vim')).toContainText('tight')
  await expect(page.getByText(/paths up to \d+ characters too long/)).toBeVisible()
  await page.getByRole('button', { name: 'Check relocation' }).click()
  await expect(page.getByText('Checked: every file was looked at')).toBeVisible()
  await expect(row(page, 'vim').getByRole('gridcell').first()).toHaveText('refused')
  await expect(row(page, 'less')).toContainText('checked')
  await expect(page.getByText('2 packages will be left out')).toBeVisible()
  await expect(page.getByRole('list', { name: 'Packages by what happens to them' })).toContainText('2 refused')

  const finding = page.getByRole('list', { name: 'Findings' }).getByRole('listitem').filter({ hasText: 'vim@' })
  await expect(finding).toContainText('bin/vim')
  await expect(finding).toContainText('has no room to become')
  await expect(finding).toContainText('config:install_tree:padded_length')
  await finding.getByRole('button', { name: 'Show package' }).click()
  const detail = page.getByRole('complementary', { name: 'Package vim' })
  await expect(detail).toContainText('in bin/vim at byte 184,320')
  expect(await seriousFindings(page)).toEqual([])

  await page.getByRole('button', { name: 'Install 13 packages' }).click()
  await expect(page.getByRole('progressbar', { name: 'All of the job' })).toBeVisible()
})

test.describe('a check that takes its time', () => {
  test.use({ engine: { workspace: 'full', checkTime: 700 } })

  test('says how far it is, and is cancelled', async ({ page, host }) => {
    await page.goto(`${host.url}${into(tooLong)}&all`)
    await page.getByRole('button', { name: 'Check relocation' }).click()
    await expect(page.getByText(/Looked into \d+ of 15 packages, [\d.]+ MiB of [\d.]+ MiB fetched/)).toBeVisible()
    await expect(page.getByRole('button', { name: 'Install 15 packages' })).toBeDisabled()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Cancel the check' }).click()
    await expect(page.getByRole('button', { name: 'Check relocation' })).toBeEnabled()
    await expect(page.getByText(/Looked into/)).toBeHidden()
    await expect(row(page, 'vim')).toContainText('tight')
  })
})

test('the roots of an environment are installed into the Spack that is here', async ({ page, host }) => {
  await page.goto(`${host.url}#/install`)
  await page.getByText('Environment', { exact: true }).click()
  await page.getByRole('combobox', { name: 'Environment' }).click()
  await page.getByRole('option', { name: 'tools' }).click()
  await expect(page.getByText('The 11 roots of its lockfile and what they need.')).toBeVisible()
  await expect(page.getByText('mirror “demo” of this Spack')).toBeVisible()
  await expect(row(page, 'zlib')).toContainText('installed already')
  await expect(row(page, 'openssl')).toContainText('upstream')
  await expect(row(page, 'glibc')).toContainText('external')
  await expect(page.getByText('Spack 0.22.5, database version 7')).toBeVisible()
})

test('an environment’s own screen leads to its install: all of it, or the packages that are chosen', async ({
  page,
  host,
}) => {
  await page.goto(host.url + routes.tools)
  await page.getByRole('button', { name: 'Install…' }).click()
  await expect(page.getByRole('combobox', { name: 'From: a build cache' })).toHaveValue(/^oci:\/\//)
  await expect(page.getByRole('combobox', { name: 'Into: a Spack or a folder' })).toHaveValue('/home/demo/spack')
  await expect(page.getByRole('combobox', { name: 'Environment' })).toHaveValue('tools')
  await expect(row(page, 'openssl')).toContainText('upstream')
  await page.goBack()
  await page.getByRole('checkbox', { name: /lua/ }).check()
  await page.getByRole('button', { name: 'Install 1 package…' }).click()
  await expect(row(page, 'lua')).toBeVisible()
  await expect(page.getByText(/^strata install \/\w{32} --from/)).toBeVisible()
})

test('what is missing, in the way or may not be written is said with what to do', async ({ page, host }) => {
  const partial = '#/install?from=oci%3A%2F%2Fghcr.io%2Fdemo%2Fpartial&all'
  await page.goto(`${host.url}${partial}&into=%2Fscratch%2Fin-the-way`)
  const findings = page.getByRole('list', { name: 'Findings' })
  await expect(findings).toContainText('sqlite@3.40.1 is not in this cache')
  await expect(findings).toContainText('spack reindex')
  await expect(row(page, 'sqlite')).toContainText('missing')
  await expect(row(page, 'nano')).toContainText('in the way')
  await page.goto(`${host.url}${partial}&into=%2Fopt%2Freadonly`)
  const install = page.getByRole('button', { name: 'Install 14 packages' })
  await expect(install).toBeDisabled()
  await expect(install).toHaveAccessibleDescription('1 problem to settle first')
})

test('a cache that cannot be reached is said, and mended in place', async ({ page, host }) => {
  await page.goto(`${host.url}#/install?from=oci%3A%2F%2Funreachable.example%2Fa&into=%2Fs&all`)
  await expect(page.getByRole('alert')).toContainText('connection refused')
  await page.getByRole('combobox', { name: 'From: a build cache' }).fill('oci://ghcr.io/demo/cache')
  await expect(page.getByRole('button', { name: 'Install 15 packages' })).toBeEnabled()
})

test('fifty thousand packages are one page of rows, filtered by a word', async ({ page, host }) => {
  await page.goto(`${host.url}#/install?from=oci%3A%2F%2Fghcr.io%2Fdemo%2Feverything&into=%2Fs&all`)
  await expect(grid(page)).toHaveAttribute('aria-rowcount', '50003', { timeout: 30_000 })
  expect(await grid(page).getByRole('row').count()).toBeLessThan(60)
  await page.getByLabel('Filter packages').fill('trilinos-1000')
  await expect(page.getByText(/^\d+ of 50,002 packages$/)).toBeVisible()
})

test.describe('when a package fails', () => {
  test.use({ engine: { workspace: 'full', speed: 4, failing: 'nano' } })

  test('the others are installed, the failure is told, and retry does what is missing', async ({ page, host }) => {
    await page.goto(`${host.url}${into('/home/me/store')}&all`)
    await page.getByRole('button', { name: 'Install 15 packages' }).click()
    await expect(page.getByText('1 package not installed')).toBeVisible({ timeout: 30_000 })
    await expect(page.getByRole('table').getByRole('row', { name: /nano/ })).toContainText('failed')
    await expect(page.getByRole('heading', { name: /14 packages installed/ })).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Retry what failed' }).click()
    await expect(page.getByText('1 package not installed')).toBeHidden({ timeout: 30_000 })
  })
})

test.describe('a slow install', () => {
  test.use({ engine: { workspace: 'full', speed: 0.3 } })

  test('is paused, resumed and cancelled', async ({ page, host }) => {
    await page.goto(`${host.url}${into('/home/me/store')}&all`)
    await page.getByRole('button', { name: 'Install 15 packages' }).click()
    await expect(page.getByRole('list', { name: 'In work' })).toContainText('fetching')
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect(page.getByRole('link', { name: /1 job/ })).toBeVisible()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByRole('button', { name: 'Go on from there' })).toBeVisible()
  })
})

test('all of it works by keyboard, from the search to the running job', async ({ page, host }) => {
  await page.goto(host.url)
  await expect(page.getByRole('link', { name: 'Install' })).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('install into /home/demo')
  await expect(page.getByRole('dialog').getByText('Install into /home/demo/spack')).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('combobox', { name: 'Into: a Spack or a folder' })).toHaveValue('/home/demo/spack')
  await page.getByRole('combobox', { name: 'Packages', exact: true }).focus()
  await page.keyboard.type('lua')
  await page.keyboard.press('Enter')
  await expect(row(page, 'lua')).toBeVisible()
  await tabTo(page, grid(page))
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('complementary', { name: 'Package lua' })).toContainText('No path becomes longer')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('complementary', { name: 'Package readline' })).toBeVisible()
  await page.getByRole('link', { name: 'Install' }).focus()
  await tabTo(page, page.getByRole('button', { name: 'Install 3 packages' }))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: /3 packages installed/ })).toBeVisible({ timeout: 30_000 })
})

/** Presses Tab until the control has the focus, and sees that the focus is drawn. */
async function tabTo(page: Page, wanted: ReturnType<typeof grid>): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab')
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      await expect(wanted).toHaveCSS('outline-style', /solid|auto/)
      return
    }
  }
  throw new Error('40 times Tab did not reach it')
}
