import type { Page } from '@playwright/test'
import { browse, harbor, type Shot, settle } from './shot.ts'

export const browseShots: readonly Shot[] = [
  { name: 'browse-empty', workspace: 'empty', hash: '#/registries' },
  {
    name: 'browse-start',
    hash: '#/registries',
    act: async (page) => {
      await page.getByRole('button', { name: 'harbor.hpc.example.org' }).click()
      await page.getByRole('button', { name: 'registry.lab.example.org:5000' }).click()
      await page.getByText('connection refused').waitFor()
    },
  },
  { name: 'browse', hash: browse },
  {
    name: 'browse-selected',
    hash: browse,
    act: async (page) => {
      await page.getByLabel('Search tags').fill('openblas')
      for (const name of ['openblas 0.3.26', 'openblas 0.3.27']) await page.getByLabel(`Select ${name}`).check()
    },
  },
  {
    name: 'browse-facet',
    hash: browse,
    act: async (page) => {
      await page.getByRole('button', { name: 'Packages' }).click()
      await page.getByRole('button', { name: 'Target', exact: true }).first().click()
      await page.getByRole('checkbox', { name: 'zen4' }).check()
    },
  },
  {
    name: 'browse-10000',
    hash: `${harbor}everything`,
    act: (page) => page.getByText('10,000 tags', { exact: true }).waitFor(),
  },
  {
    name: 'browse-reading',
    batchTime: 300,
    hash: `${harbor}everything`,
    act: (page) => page.getByText('so far').waitFor(),
  },
  {
    name: 'browse-cancelled',
    batchTime: 300,
    hash: `${harbor}everything`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByText('Cancelled after').waitFor()
    },
  },
  { name: 'browse-nothing', hash: `${harbor}empty` },
  { name: 'browse-noindex', hash: `${harbor}noindex` },
  { name: 'browse-newer', hash: `${harbor}newer` },
  { name: 'browse-denied', hash: `${harbor}denied` },
  { name: 'browse-image', hash: `${browse}&tag=climate` },
  {
    name: 'browse-image-hover',
    hash: `${browse}&tag=climate`,
    act: (page) => page.getByRole('option', { name: /openmpi/ }).hover(),
  },
  { name: 'browse-package', hash: browse, act: (page) => openTag(page, 'sqlite') },
  {
    name: 'browse-layers',
    hash: `${browse}&tag=climate&view=layers`,
    act: (page) => page.getByRole('row', { name: /hdf5/ }).click(),
  },
  { name: 'browse-config', hash: `${browse}&tag=tools&view=config` },
  {
    name: 'browse-graph',
    hash: `${browse}&tag=climate&view=graph`,
    act: (page) => settle(page, '.react-flow__node'),
  },
  {
    name: 'browse-files',
    hash: `${browse}&tag=tools&view=files`,
    act: async (page) => {
      await page.getByRole('treeitem', { name: /^bin/ }).click()
      await page.getByRole('treeitem', { name: /^zstd \d/ }).click()
      await page.getByText('or newer').waitFor()
    },
  },
  {
    name: 'browse-text',
    hash: `${browse}&tag=tools&view=files`,
    act: async (page) => {
      await page.getByLabel('Search files').fill('spec.json')
      await page.getByRole('treeitem', { name: /spec.json/ }).click()
    },
  },
  { name: 'browse-platforms', hash: `${browse}&tag=runtime` },
  { name: 'browse-chart', hash: `${browse}&tag=gromacs-chart-0.3.1` },
  { name: 'browse-damaged', hash: `${browse}&tag=ncurses-6.2-4tq7h3xv2c6l4yqk3fhz5n4m2a7c6d5e.spack` },
  { name: 'browse-deleted', hash: `${browse}&tag=nothing` },
  { name: 'browse-compare', hash: `${browse}&tag=tools&against=tools-2026.10` },
  { name: 'browse-compare-far', hash: `${browse}&tag=climate&against=climate-next` },
  {
    name: 'act-tag',
    hash: `${browse}&act=tag&for=tools`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'New tags' }).fill('stable')
      await page.keyboard.press('Enter')
      await page.getByText('to write').waitFor()
    },
  },
  {
    name: 'act-copy',
    hash: `${browse}&act=copy&for=climate`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'To: a repository' }).fill('oci://harbor.hpc.example.org/climate/cache')
      await page.getByText('to copy').first().waitFor()
    },
  },
  { name: 'act-delete', hash: `${browse}&act=delete&for=tools&for=climate` },
  { name: 'act-prune-start', hash: `${browse}&act=prune` },
  {
    name: 'act-prune',
    hash: `${browse}&act=prune`,
    act: async (page) => {
      await page.getByLabel('tools', { exact: true }).check()
      await page.getByLabel('What is younger than').fill('30')
      await page.getByText('to delete').waitFor()
    },
  },
  { name: 'act-index', hash: `${browse}&act=index` },
  {
    name: 'act-check-done',
    hash: `${browse}&act=check`,
    act: async (page) => {
      await page.getByRole('button', { name: /^Check \d+ tags/ }).click()
      await page.getByText('steps done').waitFor({ timeout: 30_000 })
    },
  },
  {
    name: 'act-running',
    hash: `${browse}&act=copy`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'To: a repository' }).fill('oci-layout:///scratch/copy')
      await page.getByRole('button', { name: /^Copy \d+ tags/ }).click()
      await page.waitForTimeout(900)
    },
  },
  {
    name: 'act-combine',
    hash: `${browse}&act=combine&for=tools&for=climate`,
    act: async (page) => {
      await page.getByLabel('Tag of the index').fill('everywhere')
      await page.getByText('an index over').waitFor()
    },
  },
  {
    name: 'act-export',
    hash: `${browse}&act=export&for=tools`,
    act: async (page) => {
      await page.getByLabel('File').fill('/home/me/tools.tar')
      await page.getByText('to write').first().waitFor()
    },
  },
]

/** Opens the first tag of this package. */
async function openTag(page: Page, name: string): Promise<void> {
  await page.getByLabel('Search tags').fill(name)
  await page
    .getByRole('row', { name: new RegExp(name) })
    .first()
    .click()
  await page.getByRole('tab', { name: 'Overview' }).waitFor()
}
