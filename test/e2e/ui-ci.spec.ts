import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { routes, test } from '../support/fake-app.ts'
import { tabTo } from '../support/keyboard.ts'

const room = `${routes.tools}&view=ci`
const text = (page: Page, name = '.github/workflows/spack-tools.yml') =>
  page.getByRole('region', { name: `Text of ${name}` })
const write = (page: Page) => page.getByRole('button', { name: 'Write into the repository' })

test.describe('CI recipes', () => {
  test('shows the workflow, its notes and the command, and follows the form', async ({ page, host }) => {
    await page.goto(host.url + room)
    await expect(text(page)).toContainText('IMAGE_TAG: tools')
    await expect(text(page)).toContainText('CACHE: oci://ghcr.io/demo/cache')
    await expect(page.getByRole('region', { name: 'Also to be done' })).toContainText('Without a base image')
    await expect(page.getByText('strata ci github --spack /home/demo/spack')).toBeVisible()

    await page.getByLabel('Tag of the environment image').fill('stack')
    await page.getByRole('combobox', { name: 'Base image' }).fill('debian:12')
    await page.getByRole('combobox', { name: 'Targets', exact: true }).pressSequentially('x86_64_v3 neoverse_v1 ')
    await expect(text(page)).toContainText('IMAGE_TAG: stack')
    await expect(text(page)).toContainText('BASE_IMAGE: debian:12')
    await expect(text(page)).toContainText('target: neoverse_v1')
    await expect(text(page)).toContainText('Join the images')
    await expect(page.locator('code').last()).toContainText('--targets x86_64_v3,neoverse_v1')
  })

  test('copies a file, and writes it into the repository', async ({ page, host, context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(host.url + room)
    await page.getByRole('button', { name: 'Copy .github/workflows/spack-tools.yml' }).click()
    await expect(page.getByRole('button', { name: /Copied/ })).toBeVisible()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('name: Spack packages')
    await expect(page.getByText('new', { exact: true })).toBeVisible()
    await write(page).click()
    await expect(page.getByText('Written to /home/demo/projects/tools')).toBeVisible()
    await expect(write(page)).toBeDisabled()
  })

  test('writes over another file only when told to, with what would change before the eyes', async ({ page, host }) => {
    await page.goto(host.url + room)
    await page.getByText('GitLab CI').click()
    const difference = page.getByRole('region', { name: 'Difference of .gitlab-ci.yml' })
    await expect(difference).toContainText('-  script: make test')
    await page.getByText('File', { exact: true }).click()
    await expect(text(page, '.gitlab-ci.yml')).toContainText('SPACK_VERSION: v0.22.5')
    await write(page).click()
    await expect(page.getByRole('alert')).toContainText('/home/demo/projects/tools/.gitlab-ci.yml holds something else')
    await expect(difference).toBeVisible()
    await page.getByRole('button', { name: 'Overwrite .gitlab-ci.yml' }).click()
    await expect(page.getByText('Written to /home/demo/projects/tools')).toBeVisible()
    await expect(page.getByRole('alert')).toBeHidden()
  })

  test('can be worked by keyboard alone', async ({ page, host }) => {
    await page.goto(host.url + room)
    await expect(text(page)).toBeVisible()
    await page.getByRole('radio', { name: 'GitHub Actions' }).focus()
    await page.keyboard.press('ArrowRight')
    await expect(page.getByText('there is another')).toBeVisible()
    await tabTo(page, 'Write into the repository')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('alert')).toBeVisible()
    await page.getByRole('combobox', { name: 'Cache' }).focus()
    await tabTo(page, 'Overwrite .gitlab-ci.yml')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Written to /home/demo/projects/tools')).toBeVisible()
  })

  test('has nowhere to write where there is no repository, and says what it cannot do', async ({ page, host }) => {
    await page.goto(`${host.url}#/environments?env=science&spack=%2Fhome%2Fdemo%2Fspack&view=ci`)
    await expect(page.getByText('There is no git repository to write into')).toBeVisible()
    await expect(write(page)).toBeHidden()
    await expect(page.getByRole('button', { name: /Copy .github/ })).toBeVisible()

    await page.getByRole('combobox', { name: 'Targets', exact: true }).pressSequentially('zen4 skylake ')
    await expect(page.getByRole('alert')).toContainText('zen4 and skylake are both linux/amd64')
    await page.getByLabel('Remove all targets').click()
    await expect(page.getByRole('alert')).toBeHidden()
    await page.getByRole('combobox', { name: 'Cache' }).fill('oci-layout:///tmp/cache')
    await expect(page.getByRole('alert')).toContainText('a CI cannot reach')
    await page.getByRole('combobox', { name: 'Cache' }).fill('')
    await expect(page.getByRole('heading', { name: 'No cache is named' })).toBeVisible()
  })
})

test.describe('the search', () => {
  const found: readonly (readonly [typed: string, address: RegExp])[] = [
    ['edit specs', /view=specs/],
    ['mirrors', /view=mirrors/],
    ['padding', /view=padding/],
    ['cache use', /view=cache/],
    ['ci recipe', /view=ci/],
    ['concretize', /view=spack&run=concretize/],
    ['install with', /view=spack&run=install/],
    ['find…', /view=spack&run=find/],
  ]
  for (const [typed, address] of found) {
    test(`leads to "${typed}" of the open environment`, async ({ page, host }) => {
      await page.goto(host.url + routes.tools)
      await expect(page.getByText('15 packages')).toBeVisible()
      await page.keyboard.press('Control+k')
      await expect(page.getByRole('textbox', { name: 'Search' })).toBeFocused()
      await page.keyboard.type(typed)
      await page.keyboard.press('Enter')
      await expect(page).toHaveURL(address)
      await expect(page).toHaveURL(/env=tools/)
    })
  }

  test('has no such actions where no environment is open', async ({ page, host }) => {
    await page.goto(`${host.url}#/activity`)
    await expect(page.getByRole('heading', { name: 'Nothing has run yet' })).toBeVisible()
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('textbox', { name: 'Search' })).toBeFocused()
    await page.keyboard.type('padding')
    await expect(page.getByText('Nothing has that name.')).toBeVisible()
  })
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })
    test('axe finds nothing serious on a file, a difference and a refusal', async ({ page, host }) => {
      await page.goto(host.url + room)
      await expect(text(page)).toBeVisible()
      expect(await seriousFindings(page)).toEqual([])
      await page.getByText('GitLab CI').click()
      await expect(page.getByText('there is another')).toBeVisible()
      await write(page).click()
      await expect(page.getByRole('alert')).toBeVisible()
      expect(await seriousFindings(page)).toEqual([])
    })
  })
}
