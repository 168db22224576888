import { expect } from '@playwright/test'
import { routes, test } from '../support/fake-app.ts'

test.describe('the layer stack', () => {
  test('is walked with the arrow keys and says what a screen reader needs', async ({ page, host }) => {
    await page.goto(host.url + routes.pushTools)
    const stack = page.getByRole('listbox', { name: /Layer stack of tools/ })
    await expect(stack.getByRole('option')).toHaveCount(15)
    await stack.getByRole('option').first().focus()
    await expect(page.locator(':focus')).toHaveAccessibleName(
      /^layer 15 of 15, sqlite 3\.40\.1, 19\.5 mebibytes, to build$/,
    )
    await page.keyboard.press('End')
    await expect(page.locator(':focus')).toHaveAccessibleName('layer 1 of 15, gmake 4.3, 115 kibibytes, present')
    await page.keyboard.press('ArrowUp')
    await expect(page.locator(':focus')).toHaveAccessibleName(/^layer 2 of 15, ncurses 6\.4, .* shared by 5 packages$/)
    await expect(page.getByText('needed by less, lua, nano, readline, vim')).toBeVisible()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('complementary', { name: 'Package ncurses' })).toBeVisible()
  })

  test('folds three hundred layers and unfolds them', async ({ page, host }) => {
    await page.goto(host.url + routes.pushScience)
    await expect(page.getByText('300 of 127 layers')).toBeVisible()
    const options = page.getByRole('option')
    expect(await options.count()).toBeLessThan(30)
    await page.getByRole('button', { name: /^Show all 300 layers/ }).click()
    await expect(options).toHaveCount(300)
    const push = page.getByRole('button', { name: 'Push 300 packages' })
    await expect(push).toBeDisabled()
    await expect(push).toHaveAccessibleDescription('1 problem to settle first')
  })
})

test('a push fills the stack, ends with tags and commands, and stays in the activity', async ({ page, host }) => {
  await page.goto(host.url + routes.pushTools)
  await page.getByRole('button', { name: 'Push 14 packages' }).click()
  await expect(page.getByRole('progressbar')).toBeVisible()
  await expect(page.getByText('16 tags written')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('docker run -it --rm localhost:5445/demo/buildcache:tools')).toBeVisible()
  await expect(page.getByRole('option', { name: /^layer 15 of 15, sqlite .*, done$/ })).toBeVisible()
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('complementary', { name: 'Jobs' })).toContainText('done')
})

test.describe('when a package fails', () => {
  test.use({ engine: { workspace: 'full', speed: 4, failing: 'less' } })

  test('the others go on, the failure is told, and retry sends what is missing', async ({ page, host }) => {
    await page.goto(host.url + routes.pushTools)
    await page.getByRole('button', { name: 'Push 14 packages' }).click()
    await expect(page.getByText('1 package not pushed')).toBeVisible({ timeout: 30_000 })
    await expect(page.getByRole('option', { name: /less 590.*failed/ })).toBeVisible()
    await page.getByRole('button', { name: 'Retry what failed' }).click()
    await expect(page.getByText('16 tags written')).toBeVisible({ timeout: 30_000 })
  })
})

test.describe('a slow push', () => {
  test.use({ engine: { workspace: 'full', speed: 0.3 } })

  test('is paused, resumed and cancelled', async ({ page, host }) => {
    await page.goto(host.url + routes.pushTools)
    await page.getByRole('button', { name: 'Push 14 packages' }).click()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect(page.getByRole('link', { name: /1 job/ })).toBeVisible()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByText('What was sent stays in the registry')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Go on from there' })).toBeVisible()
  })
})

test('a plan that cannot be made says what, why and what now', async ({ page, host }) => {
  await page.goto(host.url + routes.pushTools)
  await page.getByRole('combobox', { name: 'Where' }).fill('oci://unreachable.example/me/cache')
  const alert = page.getByRole('alert')
  await expect(alert).toContainText('connection refused')
  await expect(alert).toContainText('Is the registry running')
  await alert.getByText('Details').click()
  await expect(alert).toContainText('registry-unreachable')
  const push = page.getByRole('button', { name: 'Push', exact: true })
  await expect(push).toBeDisabled()
  await expect(push).toHaveAccessibleDescription('No plan could be made')
  await page.getByRole('combobox', { name: 'Where' }).fill('')
  await expect(push).toHaveAccessibleDescription('Say where to first')
})
