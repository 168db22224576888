import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, type Page } from '@playwright/test'
import {
  forgetImages,
  makeBaseRoot,
  missingContainers,
  packRoot,
  pushRoot,
  runInPodman,
} from '../support/containers.ts'
import { tabTo } from '../support/keyboard.ts'
import { missingProgram } from '../support/programs.ts'
import { builtForThisRun, test } from '../support/real-app.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'

const run = promisify(execFile)
const missing = (await missingProgram('skopeo')) ?? (await missingDockerRegistry())

/** The app as it ships, over a real registry with the sample's packages and a base image of this machine's files. */
test.describe('images composed of a real cache', () => {
  test.skip(missing !== undefined, missing)
  let registry: DockerRegistry
  let folder: string
  let repository: string
  let base: string

  test.beforeAll(async () => {
    registry = await startDockerRegistry()
    folder = await mkdtemp(join(tmpdir(), 'strata-compose-'))
    repository = `oci+http://${registry.host}/lab/cache`
    base = `oci+http://${registry.host}/base:1`
    await makeBaseRoot(join(folder, 'base'))
    await packRoot(join(folder, 'base'), join(folder, 'base.tar'))
    await pushRoot(join(folder, 'base.tar'), `${registry.host}/base:1`)
    const env = { PATH: '/usr/bin:/bin', HOME: folder, STRATA_HOME: join(folder, 'strata') }
    await run(process.execPath, [builtForThisRun(), 'push', '--sample', '--to', repository], { env })
  })
  test.afterAll(async () => {
    await registry.close()
    await rm(folder, { recursive: true, force: true })
  })

  const go = (page: Page, screen: string, more: Record<string, string> = {}) =>
    page.evaluate(
      (hash) => {
        location.hash = hash
      },
      `#/${screen}?${new URLSearchParams({ repository, ...more })}`,
    )
  const stack = (page: Page) => page.getByRole('region', { name: 'Stack' })
  const result = (page: Page) => page.getByRole('region', { name: 'Result' })
  const layer = (page: Page, name: string) => stack(page).getByRole('option', { name: new RegExp(`, ${name} `) })

  async function publish(page: Page, tag: string): Promise<void> {
    await page.getByRole('button', { name: 'Publish…' }).click()
    await page.getByLabel('Tag', { exact: true }).fill(tag)
    await expect(page.getByText('0 B of layers to send')).toBeVisible({ timeout: 20_000 })
    await page.getByRole('button', { name: `Publish ${tag}` }).click()
    await expect(page.getByRole('heading', { name: 'Use it' })).toBeVisible({ timeout: 20_000 })
  }

  test('are published by mouse, run, and are changed', async ({ page, app }) => {
    await page.goto(app.url)
    await go(page, 'compose')
    await expect(page.getByText('8 packages, 8 names')).toBeVisible()
    for (const name of ['hello', 'less']) {
      await page.getByRole('row', { name: new RegExp(`^${name} `) }).dragTo(stack(page))
      await expect(layer(page, name)).toBeVisible()
    }
    await page.getByRole('combobox', { name: 'Base image' }).fill(base)
    await page.getByRole('combobox', { name: 'Base image' }).press('Enter')
    await expect(result(page).getByText(/^All \d+ layers looked into/)).toBeVisible({ timeout: 20_000 })
    await expect(result(page).getByText(/needs libtinfo\.so\.6/)).toBeVisible()
    await publish(page, 'tools')
    for (const program of ['docker', 'podman', 'apptainer']) {
      await expect(page.getByRole('button', { name: `Copy ${program} command` })).toBeVisible()
    }
    await expect(
      page.getByRole('listbox', { name: /Layer stack/ }).getByRole('option', { name: / less / }),
    ).toBeVisible()

    const image = `${registry.host}/lab/cache:tools`
    const noContainers = await missingContainers(`${registry.host}/base:1`)
    if (noContainers) test.info().annotations.push({ type: 'not run', description: noContainers })
    else {
      expect(await runInPodman(image, 'hello')).toContain('Hello, world!')
      await forgetImages(image, `${registry.host}/base:1`)
    }

    await go(page, 'registries', { tag: 'tools' })
    await page.getByRole('button', { name: 'Compose from it…' }).click()
    await layer(page, 'less').focus()
    await page.keyboard.press('Delete')
    await expect(layer(page, 'less')).toHaveCount(0)
    await publish(page, 'fewer')

    await page.getByRole('button', { name: 'Back to composing' }).click()
    await result(page).getByRole('tab', { name: 'File' }).click()
    const text = await result(page).getByRole('textbox', { name: 'strata.yaml', exact: true }).inputValue()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(layer(page, 'less')).toBeVisible()
    await page.getByRole('button', { name: 'Open…' }).click()
    await page.getByLabel('Text of strata.yaml').fill(text)
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(layer(page, 'less')).toHaveCount(0)
    await expect(layer(page, 'hello')).toBeVisible()

    const archive = join(folder, 'fewer.tar')
    await page.getByRole('button', { name: 'Publish…' }).click()
    await page.getByText('This machine').click()
    await page.getByLabel('File').fill(archive)
    await page.getByRole('button', { name: 'Export fewer' }).click()
    await expect(page.getByText(`docker load --input ${archive}`)).toBeVisible({ timeout: 20_000 })
    const { stdout } = await run('skopeo', ['inspect', '--config', `docker-archive:${archive}`])
    expect(JSON.parse(stdout).rootfs.diff_ids).toHaveLength(2)
  })

  test('are published with the keyboard alone, merged to keep to a limit', async ({ page, app }) => {
    await page.goto(app.url)
    await go(page, 'compose')
    await expect(page.getByRole('row', { name: /^hello / })).toBeVisible()
    await tabTo(page, 'Search packages')
    for (const name of ['hello', 'figlet', 'cowsay']) {
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.type(name)
      await expect(page.getByRole('row', { name: /^(?!Package)/ })).toHaveCount(1)
      await page.keyboard.press('Enter')
      await expect(layer(page, name)).toBeVisible()
    }
    await tabTo(page, 'Base image')
    await page.keyboard.type(base)
    await page.keyboard.press('Enter')
    await expect(stack(page).getByText(/glibc 2\.\d+/)).toBeVisible({ timeout: 20_000 })
    await tabTo(page, /^Findings/)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await expect(page.getByLabel('Layer limit')).toBeVisible()
    await page.getByLabel('Layer limit').focus()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type('3')
    await page.keyboard.press('Tab')
    await expect(result(page).getByText('2 packages merged into one layer').first()).toBeVisible()
    await page.getByRole('button', { name: 'Publish…' }).focus()
    await page.keyboard.press('Enter')
    await tabTo(page, 'Tag')
    await page.keyboard.type('merged')
    await expect(page.getByRole('button', { name: 'Publish merged' })).toBeEnabled({ timeout: 20_000 })
    await page.getByRole('button', { name: 'Publish merged' }).focus()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: 'Use it' })).toBeVisible({ timeout: 20_000 })
    await expect(page.getByRole('option', { name: /2 packages merged.*done/ })).toBeVisible()
    await go(page, 'registries', { tag: 'merged' })
    await expect(page.getByText('environment', { exact: true })).toBeVisible()
    await expect(page.getByRole('option', { name: /2 packages merged/ })).toBeVisible()
  })
})
