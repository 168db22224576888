import type { Page } from '@playwright/test'
import { registries, type Shot, tools } from './shot.ts'

export const settingsShots: readonly Shot[] = [
  {
    name: 'push-test-failed',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Where' }).fill('oci://ghcr.io/demo/badcert')
      await page.getByRole('heading', { level: 1 }).click()
      await page.getByRole('button', { name: 'Test' }).click()
      await page.getByText('Details').first().click()
    },
  },
  { name: 'settings', hash: '#/settings' },
  { name: 'registries-empty', workspace: 'empty', hash: registries },
  { name: 'registries', hash: registries },
  { name: 'registries-harbor', hash: `${registries}&registry=harbor.hpc.example.org` },
  { name: 'registries-unsafe', hash: `${registries}&registry=registry.lab.example.org%3A5000` },
  { name: 'registries-mirror', hash: `${registries}&registry=registry.gitlab.com` },
  {
    name: 'registries-whoami',
    hash: `${registries}&registry=ghcr.io`,
    act: (page) => page.getByRole('combobox', { name: 'Repository' }).fill('demo/cache'),
  },
  { name: 'registries-add', hash: registries, act: (page) => page.getByRole('button', { name: 'Add a reg' }).click() },
  {
    name: 'registries-login',
    hash: `${registries}&registry=ghcr.io`,
    act: (page) => page.getByRole('button', { name: 'Log in…' }).click(),
  },
  {
    name: 'registries-login-file',
    hash: `${registries}&registry=ghcr.io`,
    keychain: 'none',
    act: async (page) => {
      await page.getByRole('button', { name: 'Log in…' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Username').fill('demo')
      await dialog.getByRole('textbox', { name: 'Password' }).fill('wrong')
      await dialog.getByLabel('Keep it in that file').check()
      await dialog.getByRole('button', { name: 'Log in', exact: true }).click()
      await dialog.getByRole('alert').waitFor()
    },
  },
  { name: 'doctor', hash: registries, act: (page) => examine(page, 'ghcr.io/demo/cache', 'Can pull and push') },
  {
    name: 'doctor-running',
    stepTime: 500,
    hash: registries,
    act: (page) => examine(page, 'ghcr.io/demo/cache', 'a Bearer challenge'),
  },
  {
    name: 'doctor-tls',
    hash: `${registries}&registry=harbor.hpc.example.org`,
    act: (page) => examine(page, 'badcert/cache', 'TLS failed'),
  },
  { name: 'doctor-denied', hash: registries, act: (page) => examine(page, 'ghcr.io/demo/denied', 'Push failed') },
  { name: 'doctor-warning', hash: registries, act: (page) => examine(page, 'localhost:5000/nodelete/cache', '1 warn') },
]

/** Runs the doctor of the present page on a repository, until these words stand there. */
async function examine(page: Page, repository: string, words: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Repository' }).fill(repository)
  await page.getByRole('button', { name: 'Run the doctor' }).click()
  await page.getByText(words).first().waitFor()
}
