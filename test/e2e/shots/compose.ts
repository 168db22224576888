import type { Page } from '@playwright/test'
import { compose, composeHarbor, type Shot } from './shot.ts'

export const composeShots: readonly Shot[] = [
  { name: 'compose-choose', hash: '#/compose' },
  { name: 'compose-choose-nothing', workspace: 'empty', hash: '#/compose' },
  { name: 'compose-empty', hash: compose },
  { name: 'compose-empty-cache', hash: composeHarbor('empty') },
  { name: 'compose-denied', hash: composeHarbor('denied') },
  { name: 'compose', hash: compose, act: composeTools },
  {
    name: 'compose-hover',
    hash: compose,
    act: async (page) => {
      await composeTools(page)
      await page.getByRole('option', { name: /ncurses/ }).hover()
    },
  },
  {
    name: 'compose-unfit',
    hash: `${compose}&spec=netcdf-c&spec=hdf5&spec=hdf5%401.12.2&spec=no-such`,
    act: async (page) => {
      await page.getByRole('button', { name: 'debian:12' }).click()
      await page.getByText('need GLIBC_').waitFor({ timeout: 20_000 })
    },
  },
  { name: 'compose-environment', hash: compose, act: (page) => composeTab(page, 'Environment') },
  { name: 'compose-settings', hash: compose, act: (page) => composeTab(page, 'Settings') },
  { name: 'compose-file', hash: compose, act: (page) => composeTab(page, 'File') },
  {
    name: 'compose-open',
    hash: compose,
    act: async (page) => {
      await composeTools(page)
      await page.getByRole('button', { name: 'Open…' }).click()
    },
  },
  {
    name: 'compose-300',
    hash: `${composeHarbor('tall')}&tag=everything`,
    act: (page) => page.getByText('merged into one layer').first().waitFor(),
  },
  { name: 'compose-publish-nothing', hash: `${compose}&publish`, act: composePublish },
  {
    name: 'compose-publish',
    hash: compose,
    act: async (page) => {
      await composeTools(page)
      await composePublish(page)
      await page.getByText('of layers to send').waitFor()
    },
  },
  {
    name: 'compose-published',
    hash: compose,
    act: async (page) => {
      await composeTools(page)
      await composePublish(page)
      await page.getByRole('button', { name: 'Publish editors' }).click()
      await page.getByRole('heading', { name: 'Use it' }).waitFor({ timeout: 20_000 })
    },
  },
]

/** An editor, a shell's tools and an interpreter, on a base that fits. */
export async function composeTools(page: Page): Promise<void> {
  await page.getByLabel('Search packages').waitFor()
  for (const name of ['lua', 'less', 'nano', 'vim']) {
    await page.getByLabel('Search packages').fill(name)
    await page.getByRole('row', { name: new RegExp(`^${name} `) }).click()
  }
  await page.getByLabel('Search packages').fill('')
  await page.getByRole('button', { name: 'debian:12' }).click()
  await page.getByText('layers looked into').waitFor()
  await page.waitForTimeout(1600)
}

async function composeTab(page: Page, tab: string): Promise<void> {
  await composeTools(page)
  await page.getByRole('tab', { name: tab }).click()
}

async function composePublish(page: Page): Promise<void> {
  const publish = page.getByRole('button', { name: 'Publish…' })
  if (await publish.isVisible()) await publish.click()
  await page.getByLabel('Tag', { exact: true }).fill('editors')
}
