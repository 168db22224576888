import { readFile } from 'node:fs/promises'
import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { routes, test } from '../support/fake-app.ts'
import { expectNoSlowFrame, type FrameCosts, meterFrames } from '../support/frames.ts'

const room = `${routes.tools}&view=spack`
const folder = '/home/demo/spack/var/spack/environments/tools'
const spack = `/home/demo/spack/bin/spack -D ${folder}`
const ncurses = 'javfv4npq27ua4kua36pyc62su5kbq3s'

test.use({ engine: { workspace: 'full', speed: 6 } })

const plan = (page: Page) => page.getByRole('region', { name: 'Plan' })
const output = (page: Page) => page.getByRole('group', { name: 'What Spack printed' })
const search = (page: Page) => page.getByRole('textbox', { name: 'Search the output' })
const run = (page: Page, action: string) => page.getByRole('button', { name: `Run spack ${action}` }).click()

test('concretizes with the options that are said, and installs next', async ({ page, host }) => {
  await page.goto(`${host.url}${room}&run=concretize`)
  await expect(plan(page)).toContainText(`${spack} concretize`)
  await expect(plan(page)).toContainText('What is concretized already stays as it is')
  await page.getByText('Fresh').click()
  await page.getByLabel('Concretize anew').check()
  await page.getByLabel('Jobs').fill('4')
  await expect(plan(page)).toContainText(`${spack} concretize --force --fresh -j 4`)
  await expect(plan(page)).toContainText('SPACK_COLOR=always')
  await expect(plan(page)).toContainText('0.22.5')
  await run(page, 'concretize')
  await expect(output(page)).toContainText('Updating view at')
  await expect(page.getByText('done', { exact: true }).first()).toBeVisible()
  await page.getByRole('main').getByRole('button', { name: 'Install…' }).last().click()
  await expect(plan(page)).toContainText(`${spack} install --fresh -j 4`)
})

test('installs, package by package, and pushes next', async ({ page, host }) => {
  await page.goto(`${host.url}${room}&run=install`)
  await page.getByLabel('From build caches only').check()
  await expect(plan(page)).toContainText(`${spack} install --cache-only`)
  await page.getByLabel('From build caches only').uncheck()
  await run(page, 'install')
  const packages = page.getByRole('table', { name: 'Packages' })
  await expect(packages).toContainText('cowsay@3.03')
  await expect(page.getByRole('button', { name: 'Pause' })).toHaveCount(0)
  await expect(page.getByText('15 of 15 packages')).toBeVisible()
  await expect(output(page).locator('span', { hasText: /^==>$/ }).first()).toHaveCSS('font-weight', '700')
  await page.getByRole('main').getByRole('button', { name: 'Push…' }).last().click()
  await expect(page.getByRole('heading', { name: 'Push tools' })).toBeVisible()
})

test('adds packages as roots, with the specs as they were typed', async ({ page, host }) => {
  await page.goto(`${host.url}${room}&run=install`)
  await expect(page.getByLabel('Make them roots')).toBeDisabled()
  await page.getByRole('combobox', { name: 'Packages' }).fill('hdf5@1.12,1.14 +mpi')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.getByLabel('Make them roots').check()
  await expect(plan(page)).toContainText(`${spack} install --add 'hdf5@1.12,1.14 +mpi'`)
  await page.getByRole('combobox', { name: 'Packages' }).fill('--all')
  await page.keyboard.press('Enter')
  await expect(plan(page).getByRole('alert')).toContainText('"--all" is not a spec')
  await expect(page.getByRole('button', { name: /Run spack/ })).toHaveCount(0)
})

test('uninstalls the packages selected in the table, and says what needs them', async ({ page, host }) => {
  await page.goto(host.url + routes.tools)
  await page.getByLabel('Select ncurses', { exact: true }).check()
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Uninstall 1 package…' }).click()
  await expect(page.getByText('Say which packages')).toBeHidden()
  await expect(plan(page)).toContainText(`${spack} uninstall -y /${ncurses}`)
  await expect(plan(page)).toContainText('Spack refuses without --dependents')
  await expect(page.getByText('ncurses@6.4', { exact: true })).toBeVisible()
  await page.getByLabel('With dependents').check()
  await page.getByLabel('Remove from the environment').check()
  await expect(plan(page)).toContainText(`uninstall -y --dependents --remove /${ncurses}`)
  await run(page, 'uninstall')
  await expect(output(page)).toContainText('Successfully uninstalled ncurses@6.4')
})

test('finds, and has nothing to do next', async ({ page, host }) => {
  await page.goto(`${host.url}${room}`)
  await page.getByText('Find', { exact: true }).click()
  await run(page, 'find')
  await expect(output(page)).toContainText('15 installed packages')
  await expect(page.getByRole('button', { name: 'Run again' })).toBeVisible()
  await page.getByRole('button', { name: 'Change…' }).click()
  await expect(plan(page)).toContainText(`${spack} find`)
})

