import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { chromiumPath } from '../support/chromium.ts'
import { startApp } from '../support/real-app.ts'
import { openStage } from '../support/tutorial/stage.ts'
import { type Look, type Step, steps } from '../support/tutorial/steps.ts'

/**
 * Plays the tutorial on binary caches in the window that `npm run build` left in dist, and takes the pictures of the README:
 *
 *   npx tsx test/e2e/tutorial-pictures.ts [FOLDER]       docs/pictures unless given
 *
 * So that they show paths as people have them, it makes these places, which must not be there yet, and takes them away again.
 */
const places = { home: '/home/ada', elsewhere: '/srv/spack', farAway: '/projects/climate-model/software' }
const port = 5000

const root = join(import.meta.dirname, '../..')
const folder = process.argv[2] ?? join(root, 'docs/pictures')
process.env.STRATA_TEST_DIST = join(root, 'dist')

await mkdir(folder, { recursive: true })
const stage = await openStage({ places, port, pace: 250 })
const app = await startApp(stage.env)
const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] })
try {
  const viewport = { width: 1280, height: 800 }
  const page = await browser.newPage({ viewport, colorScheme: 'light', reducedMotion: 'reduce' })
  const look: Look = async (name) => {
    // What is told in passing would lie over the page.
    for (const notice of await page.getByRole('button', { name: 'Dismiss' }).all()) await notice.click()
    await page.mouse.move(viewport.width / 2, 4)
    await page.evaluate(() => document.fonts.ready)
    await page.screenshot({ path: join(folder, `tutorial-${name}.png`) })
    console.log(`tutorial-${name}.png`)
  }
  await page.goto(app.url)
  for (const step of Object.values<Step>(steps)) await step(page, stage, look)
} finally {
  await browser.close()
  await app.end()
  await stage.close()
}
