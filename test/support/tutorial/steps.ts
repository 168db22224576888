import { expect, type Page } from '@playwright/test'
import type { Stage } from './stage.ts'

/** Takes a picture of the window, where pictures are taken. */
export type Look = (name: string) => Promise<void>

/** One step of the tutorial in the window, by what can be clicked and typed. */
export type Step = (page: Page, stage: Stage, look: Look) => Promise<void>

/** The steps of the tutorial on binary caches, in their order. The first finds the app's first screen. */
export const steps = {
  createEnvironment: async (page, stage, look) => {
    await page.getByRole('button', { name: 'New environment…' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'New environment' })
    await dialog.getByText('In a folder').first().click()
    await dialog.getByRole('textbox', { name: 'Folder', exact: true }).fill(stage.project)
    await dialog.getByRole('textbox', { name: 'Specs' }).fill('less')
    await expect(dialog.getByRole('button', { name: 'Create spack.yaml' })).toBeEnabled()
    await look('create')
    await dialog.getByRole('button', { name: 'Create spack.yaml' }).click()
    await expect(page.getByRole('grid', { name: 'Roots of the file' })).toContainText('less')
  },

  concretizeAndInstall: async (page, _stage, look) => {
    await openRoom(page, 'Spack')
    await runSpack(page, 'Concretize')
    await runSpack(page, 'Install', look)
  },

  addMirror: async (page, stage, look) => {
    await openRoom(page, 'Mirrors')
    await page.getByRole('button', { name: 'Add a mirror…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add a mirror' })
    await dialog.getByRole('textbox', { name: 'Name' }).fill('my-registry')
    await dialog.getByRole('textbox', { name: 'URL' }).fill(stage.cache)
    await expect(dialog.getByRole('button', { name: 'Write spack.yaml' })).toBeEnabled()
    await look('mirror')
    await dialog.getByRole('button', { name: 'Write spack.yaml' }).click()
    await expect(page.getByRole('list', { name: 'Mirrors' })).toContainText(stage.cache)
  },

  push: async (page) => {
    await page.getByRole('button', { name: 'Push…' }).click()
    await page.getByText('Options', { exact: false }).first().click()
    await page.getByLabel('Update the index').check()
    await page.getByRole('button', { name: 'Push 3 packages' }).click()
    await expect(page.getByText('4 tags written')).toBeVisible({ timeout: 30_000 })
  },
} as const satisfies Readonly<Record<string, Step>>

async function openScreen(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name }).click()
}

/** Opens one of the environment's own pages. */
async function openRoom(page: Page, name: string): Promise<void> {
  await openScreen(page, 'Environments')
  await page.getByRole('tab', { name, exact: true }).click()
}

async function runSpack(page: Page, action: 'Concretize' | 'Install', look?: Look): Promise<void> {
  await page.getByText(action, { exact: true }).first().click()
  await page.getByRole('button', { name: `Run spack ${action.toLowerCase()}` }).click()
  await look?.(action.toLowerCase())
  await expect(page.getByText('done', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
}
