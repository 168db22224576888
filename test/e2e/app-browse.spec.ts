import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, type Page } from '@playwright/test'
import { builtForThisRun, test } from '../support/real-app.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'

const run = promisify(execFile)
const missing = await missingDockerRegistry()

/** The app as it ships, over a real registry with the sample's packages in it and an image of them, without an index. */
test.describe('a build cache that somebody else has pushed', () => {
  test.skip(missing !== undefined, missing)
  let registry: DockerRegistry
  let folder: string
  let repository: string

  test.beforeAll(async () => {
    registry = await startDockerRegistry({ deletes: true })
    folder = await mkdtemp(join(tmpdir(), 'strata-browse-'))
    repository = `oci+http://${registry.host}/lab/cache`
    const words = [builtForThisRun(), 'push', '--sample', '--to', repository, '--tag', 'sample']
    const env = { PATH: '/usr/bin:/bin', HOME: folder, STRATA_HOME: join(folder, 'strata') }
    await run(process.execPath, words, { env })
  })
  test.afterAll(async () => {
    await registry.close()
    await rm(folder, { recursive: true, force: true })
  })

  const open = (page: Page, more: Record<string, string> = {}) =>
    page.evaluate(
      (hash) => {
        location.hash = hash
      },
      `#/registries?${new URLSearchParams({ repository, ...more })}`,
    )
  const isDone = (page: Page) => expect(page.getByText(/\d+ steps? done/)).toBeVisible({ timeout: 20_000 })

  test('is understood, put in order and cleaned up', async ({ page, app }) => {
    await page.goto(app.url)
    await open(page)
    await expect(page.getByText('There is no index: Spack cannot list these 8 packages')).toBeVisible()
    await page.getByRole('button', { name: 'Update index…' }).click()
    await page.getByRole('button', { name: 'Update index', exact: true }).click()
    await isDone(page)
    await page.getByRole('button', { name: 'Back to the tags' }).click()
    await expect(page.getByRole('row', { name: /cowsay.*yes/ })).toBeVisible()
    await expect(page.getByText('There is no index')).toHaveCount(0)

    // What an image consists of, down to what a program needs.
    await page.getByRole('row', { name: /environment.*sample/ }).click()
    await page.getByRole('option', { name: /less 590/ }).click()
    await expect(
      page.getByRole('region', { name: 'Layer less 590' }).getByRole('link', { name: /less-590/ }),
    ).toBeVisible()
    await page.getByRole('tab', { name: 'Files' }).click()
    await page.getByLabel('Search files').fill('bin/less')
    await page
      .getByRole('treeitem', { name: /^less\b/ })
      .first()
      .click()
    const preview = page.getByRole('region', { name: 'Preview' })
    await expect(preview).toContainText('libc.so.6')
    await expect(preview).toContainText('7f 45 4c 46')

    await open(page, { act: 'tag', for: 'sample' })
    await page.getByRole('combobox', { name: 'New tags' }).fill('stable')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Write 1 tag', exact: true }).click()
    await isDone(page)

    const copy = `oci-layout://${join(folder, 'copy')}`
    await open(page, { act: 'copy', for: 'stable' })
    await page.getByRole('combobox', { name: 'To: a repository' }).fill(copy)
    await page.getByRole('button', { name: /^Copy 1 tag/ }).click()
    await isDone(page)

    // This registry deletes by digest: the other tag of the image goes along, and that is said.
    await open(page, { act: 'delete', for: 'stable' })
    await page.getByLabel('To confirm, type').fill('delete 2 tags')
    await page.getByRole('button', { name: 'Delete 2 tags' }).click()
    await isDone(page)

    await open(page, { act: 'prune' })
    await page.getByRole('combobox', { name: 'And these, with what they need' }).fill('less')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('row', { name: /keep.*ncurses/ })).toBeVisible()
    const prune = page.getByRole('button', { name: /^Delete \d+ tags/ })
    await page.getByLabel('To confirm, type').fill(((await prune.textContent()) ?? '').toLowerCase())
    await prune.click()
    await isDone(page)

    await open(page, { act: 'check' })
    await page.getByLabel('Read every blob').check()
    await page.getByRole('button', { name: /^Check 3 tags/ }).click()
    await isDone(page)
    await page.getByRole('button', { name: 'Back to the tags' }).click()
    for (const name of ['less', 'ncurses', 'index.spack']) {
      await expect(page.getByRole('row', { name: new RegExp(name.replace('.', '\\.')) }).first()).toBeVisible()
    }
    await expect(page.getByRole('row', { name: /cowsay/ })).toHaveCount(0)
  })
})
