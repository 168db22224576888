import { readFileSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { test } from '../support/real-app.ts'
import { createStubSpack, eventually, type StubSpack } from '../support/stub-spack.ts'

// The app as it ships, with a Spack that is played by a shell script.

const output = (page: Page) => page.getByRole('group', { name: 'What Spack printed' })
const recorded = join(import.meta.dirname, '../fixtures/spack-output/0.22-install.txt')

let spack: StubSpack
test.beforeEach(async () => {
  spack = await createStubSpack()
})
test.afterEach(() => spack.remove())

/** Opens the room for Spack of the stub's environment. */
async function open(page: Page, url: string, more = ''): Promise<void> {
  await page.goto(url)
  const params = new URLSearchParams({ env: spack.environment, spack: spack.root })
  await page.evaluate((hash) => location.assign(hash), `#/environments?${params}&view=spack&run=install${more}`)
}

async function run(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Run spack install' }).click()
}

test('prints live and in colours what the command prints that was shown', async ({ page, app }) => {
  await spack.plays(
    'printf "%s\\n" "$0 $*"; printf "\\033[1;32mgreen\\033[0m and plain\\n"; printf "Go on? "; until [ -e $MARKS/go ]; do sleep 0.05; done; echo yes',
  )
  await open(page, app.url, '&spec=zlib%401.3')
  const command = `${spack.root}/bin/spack -D ${spack.environment} install zlib@1.3`
  await expect(page.getByRole('region', { name: 'Plan' })).toContainText(command)
  expect(await spack.mark('ran')).toBeUndefined()
  await run(page)
  await expect(output(page)).toContainText(command)
  await expect(output(page).locator('span', { hasText: /^green$/ })).toHaveCSS('font-weight', '700')
  // The line has not ended yet.
  await expect(output(page)).toContainText('Go on?')
  await mkdir(join(spack.folder, 'go'))
  await expect(output(page)).toContainText('Go on? yes')
  await expect(page.getByText('done', { exact: true }).first()).toBeVisible()
})

test('ends everything that a hanging Spack has started', async ({ page, app }) => {
  const ignoring = "trap '' INT TERM; echo $BASHPID >> $MARKS/pids; while :; do sleep 0.1; done"
  // The script itself ends at SIGTERM, what it started at nothing less than SIGKILL.
  await spack.plays(
    `(${ignoring}) & set -m; (${ignoring}) & trap '' INT; echo $$ >> $MARKS/pids; echo started; wait; wait`,
  )
  await open(page, app.url)
  await run(page)
  await expect(output(page)).toContainText('started')
  const pids = await eventually(async () => {
    const found = (await spack.mark('pids'))?.trim().split('\n').map(Number)
    return found?.length === 3 ? found : undefined
  })
  await page.getByRole('button', { name: 'Stop Spack and its builds' }).click()
  await expect(page.getByText('gets some seconds to take its locks')).toBeVisible()
  await expect(page.getByText('It was stopped')).toBeVisible({ timeout: 40_000 })
  expect(pids.filter(isRunning)).toEqual([])
})

test('a Spack that fails names its error and the build log, is kept over a restart, and runs again', async ({
  page,
  app,
}) => {
  await spack.plays(`cat ${recorded}; exit 7`)
  await open(page, app.url)
  await run(page)
  await expect(page.getByText('Spack ended with exit status 7')).toBeVisible()
  const wrong = page.getByRole('region', { name: 'What went wrong' })
  await expect(wrong).toContainText('slow-0.1 could not be built')
  await expect(wrong).toContainText('spack-build-out.txt')
  await expect(page.getByText('2 of 4 packages')).toBeVisible()

  await app.restart()
  await page.goto(app.url)
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByText('Spack ended with exit status 7')).toBeVisible()
  await expect(output(page)).toContainText('==>')
  await spack.plays('echo all is well now')
  await page.getByRole('button', { name: 'Run again' }).click()
  await expect(output(page)).toContainText('all is well now')
  await expect(page.getByRole('complementary', { name: 'Jobs' }).getByRole('listitem')).toHaveCount(2)
})

test('garbage, megabytes without an end of line and a progress bar are shown as what they are', async ({
  page,
  app,
}) => {
  await spack.plays(
    [
      'head -c 300000 /dev/urandom',
      'echo',
      "head -c 10000000 /dev/zero | tr '\\0' x",
      'echo',
      'for i in $(seq 1 100); do printf "\\rfetching %s %%" $i; done',
      'echo',
      'echo the end',
    ].join('\n'),
  )
  await open(page, app.url)
  await run(page)
  await expect(output(page)).toContainText('the end', { timeout: 30_000 })
  await expect(output(page)).toContainText('fetching 100 %')
  await expect(output(page)).toContainText('more characters')
  await page.getByRole('textbox', { name: 'Search the output' }).fill('fetching')
  await expect(page.getByText('1 of 1 line')).toBeVisible()
  // Whatever the bytes were: none of them controls anything.
  expect(await output(page).textContent()).not.toMatch(/[^\P{Cc}\n\t]/u)
})

test('says how to get Spack where the folder has none', async ({ page, app }) => {
  await rm(join(spack.root, 'bin'), { recursive: true })
  expect(await readdir(spack.root)).toEqual(['lib'])
  await open(page, app.url)
  await expect(page.getByRole('region', { name: 'Plan' })).toContainText('has no bin/spack')
  await expect(page.getByRole('region', { name: 'Plan' })).toContainText('git clone')
})

/** Whether it runs: one that has ended and was not waited for yet, in a container without an init, does not. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat[stat.lastIndexOf(')') + 2] !== 'Z'
  } catch {
    return false
  }
}
