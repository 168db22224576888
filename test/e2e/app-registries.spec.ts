import { expect } from '@playwright/test'
import { test } from '../support/real-app.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'

const missing = await missingDockerRegistry()

test.describe('a registry with an authority and logins of its own', () => {
  test.skip(missing !== undefined, missing)
  let registry: DockerRegistry

  test.beforeAll(async () => {
    registry = await startDockerRegistry({ tls: true, login: { username: 'ada', password: 'lovelace' } })
  })
  test.afterAll(() => registry.close())

  test('is got through to, the doctor leading from one cause to the next', async ({ page, app }) => {
    await page.goto(app.url)
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('tab', { name: 'Registries' }).click()
    await expect(page.getByText('No registry is known yet')).toBeVisible()
    const asked = page.getByRole('combobox', { name: 'Repository' })
    await asked.fill(`oci://${registry.host}/lab/cache`)
    await page.keyboard.press('Enter')
    const verdict = page.getByRole('main').getByRole('status')
    await expect(verdict).toContainText('TLS failed')

    await page.getByRole('button', { name: 'Add a registry…' }).first().click()
    const add = page.getByRole('dialog', { name: 'Add a registry' })
    await add.getByRole('combobox', { name: 'Kind' }).click()
    await page.getByRole('option', { name: /Distribution/ }).click()
    await add.getByLabel('Host').fill(registry.host)
    await add.getByLabel('CA files').fill(registry.caFile ?? '')
    await add.getByRole('button', { name: `Add ${registry.host}` }).click()
    await expect(page.getByRole('heading', { name: registry.host, exact: true })).toBeVisible()
    await asked.fill('lab/cache')
    await page.getByRole('button', { name: 'Run the doctor' }).click()
    await expect(verdict).toContainText(/(Login|Token|Pull) failed/)

    await page.getByRole('button', { name: 'Log in…' }).click()
    const login = page.getByRole('dialog', { name: 'Log in to' })
    await login.getByLabel('Username').fill('ada')
    const password = login.getByRole('textbox', { name: 'Password' })
    await password.fill('byron')
    // A machine with a keychain does not ask.
    const file = login.getByLabel('Keep it in that file')
    if (await file.isVisible()) await file.check()
    await login.getByRole('button', { name: 'Log in', exact: true }).click()
    await expect(login.getByRole('alert')).toBeVisible()
    await password.fill('lovelace')
    await page.keyboard.press('Enter')
    await expect(login).toBeHidden()
    await page.getByRole('button', { name: 'Run the doctor' }).click()
    await expect(verdict).toContainText('Can pull and push, login: ada')

    await page.getByRole('button', { name: 'Log out of' }).click()
    await page.getByRole('button', { name: 'Forget' }).click()
    await expect(page.getByText('No registry is known yet')).toBeVisible()
  })
})
