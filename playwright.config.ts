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
  // Each file starts its own app. In CI one at a time: what a frame costs is measured, and another app would add to it.
  workers: process.env.CI ? 1 : 2,
  timeout: 60_000,
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
