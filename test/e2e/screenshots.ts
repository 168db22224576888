import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { createFakeEngine, type FakeEngineOptions } from '../support/fake-engine.ts'
import { startFakeHost } from '../support/fake-host.ts'

/**
 * Takes a picture of every screen, light and dark, at three sizes.
 *
 *   npx tsx test/e2e/screenshots.ts FOLDER            over made-up data: needs `npm run build` first
 *   npx tsx test/e2e/screenshots.ts FOLDER URL        of a running app: its first environment
 *   npx tsx test/e2e/screenshots.ts FOLDER --quick    one size, both themes; --quick=NAME only that screen
 */
const [folder = 'screenshots', target] = process.argv.slice(2)
const quick = target?.startsWith('--quick')
const only = quick ? target?.split('=')[1] : undefined

const sizes = quick
  ? [{ width: 1280, height: 800 }]
  : [
      { width: 1024, height: 680 },
      { width: 1280, height: 800 },
      { width: 2560, height: 1440 },
    ]
const themes = ['light', 'dark'] as const

interface Shot {
  readonly name: string
  readonly workspace?: FakeEngineOptions['workspace']
  readonly hash?: string
  readonly act?: (page: Page) => Promise<void>
}

const tools = 'env=tools&spack=%2Fhome%2Fdemo%2Fspack'
const science = 'env=science&spack=%2Fhome%2Fdemo%2Fspack'

const shots: readonly Shot[] = [
  { name: 'empty', workspace: 'empty' },
  { name: 'activity-empty', workspace: 'empty', hash: '#/activity' },
  { name: 'environment', hash: `#/environments?${tools}` },
  {
    name: 'environment-selected',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      for (const name of ['less', 'vim', 'nano']) await page.getByLabel(`Select ${name}`, { exact: true }).check()
      await page.getByRole('row', { name: /readline/ }).click()
    },
  },
  { name: 'environment-huge', hash: '#/environments?env=everything&spack=%2Fhome%2Fdemo%2Fspack' },
  { name: 'environment-error', hash: '#/environments?env=%2Fhome%2Fdemo%2Fprojects%2Fclimate-model-2026' },
  { name: 'graph', hash: `#/environments?${tools}&view=graph`, act: (page) => settle(page, '.react-flow__node') },
  {
    name: 'graph-large',
    hash: `#/environments?${science}&view=graph`,
    act: (page) => settle(page, '.react-flow__node'),
  },
  { name: 'treemap', hash: `#/environments?${tools}&view=treemap&package=javfv4npq27ua4kua36pyc62su5kbq3s` },
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
      await page.getByText('can push').waitFor()
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
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('button', { name: /^Push \d+ packages/ }).click()
      await page.getByText('tags written').waitFor({ timeout: 30_000 })
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
  { name: 'activity', hash: '#/activity' },
  { name: 'settings', hash: '#/settings' },
  {
    name: 'search',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('l')
    },
  },
  {
    name: 'open',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Open…' }).click()
      await page.getByLabel('Path').fill('/opt/nothing')
      await page.getByRole('button', { name: 'Open', exact: true }).click()
      await page.getByRole('alert').waitFor()
    },
  },
]

async function settle(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor()
  await page.waitForTimeout(400)
}

/** What can be shown of any running app without touching anything. */
const runningShots: readonly Shot[] = [
  { name: 'environment', hash: '#/environments' },
  { name: 'push', hash: '#/push' },
  { name: 'activity', hash: '#/activity' },
  { name: 'settings', hash: '#/settings' },
]

async function main(): Promise<void> {
  await mkdir(folder, { recursive: true })
  const running = target !== undefined && !quick
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
  for (const size of sizes) {
    for (const theme of themes) {
      const full = running ? undefined : await startFakeHost(createFakeEngine({ workspace: 'full', failing: 'less' }))
      const empty = running ? undefined : await startFakeHost(createFakeEngine({ workspace: 'empty' }))
      for (const shot of running ? runningShots : shots) {
        if (only !== undefined && !shot.name.startsWith(only)) continue
        const page = await browser.newPage({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' })
        page.setDefaultTimeout(6_000)
        page.on('console', (message) => {
          if (message.type() === 'error' || message.type() === 'warning') console.log(`${shot.name}: ${message.text()}`)
        })
        page.on('pageerror', (error) => console.log(`${shot.name}: ${error.message}`))
        const url = running ? target : shot.workspace === 'empty' ? empty?.url : full?.url
        try {
          // A running app's address carries a one-time token: it is opened as it is, then its screens by hash.
          await page.goto(url ?? '')
          if (shot.hash !== undefined) await page.evaluate((hash) => location.assign(hash), shot.hash)
          await page.waitForTimeout(900)
          await shot.act?.(page)
          await page.waitForTimeout(250)
        } catch (error) {
          console.log(`${shot.name} ${size.width} ${theme}: ${String(error).split('\n')[0]}`)
        }
        await page.screenshot({ path: join(folder, `${shot.name}-${size.width}-${theme}.png`) })
        await page.close()
      }
      await full?.close()
      await empty?.close()
    }
  }
  await browser.close()
}

await main()