test('says why it failed, and runs again', async ({ page, host }) => {
  await page.goto(`${host.url}${room}&run=install&spec=broken`)
  await run(page, 'install')
  await expect(page.getByText('Spack ended with exit status 1')).toBeVisible()
  const wrong = page.getByRole('region', { name: 'What went wrong' })
  await expect(wrong).toContainText('less@590 could not be built')
  await expect(wrong).toContainText('spack-build-out.txt')
  expect(await seriousFindings(page)).toEqual([])
  const first = page.url()
  await page.getByRole('button', { name: 'Run again' }).click()
  await expect(page).not.toHaveURL(first)
  await expect(page.getByRole('button', { name: 'Stop Spack and its builds' })).toBeVisible()
  await expect(page.getByText('Spack ended with exit status 1')).toBeVisible()
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('complementary', { name: 'Jobs' }).getByRole('listitem')).toHaveCount(2)
  await expect(output(page)).toContainText('See build log for details:')
  await expect(page.getByRole('button', { name: 'Run again' })).toBeVisible()
})

test('shows an unfinished line, also after a reload, and says while it is being stopped', async ({ page, host }) => {
  await page.goto(`${host.url}${room}&run=install&spec=ask`)
  await run(page, 'install')
  await expect(output(page)).toContainText('Do you want to proceed? [y/N]')
  await expect(page.getByText('looks like a question')).toBeVisible()
  await page.reload()
  await expect(output(page)).toContainText('Do you want to proceed? [y/N]')
  await page.getByRole('button', { name: 'Stop Spack and its builds' }).click()
  await expect(page.getByText('gets some seconds to take its locks')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Stopping' })).toBeDisabled()
  await expect(page.getByText('It was stopped')).toBeVisible()
})

test.describe('without a Spack', () => {
  test.use({ engine: { workspace: 'full', spack: 'missing' } })
  test('says how to get Spack where there is none', async ({ page, host }) => {
    await page.goto(`${host.url}${room}`)
    await expect(plan(page)).toContainText('git clone --depth=2 https://github.com/spack/spack.git ~/spack')
    await expect(plan(page).getByRole('button', { name: 'Copy command' })).toBeVisible()
    await expect(plan(page).getByRole('button', { name: 'Look again' })).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
  })
})

test.describe('a flood', () => {
  test('of 200,000 lines is followed, searched, saved, and scrolls without a slow frame', async ({ page, host }) => {
    await page.goto(`${host.url}${room}&run=install&spec=flood`)
    await run(page, 'install')
    await expect(page.getByText('200,000 lines')).toBeVisible()
    await expect(output(page)).toContainText('part199999.c')

    await page.keyboard.press('Control+f')
    await expect(search(page)).toBeFocused()
    await page.keyboard.type('UNUSED variable')
    await expect(page.getByText('of 4,000 lines')).toBeVisible()
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await expect(page.locator('[data-current]')).toContainText('unused variable')
    await search(page).fill('part123457.c')
    await expect(page.getByText('1 of 1 line')).toBeVisible()
    await expect(output(page)).toContainText('part123456.c')
    await page.keyboard.press('Escape')
    await expect(output(page)).toBeFocused()

    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save text' }).click()
    const text = await readFile(await (await download).path(), 'utf8')
    expect(text.split('\n')).toHaveLength(200_001)
    expect(text).not.toContain('\u001b')

    await page.getByRole('button', { name: 'Go to the end' }).click()
    await expect(output(page)).toContainText('part199999.c')
    await page.keyboard.press('Home')
    await expect(output(page)).toContainText('part1.c')
    const meter = await meterFrames(page)
    let seen = 1
    await expectNoSlowFrame('30 new lines of output', async () => {
      const frames: FrameCosts[] = []
      for (let frame = 0; frame < 120; frame += 1) frames.push(await meter.measure(() => scrollOutput(page, 540)))
      seen += 120 * 30
      await expect(output(page)).toContainText(`part${seen}.c`)
      return frames
    })
  })

  test('does not carry away who has scrolled up', async ({ page, host }) => {
    await page.goto(`${host.url}${room}&run=install&spec=flood`)
    const meter = await meterFrames(page)
    await run(page, 'install')
    await expect(output(page)).toContainText(/part\d{5}/)
    await output(page).evaluate((box) => {
      box.scrollTop = 0
    })
    await expect(page.getByRole('button', { name: 'Go to the end' })).toBeVisible()
    const costs = await meter.measure(() => expect(page.getByText('200,000 lines')).toBeVisible())
    console.log(`main thread, ms for the rest of a flood: ${costs.task.toFixed(0)}`)
    await expect(output(page)).toContainText('part0.c')
  })
})

test.describe('in both themes', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(colorScheme, () => {
      test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })
      test('the room has no serious finding of axe', async ({ page, host }) => {
        await page.goto(`${host.url}${room}&run=uninstall&spec=ncurses`)
        await expect(plan(page)).toContainText('Spack refuses')
        expect(await seriousFindings(page)).toEqual([])
        await page.goto(`${host.url}${room}&run=concretize`)
        await run(page, 'concretize')
        await expect(output(page)).toContainText('Updating view')
        await search(page).fill('autotools')
        await expect(page.getByText(/of \d+ lines/)).toBeVisible()
        expect(await seriousFindings(page)).toEqual([])
      })
    })
  }
})

/** Scrolls the output on, and resolves when that frame has been rendered. */
function scrollOutput(page: Page, pixels: number): Promise<void> {
  return output(page).evaluate(
    (scroller, by) =>
      new Promise<void>((resolve) => {
        scroller.scrollTop += by
        requestAnimationFrame(() => setTimeout(resolve))
      }),
    pixels,
  )
}
