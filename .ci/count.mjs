import { readFileSync } from 'node:fs'

/** Adds up vitest's and playwright's JSON reports and prints the closing line that CI reads. */
const [vitestFile, playwrightFile, status] = process.argv.slice(2)

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

const vitest = read(vitestFile)
const playwright = read(playwrightFile)
const counts = {
  passed: (vitest?.numPassedTests ?? 0) + (playwright?.stats.expected ?? 0) + (playwright?.stats.flaky ?? 0),
  failed: (vitest?.numFailedTests ?? 1) + (playwright?.stats.unexpected ?? 1),
  skipped: (vitest?.numPendingTests ?? 0) + (playwright?.stats.skipped ?? 0),
}
// A check that failed, or a test file that could not be loaded, has no test of its own to be counted.
if (status !== '0' && counts.failed === 0) counts.failed = 1
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1
