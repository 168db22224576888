import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium, type Page } from '@playwright/test'
import { chromiumPath } from '../support/chromium.ts'
import { createFakeEngine } from '../support/fake-engine.ts'
import { startFakeHost } from '../support/fake-host.ts'
import { browseShots } from './shots/browse.ts'
import { composeShots, composeTools } from './shots/compose.ts'
import { environmentsShots } from './shots/environments.ts'
import { installShots } from './shots/install.ts'
import { pushShots } from './shots/push.ts'
import { roomsShots } from './shots/rooms.ts'
import { settingsShots } from './shots/settings.ts'
import { browse, compose, registries, type Shot, tools } from './shots/shot.ts'

/**
 * Takes pictures of the screens.
 *
 *   npx tsx test/e2e/screenshots.ts                      those of the documentation, into docs/pictures
 *   npx tsx test/e2e/screenshots.ts FOLDER               every screen, light and dark, at three sizes
 *     --size 1280x800 --only NAME                        one size, one screen
 *     --url URL                                          of a running app instead of made-up data: its first environment
 *
 * Made-up data is shown in the window that `npm run build` left in dist.
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string' }, only: { type: 'string' }, size: { type: 'string' } },
})
const [folder] = positionals
const sizes = (options.size === undefined ? ['1024x680', '1280x800', '2560x1440'] : [options.size]).map((size) => {
  const [width = 0, height = 0] = size.split('x').map(Number)
  return { width, height }
})
const themes = ['light', 'dark'] as const
type Theme = (typeof themes)[number]

const shots: readonly Shot[] = [
  ...environmentsShots,
  ...roomsShots,
  ...pushShots,
  ...installShots,
  ...browseShots,
  ...composeShots,
  ...settingsShots,
]

/** What can be shown of any running app without touching anything. */
const runningShots: readonly Shot[] = [
  { name: 'environment', hash: '#/environments' },
  { name: 'push', hash: '#/push' },
  { name: 'activity', hash: '#/activity' },
  { name: 'settings', hash: '#/settings' },
  { name: 'registries', hash: registries },
]

/** The pictures of the documentation; tutorial-pictures.ts takes those of the tutorial. */
const documentation: readonly (Shot & { readonly theme: Theme })[] = [
  { name: 'push', hash: `#/push?${tools}`, theme: 'light', act: toUbuntu },
  { name: 'registries', hash: browse, theme: 'light' },
  { name: 'image', hash: `${browse}&tag=tools&view=layers`, theme: 'dark' },
  { name: 'compose', hash: compose, theme: 'light', act: composeTools },
]

async function toUbuntu(page: Page): Promise<void> {
  await page.getByRole('combobox', { name: 'Where' }).fill('oci://ghcr.io/demo/cache')
  await page.getByRole('combobox', { name: 'Base image' }).fill('ubuntu:24.04')
  await page.getByRole('heading', { level: 1 }).click()
  await page
    .getByRole('option', { name: /ubuntu.*layer|layer.*ubuntu/ })
    .first()
    .waitFor()
  await page.waitForTimeout(900)
}

interface Place {
  readonly url: string
  readonly size: { readonly width: number; readonly height: number }
  readonly theme: Theme
  readonly file: string
}

async function take(browser: Browser, shot: Shot, { url, size, theme, file }: Place): Promise<void> {
  const page = await browser.newPage({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' })
  page.setDefaultTimeout(6_000)
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') console.log(`${file}: ${message.text()}`)
  })
  page.on('pageerror', (error) => console.log(`${file}: ${error.message}`))
  try {
    // A running app's address carries a one-time token: it is opened as it is, then its screens by hash.
    await page.goto(url)
    if (shot.hash !== undefined) await page.evaluate((hash) => location.assign(hash), shot.hash)
    await page.waitForTimeout(900)
    await shot.act?.(page)
    await page.waitForTimeout(250)
  } catch (error) {
    console.log(`${file}: ${String(error).split('\n')[0]}`)
  }
  await page.screenshot({ path: file })
  await page.close()
}

async function takeDocumentation(browser: Browser): Promise<void> {
  const pictures = join(import.meta.dirname, '../../docs/pictures')
  const size = { width: 1280, height: 800 }
  for (const shot of documentation) {
    if (options.only !== undefined && !options.only.split(',').some((name) => shot.name.startsWith(name))) continue
    const { name, theme } = shot
    await takeMadeUp(browser, shot, { size, theme, file: join(pictures, `${name}-${theme}.png`) })
  }
}

async function takeEvery(browser: Browser, into: string): Promise<void> {
  await mkdir(into, { recursive: true })
  const { url, only } = options
  for (const size of sizes) {
    for (const theme of themes) {
      for (const shot of url === undefined ? shots : runningShots) {
        if (only !== undefined && !only.split(',').some((name) => shot.name.startsWith(name))) continue
        const place = { size, theme, file: join(into, `${shot.name}-${size.width}-${theme}.png`) }
        if (url === undefined) await takeMadeUp(browser, shot, place)
        else await take(browser, shot, { ...place, url })
      }
    }
  }
}

/** Over an engine of its own, so that no picture depends on those before it. */
async function takeMadeUp(browser: Browser, shot: Shot, place: Omit<Place, 'url'>): Promise<void> {
  const { workspace = 'full', failing, keychain, stepTime, batchTime, planTime, spack } = shot
  const host = await startFakeHost(
    createFakeEngine({ workspace, failing, keychain, stepTime, batchTime, planTime, spack }),
  )
  await take(browser, shot, { ...place, url: host.url })
  await host.close()
}

const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
})
await (folder === undefined ? takeDocumentation(browser) : takeEvery(browser, folder))
await browser.close()
