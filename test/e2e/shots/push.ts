import { type Shot, science, settle, tools } from './shot.ts'

export const pushShots: readonly Shot[] = [
  { name: 'activity-empty', workspace: 'empty', hash: '#/activity' },
  {
    name: 'push',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Base image' }).fill('debian:12')
      await page.getByRole('heading', { level: 1 }).click()
      await page.getByText('needs GLIBC_2.38').waitFor()
    },
  },
  {
    name: 'push-hover',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('option', { name: /ncurses/ }).hover()
    },
  },
  {
    name: 'push-credentials',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByText('Credentials and certificates').click()
      await page.locator('summary', { hasText: 'Options' }).click()
      await page.getByRole('button', { name: 'Test' }).click()
      await page.getByText('Can pull and push').waitFor()
    },
  },
  {
    name: 'push-error',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Where' }).fill('oci://unreachable.example:5000/me/cache')
      await page.getByRole('heading', { level: 1 }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  { name: 'push-300', hash: `#/push?${science}`, act: (page) => settle(page, '[role=option]') },
  {
    name: 'push-running',
    failing: 'less',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Base image' }).fill('ubuntu:24.04')
      await page.getByRole('heading', { level: 1 }).click()
      await page
        .getByRole('option', { name: /ubuntu/ })
        .first()
        .waitFor()
      await page.getByRole('button', { name: /^Push \d+ packages/ }).click()
      await page.waitForTimeout(2600)
    },
  },
  {
    name: 'push-failed',
    failing: 'less',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('button', { name: /^Push \d+ packages/ }).click()
      await page.getByText('not pushed').waitFor({ timeout: 30_000 })
    },
  },
  {
    name: 'push-done',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('button', { name: /^(Push \d+ packages|Write tag)/ }).click()
      await page.getByText(/tags? written/).waitFor({ timeout: 30_000 })
    },
  },
  {
    name: 'activity',
    hash: `#/push?${tools}`,
    failing: 'nano',
    act: async (page) => {
      await page.getByRole('button', { name: /^Push \d+ packages/ }).click()
      await page.getByText('not pushed').waitFor({ timeout: 30_000 })
      await page.getByRole('link', { name: 'Activity' }).click()
      await page.getByRole('button', { name: 'Retry what failed' }).click()
      await page.waitForTimeout(900)
    },
  },
]
