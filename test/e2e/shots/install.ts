import type { Page } from '@playwright/test'
import { install, longer, type Shot } from './shot.ts'

export const installShots: readonly Shot[] = [
  { name: 'install-empty', workspace: 'empty', hash: '#/install' },
  { name: 'install-start', hash: '#/install' },
  { name: 'install', hash: `${install}&into=%2Fhome%2Fme%2Fstore&all` },
  {
    name: 'install-detail',
    hash: `${install}&into=%2Fhome%2Fdemo%2Fspack&all`,
    act: (page) => page.getByRole('row', { name: /readline/ }).click(),
  },
  { name: 'install-chips', hash: `${install}&into=%2Fhome%2Fme%2Fstore&spec=vim&spec=lua%405.4.4&spec=%2Fe354v47` },
  {
    name: 'install-refused',
    hash: `${install}&into=${longer}&all`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Check relocation' }).click()
      await page.getByText('Checked: every file').waitFor()
      await page.getByRole('row', { name: /vim@/ }).click()
    },
  },
  { name: 'install-tight', hash: `${install}&into=${longer}&env=tools&spack=%2Fhome%2Fdemo%2Fspack` },
  {
    name: 'install-missing',
    hash: '#/install?from=oci%3A%2F%2Fghcr.io%2Fdemo%2Fpartial&into=%2Fscratch%2Fin-the-way&all',
  },
  { name: 'install-readonly', hash: `${install}&into=%2Fopt%2Freadonly&all` },
  { name: 'install-error', hash: '#/install?from=oci%3A%2F%2Funreachable.example%2Fa%2Fb&into=%2Ftmp%2Fstore&all' },
  { name: 'install-300', hash: '#/install?from=oci%3A%2F%2Fghcr.io%2Fdemo%2Fscience&into=%2Ftmp%2Fstore&all' },
  {
    name: 'install-running',
    failing: 'nano',
    hash: `${install}&into=%2Fhome%2Fme%2Fstore&all`,
    act: async (page) => {
      await page.getByRole('button', { name: /^Install \d+ packages/ }).click()
      await page.waitForTimeout(2600)
    },
  },
  {
    name: 'install-failed',
    failing: 'nano',
    hash: `${install}&into=%2Fhome%2Fme%2Fstore&all`,
    act: installAll,
  },
  { name: 'install-done', hash: `${install}&into=%2Fhome%2Fdemo%2Fspack&all`, act: installAll },
]

async function installAll(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Install \d+ packages/ }).click()
  await page.getByText(/\d+ packages installed/).waitFor({ timeout: 30_000 })
}
