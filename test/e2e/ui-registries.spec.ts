import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { test } from '../support/fake-app.ts'
import { tabTo } from '../support/keyboard.ts'

const registries = '#/settings?tab=registries'
const ghcr = `${registries}&registry=ghcr.io`
const harbor = `${registries}&registry=harbor.hpc.example.org`

const list = (page: Page) => page.getByRole('navigation', { name: 'Registries' })
const logins = (page: Page) => page.getByRole('list', { name: 'Logins' }).getByRole('listitem')
const steps = (page: Page) => page.getByRole('list', { name: 'Steps' }).locator('> li')

test('the list says of every registry who we are there and what is wrong with it', async ({ page, host }) => {
  await page.goto(`${host.url}#/settings`)
  await page.getByRole('tab', { name: 'Registries' }).click()
  await expect(list(page).getByRole('link', { name: /^ghcr\.io/ })).toContainText('hpc-lab-bot, demo · GitHub (GHCR)')
  await expect(list(page).getByRole('link', { name: /^registry\.gitlab\.com/ })).toContainText('anonymous')
  await expect(
    list(page)
      .getByRole('link', { name: /gitlab/ })
      .getByLabel('a login cannot be used'),
  ).toBeVisible()
  await list(page)
    .getByRole('link', { name: /^registry\.lab/ })
    .click()
  await expect(page.getByText('Any certificate of registry.lab.example.org:5000 is accepted.')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'registry.lab.example.org:5000' })).toBeVisible()
  await list(page)
    .getByRole('link', { name: /^registry\.gitlab\.com/ })
    .click()
  await expect(logins(page)).toContainText(['GROUP_CACHE_TOKEN is not set'])
})

test('a preset fills the form of a new registry, and what was set can be changed and forgotten', async ({
  page,
  host,
}) => {
  await page.goto(host.url + registries)
  await page.getByRole('button', { name: 'Add a registry…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a registry' })
  const hostField = dialog.getByLabel('Host')
  await expect(hostField).toHaveValue('ghcr.io')
  await expect(hostField).not.toBeEditable()
  await dialog.getByRole('combobox', { name: 'Kind' }).click()
  await page.getByRole('option', { name: 'Quay' }).click()
  await expect(hostField).toHaveValue('')
  await expect(hostField).toHaveAttribute('placeholder', 'quay.io')
  await expect(dialog).toContainText('NAMESPACE+ROBOT')
  await hostField.fill('quay.example.org/wrong')
  await dialog.getByRole('button', { name: 'Add quay.example.org/wrong' }).click()
  await expect(dialog.getByRole('alert')).toContainText('is not a host name')
  await hostField.fill('quay.example.org')
  await dialog.getByLabel('CA files').fill('/etc/ssl/site-ca.pem\n')
  await dialog.getByRole('button', { name: 'Add quay.example.org' }).click()
  await expect(page.getByRole('heading', { name: 'quay.example.org' })).toBeVisible()
  await expect(page.getByRole('main')).toContainText('/etc/ssl/site-ca.pem')

  await page.getByRole('button', { name: 'Change…' }).click()
  await page.getByLabel('Plain HTTP').check()
  await expect(page.getByLabel('Accept any certificate')).toBeDisabled()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('What is sent to quay.example.org is not encrypted')).toBeVisible()
  await page.getByRole('button', { name: 'Forget' }).click()
  await expect(list(page).getByRole('link', { name: /quay/ })).toHaveCount(0)
})

test('the first login that covers a repository is named as the used one', async ({ page, host }) => {
  await page.goto(host.url + ghcr)
  await expect(logins(page)).toHaveCount(2)
  await page.getByRole('combobox', { name: 'Repository' }).fill('hpc-lab/cache')
  await expect(page.getByRole('heading', { name: 'Logins for ghcr.io/hpc-lab/cache' })).toBeVisible()
  await expect(logins(page)).toContainText([/hpc-lab-bot\s*used/, /demo/])
  await expect(logins(page).nth(1)).not.toContainText('used')
  await page.getByRole('combobox', { name: 'Repository' }).fill('demo/cache')
  await expect(logins(page)).toContainText([/demo\s*used.*docker logout ghcr\.io/])
  await page.getByRole('combobox', { name: 'Repository' }).fill('Demo/cache')
  await expect(page.getByText('the name of a repository is in lower case')).toBeVisible()
})

