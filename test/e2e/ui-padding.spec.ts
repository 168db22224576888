import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { test } from '../support/fake-app.ts'
import { tabTo } from '../support/keyboard.ts'

const roomOf = (environment: string) => `#/environments?env=${environment}&spack=%2Fhome%2Fdemo%2Fspack&view=padding`
const tooLong = `/gpfs/projects/${'a-very-long-name-for-a-shared-folder/'.repeat(4)}store`

const into = (page: Page) => page.getByRole('textbox', { name: 'Install into…' })
const length = (page: Page) => page.getByRole('textbox', { name: 'Another padded length' })
const grid = (page: Page) => page.getByRole('grid', { name: 'Installed packages' })
const firstRow = (page: Page) => grid(page).getByRole('row').nth(1)
const review = (page: Page) => page.getByRole('region', { name: 'What will be written' })

test('the store’s length, where its padding is set, and how far each package can go', async ({ page, host }) => {
  await page.goto(host.url + roomOf('tools'))
  const room = page.getByRole('tabpanel')
  await expect(room).toContainText('padded_length: 128')
  await expect(room).toContainText('site · /home/demo/spack/etc/spack/config.yaml:4')
  await expect(room).toContainText('15; all can be moved to a root of at most 128 bytes')
  await expect(page.getByRole('list', { name: 'Lengths' })).toContainText('This store128')
  await expect(grid(page).getByRole('row')).toHaveCount(16)
  await expect(firstRow(page)).toContainText('128')
  expect(await seriousFindings(page)).toEqual([])
  await page.getByRole('textbox', { name: 'Filter packages' }).fill('lua')
  await expect(page.getByText('1 of 15 packages')).toBeVisible()
  await grid(page).getByRole('columnheader').getByRole('button', { name: 'Prefix' }).click()
  await grid(page).getByRole('row', { name: /lua/ }).click()
  await expect(page).toHaveURL(/package=lhf5rgre/)
})

test('another store: who fails there, by how much, because of whom; a shorter one takes all', async ({
  page,
  host,
}) => {
  await page.goto(host.url + roomOf('tools'))
  await into(page).fill(tooLong)
  const room = page.getByRole('tabpanel')
  await expect(room).toContainText(
    '15 of 15 packages may fail there: a path in a binary can become shorter, never longer',
  )
  await expect(page.getByRole('list', { name: 'Lengths' })).toContainText(`${tooLong.length - 128} too long`)
  await expect(firstRow(page)).toContainText(String(tooLong.length - 128))
  await expect(firstRow(page)).toContainText('itself')
  expect(await seriousFindings(page)).toEqual([])
  await into(page).fill('/shared/spack')
  await expect(room).toContainText('All 15 packages can be installed there.')
  await expect(firstRow(page)).toContainText('fits')
  await into(page).fill('relative/folder')
  await expect(room).toContainText('relative/folder is not a folder')
  await into(page).fill('')
  await expect(grid(page).getByRole('columnheader', { name: 'Too long by' })).toHaveCount(0)
})

test('another padded length: what it gives, what must be built again, written by keyboard, and what comes next', async ({
  page,
  host,
}) => {
  await page.goto(host.url + roomOf('tools'))
  await length(page).focus()
  await page.keyboard.type('5000')
  await expect(page.getByText('A whole number up to 4096, the longest path of Linux')).toBeVisible()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('20')
  await expect(page.getByText("The store's root alone has 26 bytes, more than 20")).toBeVisible()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('256')
  const room = page.getByRole('tabpanel')
  await expect(room).toContainText('To be built again: 15 packages')
  await expect(room).toContainText(
    'Those with less room hold shorter paths, which only a new build makes longer. So install with --no-cache',
  )
  await expect(room).toContainText('[padded to 256]')
  await expect(review(page)).toContainText('-    padded_length: 128')
  await expect(review(page)).toContainText('+    padded_length: 256')
  await expect(review(page)).toContainText('strata padding --set 256')
  expect(await seriousFindings(page)).toEqual([])
  await tabTo(page, 'Write config.yaml')
  await page.keyboard.press('Enter')
  await expect(room).toContainText('15 packages have to be built again to gain from it.')
  await expect(room).toContainText('padded_length: 256')
  await expect(room).toContainText('nothing of this environment is installed in this store')
  await page.getByRole('button', { name: 'Install with Spack…' }).click()
  await expect(page).toHaveURL(/view=spack.*run=install/)
  await expect(page.getByLabel('From source only')).toBeChecked()
})

test('the padding is set for one environment, and taken away again', async ({ page, host }) => {
  await page.goto(host.url + roomOf('tools'))
  await length(page).fill('200')
  await page.getByRole('combobox', { name: 'In the scope' }).click()
  await expect(page.getByRole('option', { name: /^system.*you may not write/ })).toHaveAttribute(
    'data-combobox-disabled',
  )
  await page.getByRole('option', { name: 'env:tools, this environment alone' }).click()
  await expect(page.getByText('It then counts for this environment alone')).toBeVisible()
  await page.getByRole('button', { name: 'Write spack.yaml' }).click()
  await expect(page.getByRole('tabpanel')).toContainText('env:tools · ')
  await page.reload()
  await length(page).fill('0')
  await expect(page.getByText('Packages are then installed in')).toBeVisible()
  await expect(review(page)).toContainText('-      padded_length: 200')
  await page.getByRole('button', { name: 'Write spack.yaml' }).click()
  await expect(page.getByRole('tabpanel')).toContainText('padded_length: 128')
})

test('fifty thousand packages are sorted and searched; a store that is not there is told', async ({ page, host }) => {
  await page.goto(host.url + roomOf('everything'))
  await expect(page.getByText('50,000 packages')).toBeVisible({ timeout: 20_000 })
  await page.getByRole('textbox', { name: 'Filter packages' }).fill('trilinos-4')
  await expect(page.getByText(/of 50,000 packages/)).toBeVisible()
  await grid(page).focus()
  await page.keyboard.press('End')
  await expect(grid(page).locator('[data-active]')).toContainText('trilinos-4')
  await page.goto(`${host.url}#/environments?env=nowhere&spack=%2Fhome%2Fdemo%2Fspack&view=padding`)
  await expect(page.getByRole('tabpanel').getByRole('alert')).toBeVisible()
})
