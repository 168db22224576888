import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { test as base, routes } from './fake-app.ts'

/** The file of the fake machine's environment `tools`. */
export const tools = '/home/demo/spack/var/spack/environments/tools/spack.yaml'
export const toolsText = `# Tools that everyone here needs.
spack:
  specs:
  - cowsay
  - sqlite +column_metadata   # asked for by the data group
  - vim
  view: true
`

interface Disk {
  readonly read: (file?: string) => string
  readonly write: (text: string, file?: string) => void
}

/** The fake machine with these files, and the disk they lie on. */
export const test = base.extend<{ files: Readonly<Record<string, string>>; folder: string; disk: Disk }>({
  files: [{ [tools]: toolsText }, { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is wanted
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'strata-specs-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
  engine: async ({ files, folder }, use) => use({ workspace: 'full', spackFiles: { folder, files } }),
  disk: async ({ folder }, use) =>
    use({
      read: (file = tools) => readFileSync(join(folder, file), 'utf8'),
      write: (text, file = tools) => writeFileSync(join(folder, file), text),
    }),
})

const specs = `${routes.tools}&view=specs`
export const editor = (page: Page) => page.getByRole('textbox', { name: 'Text of spack.yaml' })
export const writeButton = (page: Page) => page.getByRole('button', { name: 'Write spack.yaml' })
export const checks = (page: Page) => page.getByRole('region', { name: 'Checks' })
export const written = (page: Page) => page.getByText(/^Written\./)

/** Opens the room of the environment's specs. */
export async function openSpecs(page: Page, url: string, hash: string = specs): Promise<void> {
  await page.goto(url + hash)
  await expect(editor(page)).toBeVisible()
}

/** At the end of the file's line, with the keyboard. */
export async function toLineEnd(page: Page, line: number): Promise<void> {
  await editor(page).focus()
  await page.keyboard.press('Control+Home')
  for (let down = 1; down < line; down += 1) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('End')
}
