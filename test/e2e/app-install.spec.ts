import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { test } from '../support/real-app.ts'

test('what was pushed is installed from there into a folder, for somebody who has no Spack', async ({ page, app }) => {
  await page.goto(app.url)
  await page.getByRole('button', { name: 'Try the sample' }).click()
  await page.getByRole('button', { name: 'Push…' }).click()
  await page.getByRole('button', { name: 'Push 8 packages' }).click()
  await expect(page.getByText('10 tags written')).toBeVisible()

  const store = join(app.home, '..', 'store')
  await page.getByRole('link', { name: 'Install', exact: true }).click()
  // The folder that was pushed to is the cache that is offered.
  await expect(page.getByRole('combobox', { name: 'From: a build cache' })).toHaveValue(/^oci-layout:\/\//)
  await page.getByRole('combobox', { name: 'Into: a Spack or a folder' }).fill(store)
  await page.getByText('Everything', { exact: true }).click()
  const install = page.getByRole('button', { name: 'Install 8 packages' })
  await expect(install).toBeEnabled()
  const grid = page.getByRole('grid', { name: 'Packages of the plan' })
  await expect(grid.getByRole('row', { name: /ncurses@6/ })).toContainText('fits')
  expect(await seriousFindings(page)).toEqual([])

  await page.getByRole('button', { name: 'Check relocation' }).click()
  await expect(page.getByText('Checked: every file was looked at')).toBeVisible()
  await expect(grid.getByRole('row', { name: /ncurses@6/ })).toContainText('checked')

  await install.click()
  await expect(page.getByRole('heading', { name: /8 packages installed/ })).toBeVisible()
  await expect(page.getByText(`spack config add config:install_tree:root:${store}`)).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])

  const database = JSON.parse(await readFile(join(store, '.spack-db/index.json'), 'utf8')) as {
    database: { installs: Record<string, { path: string; spec: { name: string } }> }
  }
  const records = Object.values(database.database.installs)
  expect(records).toHaveLength(8)
  const cowsay = records.find((one) => one.spec.name === 'cowsay')
  await access(join(cowsay?.path ?? '', 'bin/cowsay'))
  expect((await readdir(store, { recursive: true })).filter((file) => file.includes('.partial'))).toEqual([])

  await app.restart()
  await page.goto(app.url)
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('complementary', { name: 'Jobs' }).getByRole('listitem').first()).toContainText(/Install/)
  await expect(page.getByRole('heading', { name: /8 packages installed/ })).toBeVisible()
  await page.evaluate((hash) => window.location.assign(hash), `#/install?into=${encodeURIComponent(store)}&all`)
  await expect(page.getByText('8 installed already')).toBeVisible()
})