test('a login that the registry refuses is told, and its password is gone from the page', async ({ page, host }) => {
  await page.goto(host.url + ghcr)
  await logIn(page, 'wrong')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('alert')).toContainText('ghcr.io refused the login of ada (401)')
  await expect(password(page)).toHaveValue('')
  await expect(password(page)).toBeFocused()
  await expect(dialog.getByLabel('Username')).toHaveValue('ada')
  await password(page).fill('ghp_right')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  await expect(logins(page)).toHaveCount(3)
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
  expect(kept + (await page.content())).not.toContain('ghp_right')

  await page.getByRole('button', { name: 'Log out of ghcr.io', exact: true }).click()
  await expect(logins(page)).toHaveCount(2)
  // Docker's own login is docker's to remove.
  await expect(logins(page).filter({ hasText: 'docker logout' }).getByRole('button')).toHaveCount(0)
})

test.describe('without a keychain', () => {
  test.use({ engine: { workspace: 'full', keychain: 'none' } })

  test('a login goes into a file only when that is asked for', async ({ page, host }) => {
    await page.goto(host.url + ghcr)
    await page.getByRole('button', { name: 'Log in…' }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText('No keychain works here: no Secret Service answers on this machine')
    await expect(dialog).toContainText('not encrypted: /home/demo/.config/strata/logins.json, readable by you alone')
    await expect(dialog.getByRole('button', { name: 'Log in', exact: true })).toBeDisabled()
    await dialog.getByLabel('Keep it in that file').check()
    await expect(dialog).toContainText('strata login ghcr.io --allow-file')
    await dialog.getByLabel('Username').fill('ada')
    await password(page).fill('ghp_right')
    await dialog.getByRole('button', { name: 'Log in', exact: true }).click()
    await expect(logins(page).first()).toContainText('/home/demo/.config/strata/logins.json')
  })
})

test.describe('the doctor', () => {
  test.use({
    // Long enough for a busy machine to see a step while it is tried.
    engine: { workspace: 'full', stepTime: 300 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })

  test('shows each step as it ends, why one failed, and the command to copy', async ({ page, host }) => {
    await page.goto(host.url + registries)
    await page.getByRole('combobox', { name: 'Repository' }).fill('ghcr.io/demo/denied')
    await page.keyboard.press('Enter')
    await expect(page.getByText(/^Trying: \w/)).toBeVisible()
    await expect(steps(page).first()).toContainText('ghcr.io is 140.82.121.34')
    await expect(steps(page).last()).toContainText('Trying…')
    await expect(page.getByRole('status')).toContainText('Push failedThe token has no write:packages')
    await expect(steps(page)).toHaveCount(11)
    const failed = steps(page).filter({ hasText: '(403)' })
    await expect(failed.getByRole('link', { name: /tokens\/new/ })).toBeVisible()
    await failed.getByRole('button', { name: 'Copy command' }).click()
    expect(await clipboard(page)).toBe('strata login ghcr.io --username demo')
    await failed.locator('summary', { hasText: 'Details' }).click()
    await expect(failed).toContainText('does not match expected scopes')
    await page.getByRole('button', { name: 'Copy command' }).last().click()
    expect(await clipboard(page)).toBe('strata doctor ghcr.io/demo/denied')
    await page.getByRole('combobox', { name: 'Repository' }).fill('ghcr.io/demo/other')
    await expect(steps(page)).toHaveCount(0)
  })

  test('tells a warning from a failure', async ({ page, host }) => {
    await page.goto(host.url + harbor)
    await page.getByRole('combobox', { name: 'Repository' }).fill('climate/nodelete')
    await page.getByRole('button', { name: 'Run the doctor' }).click()
    await expect(page.getByRole('status')).toContainText('Can pull and push, login: robot$ci')
    await expect(page.getByRole('status')).toContainText('1 warning')
    const warning = steps(page).filter({ hasText: '(405)' })
    await expect(warning.getByText('Distribution deletes only')).toBeHidden()
    await warning.locator('summary').first().click()
    await expect(warning.getByText('Distribution deletes only')).toBeVisible()
  })

  test('says on the Push page whether a push would get through', async ({ page, host }) => {
    await page.goto(`${host.url}#/push?env=tools&spack=%2Fhome%2Fdemo%2Fspack`)
    const where = page.getByRole('combobox', { name: 'Where' })
    await where.fill('oci://ghcr.io/demo/cache')
    // The suggestions lie over what is below the field for as long as it has the focus.
    await page.getByRole('heading', { level: 1 }).click()
    await page.getByRole('button', { name: 'Test' }).click()
    await expect(page.getByText('Can pull and push, login: demo, from ~/.docker/config.json')).toBeVisible()
    await where.fill('oci://harbor.hpc.example.org/climate/badcert')
    await expect(page.getByText('Can pull and push')).toBeHidden()
    await page.getByRole('heading', { level: 1 }).click()
    await page.getByRole('button', { name: 'Test' }).click()
    await expect(page.getByText('TLS failed')).toBeVisible()
    await page.getByText('Details', { exact: true }).first().click()
    await expect(steps(page)).toHaveCount(11)
    await expect(page.getByText('openssl s_client')).toBeVisible()
  })
})

test.describe('with nothing set up', () => {
  test.use({ engine: { workspace: 'empty' } })

  test('the page says how a registry comes to stand here', async ({ page, host }) => {
    await page.goto(host.url + registries)
    await expect(page.getByText('No registry is known yet')).toBeVisible()
    await page.getByRole('main').getByRole('button', { name: 'Add a registry…' }).first().click()
    await expect(page.getByRole('dialog')).toBeVisible()
  })
})

test('everything is reached with the keyboard alone', async ({ page, host }) => {
  await page.goto(`${host.url}#/settings`)
  await page.getByRole('tab', { name: 'General' }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tab', { name: 'Registries' })).toHaveAttribute('aria-selected', 'true')
  await tabTo(page, /^ghcr\.io/)
  await page.keyboard.press('Enter')
  await tabTo(page, 'Log in…')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Username')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Log in…' })).toBeFocused()
  await tabTo(page, 'Repository')
  await page.keyboard.type('demo/badcert')
  await tabTo(page, 'Run the doctor')
  await page.keyboard.press('Enter')
  await expect(page.getByText('TLS failed')).toBeVisible()
  await tabTo(page, 'Copy command')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })

    test('axe finds nothing serious on registries, dialogs and the doctor', async ({ page, host }) => {
      for (const hash of [registries, harbor, `${registries}&registry=registry.gitlab.com`]) {
        await page.goto(host.url + hash)
        await expect(list(page)).toBeVisible()
        expect(await seriousFindings(page)).toEqual([])
      }
      for (const [opens, title] of [
        ['Log in…', 'Log in to'],
        ['Add a registry…', 'Add a registry'],
      ] as const) {
        // biome-ignore format: a table
        await page.getByRole('button', { name: opens }).click()
        await expect(page.getByRole('dialog', { name: title })).toBeVisible()
        await page.waitForTimeout(200)
        expect(await seriousFindings(page)).toEqual([])
        await page.keyboard.press('Escape')
      }
      for (const [repository, words] of [
        ['a/badcert', 'TLS failed'],
        ['a/nodelete', '1 warning'],
      ] as const) {
        // biome-ignore format: a table
        await page.getByRole('combobox', { name: 'Repository' }).fill(repository)
        await page.getByRole('button', { name: 'Run the doctor' }).click()
        await expect(page.getByText(words)).toBeVisible()
        expect(await seriousFindings(page)).toEqual([])
      }
    })
  })
}

function password(page: Page) {
  return page.getByRole('dialog').getByRole('textbox', { name: 'Password' })
}

async function logIn(page: Page, secret: string): Promise<void> {
  await page.getByRole('button', { name: 'Log in…' }).click()
  await page.getByLabel('Username').fill('ada')
  await password(page).fill(secret)
  await page.getByRole('dialog').getByRole('button', { name: 'Log in', exact: true }).click()
}

function clipboard(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText())
}
