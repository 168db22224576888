import { defineConfig } from '@playwright/test'
import { chromiumPath } from './test/support/chromium.ts'

// CI has to have a browser; elsewhere the tests that need one are left out, in words.
const leaveOut = chromiumPath === undefined && !process.env.CI
if (leaveOut) console.log('The end-to-end tests are skipped: chromium is not installed (Debian: apt install chromium)')

export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '*.spec.ts',
  testIgnore: leaveOut ? '**' : [],
  globalSetup: leaveOut ? undefined : 'test/support/build-once.ts',
  // Each file starts its own app on a free port; two at a time leave a small machine room to breathe.
  workers: 2,
  timeout: 60_000,
  // A frame is measured by the clock while another file's app runs beside it on a shared machine: the report says `flaky`.
  retries: process.env.CI ? 2 : 0,
  expect: { timeout: 10_000 },
  // CI adds up what the runners report.
  reporter: process.env.CI ? [['list'], ['json', { outputFile: '.cache/reports/playwright.json' }]] : [['list']],
  outputDir: 'dist/test-results',
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: chromiumPath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
})
