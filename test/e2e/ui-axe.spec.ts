import { expect } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { routes, test } from '../support/fake-app.ts'

const screens: readonly { readonly name: string; readonly hash: string; readonly ready: string }[] = [
  { name: 'environment', hash: routes.tools, ready: '15 packages' },
  { name: 'package', hash: `${routes.tools}&package=javfv4npq27ua4kua36pyc62su5kbq3s`, ready: 'Why it is here' },
  { name: 'graph', hash: `${routes.tools}&view=graph`, ready: 'readline' },
  { name: 'treemap', hash: `${routes.tools}&view=treemap`, ready: '29.7 MiB' },
  { name: 'error', hash: routes.broken, ready: 'Strata knows 1 to 8' },
  { name: 'push', hash: routes.pushTools, ready: '11 to build' },
  { name: 'deep stack', hash: routes.pushScience, ready: 'Show all 300 layers' },
  { name: 'install', hash: `${routes.install}&into=%2Fhome%2Fme%2Fstore&all`, ready: '15 to install' },
  { name: 'install, nothing said', hash: '#/install', ready: 'the plan appears here' },
  { name: 'settings', hash: '#/settings', ready: 'Remembered folders' },
  { name: 'activity', hash: '#/activity', ready: 'Nothing has run yet' },
]

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })

    for (const screen of screens) {
      test(`axe finds nothing serious on ${screen.name}`, async ({ page, host }) => {
        await page.goto(host.url + screen.hash)
        await expect(page.getByText(screen.ready).first()).toBeVisible()
        await page.waitForTimeout(300)
        expect(await seriousFindings(page)).toEqual([])
      })
    }

    test('axe finds nothing serious while a layer tells about itself', async ({ page, host }) => {
      await page.goto(host.url + routes.pushTools)
      await page.getByRole('option', { name: /ncurses/ }).hover()
      await expect(page.getByText('needed by less, lua, nano, readline, vim')).toBeVisible()
      expect(await seriousFindings(page)).toEqual([])
    })

    test('axe finds nothing serious while and after a push', async ({ page, host }) => {
      await page.goto(host.url + routes.pushTools)
      await page.getByRole('button', { name: 'Push 14 packages' }).click()
      await expect(page.getByRole('progressbar')).toBeVisible()
      expect(await seriousFindings(page)).toEqual([])
      await expect(page.getByText('16 tags written')).toBeVisible({ timeout: 30_000 })
      expect(await seriousFindings(page)).toEqual([])
    })
  })
}
