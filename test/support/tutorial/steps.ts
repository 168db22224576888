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

  build: async (page, _stage, look) => {
    await openRoom(page, 'Spack')
    await runSpack(page, 'concretize')
    await page.getByRole('main').getByRole('button', { name: 'Install…' }).last().click()
    await runSpack(page, 'install', look)
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
    await openRoom(page, 'Table')
    await page.getByRole('button', { name: 'Push…' }).click()
    await expect(page.getByRole('combobox', { name: 'Where: a mirror or a registry' })).toHaveValue('my-registry')
    await page.getByLabel('Tag of the environment image').fill('')
    await runPush(page, 'Push 3 packages')
  },

  /** Each package of the cache becomes an image that runs. */
  pushOnBase: async (page, stage, look) => {
    await page.getByRole('button', { name: 'Push again…' }).click()
    await page.getByRole('combobox', { name: 'Base image' }).fill(stage.base)
    await page.getByRole('heading', { level: 1 }).click()
    await expect(page.getByText('3 present')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Push 3 packages' })).toBeEnabled()
    await look('push')
    await runPush(page, 'Push 3 packages')
  },

  installElsewhere: async (page, stage, look) => {
    await openScreen(page, 'Install')
    await page.getByRole('combobox', { name: 'From: a build cache' }).fill(stage.cache)
    await page.getByRole('combobox', { name: 'Packages', exact: true }).pressSequentially('less ')
    await page.getByRole('combobox', { name: 'Into: a Spack or a folder' }).fill(stage.elsewhere)
    await page.getByRole('heading', { level: 1 }).click()
    const install = page.getByRole('button', { name: 'Install 2 packages' })
    await expect(install).toBeEnabled()
    await page.getByRole('row', { name: /less@590/ }).click()
    await look('elsewhere')
    await install.click()
    await expect(page.getByRole('heading', { name: /2 packages installed/ })).toBeVisible({ timeout: 30_000 })
  },

  addSecond: async (page) => {
    await openRoom(page, 'Specs')
    await page.getByRole('textbox', { name: 'Add a spec' }).fill('figlet')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Write spack.yaml' }).click()
    await expect(page.getByRole('grid', { name: 'Roots of the file' })).toContainText('figlet')
    await openRoom(page, 'Spack')
    await page.getByText('Install', { exact: true }).last().click()
    await runSpack(page, 'install')
    await page.getByRole('main').getByRole('button', { name: 'Push…' }).last().click()
    await page.getByLabel('Tag of the environment image').fill('')
    await runPush(page, 'Push 1 package')
  },

  composeBoth: async (page, stage, look) => {
    await openScreen(page, 'Compose')
    await page.getByRole('list', { name: 'Known caches' }).getByRole('link').first().click()
    const stack = page.getByRole('region', { name: 'Stack' })
    for (const name of ['less', 'figlet']) {
      await page.getByRole('row', { name: new RegExp(`^${name} `) }).dragTo(stack)
      await expect(stack.getByRole('option', { name: new RegExp(`, ${name} `) })).toBeVisible()
    }
    await page.getByRole('combobox', { name: 'Base image' }).fill(stage.base)
    await page.getByRole('combobox', { name: 'Base image' }).press('Enter')
    await expect(page.getByRole('region', { name: 'Result' }).getByText(/^All \d+ layers looked into/)).toBeVisible({
      timeout: 30_000,
    })
    await look('compose')
    await page.getByRole('button', { name: 'Publish…' }).click()
    await page.getByLabel('Tag', { exact: true }).fill('tools')
    await expect(page.getByText('0 B of layers to send')).toBeVisible({ timeout: 20_000 })
    await page.getByRole('button', { name: 'Publish tools' }).click()
    await expect(page.getByRole('heading', { name: 'Use it' })).toBeVisible({ timeout: 20_000 })
  },

  setPadding: async (page, stage, look) => {
    await openRoom(page, 'Padding')
    await page.getByRole('textbox', { name: 'Install into…' }).fill(stage.farAway)
    await expect(page.getByText('may fail there')).toBeVisible()
    await look('padding')
    await page.getByRole('textbox', { name: 'Another padded length' }).fill('128')
    await page.getByRole('combobox', { name: 'In the scope' }).click()
    await page.getByRole('option', { name: /this environment alone/ }).click()
    await page.getByRole('button', { name: 'Write spack.yaml' }).click()
    await expect(page.getByText('It is written.')).toBeVisible()
  },

  rebuild: async (page) => {
    await page.getByRole('button', { name: 'Install with Spack…' }).click()
    await expect(page.getByLabel('From source only')).toBeChecked()
    await runSpack(page, 'install')
  },

  /** The cache gets the packages with more room, and they go where they did not fit before. */
  installFarAway: async (page, stage) => {
    await page.getByRole('main').getByRole('button', { name: 'Push…' }).last().click()
    await page.getByLabel('Tag of the environment image').fill('')
    await page.locator('summary', { hasText: 'Options' }).click()
    await page.getByLabel('Force').check()
    await runPush(page, 'Push 4 packages')
    await openScreen(page, 'Install')
    await page.getByRole('combobox', { name: 'Into: a Spack or a folder' }).fill(stage.farAway)
    await page.getByRole('heading', { level: 1 }).click()
    await page.getByRole('button', { name: 'Install 2 packages' }).click()
    await expect(page.getByRole('heading', { name: /2 packages installed/ })).toBeVisible({ timeout: 30_000 })
  },

  writeCi: async (page, stage, look) => {
    await openRoom(page, 'CI')
    await page.getByRole('combobox', { name: 'Base image' }).fill(stage.base)
    await page.getByLabel('Tag of the environment image').fill('tools')
    await expect(page.getByRole('region', { name: /^Text of/ })).toContainText('IMAGE_TAG: tools')
    const write = page.getByRole('button', { name: 'Write into the repository' })
    await expect(write).toBeEnabled()
    await look('ci')
    await write.click()
    await expect(page.getByText('Written to')).toBeVisible()
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

/** Runs what the page of Spack shows; a look at it while it works. */
async function runSpack(page: Page, action: 'concretize' | 'install', look?: Look): Promise<void> {
  await page.getByRole('button', { name: `Run spack ${action}` }).click()
  const packages = page.getByRole('table', { name: 'Packages' })
  if (look) {
    await expect(packages).toContainText('less', { timeout: 30_000 })
    await look(action)
  }
  await expect(page.getByRole('button', { name: 'Run again' })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('heading', { name: 'What went wrong' })).toHaveCount(0)
}

async function runPush(page: Page, button: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: button }).click()
  await expect(page.getByRole('heading', { name: /tags? written/ })).toBeVisible({ timeout: 30_000 })
}
