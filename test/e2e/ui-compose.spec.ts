import { expect, type Locator, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { routes, test } from '../support/fake-app.ts'
import { meterFrames } from '../support/frames.ts'
import { tabTo } from '../support/keyboard.ts'

const stack = (page: Page) => page.getByRole('region', { name: 'Stack' })
const bands = (page: Page) => stack(page).getByRole('option')
const packages = (page: Page) => page.getByRole('treegrid', { name: 'Packages' })
const result = (page: Page) => page.getByRole('region', { name: 'Result' })

async function open(page: Page, url: string, more = ''): Promise<void> {
  await page.goto(url + routes.compose + more)
  await expect(page.getByText('40 packages, 37 names')).toBeVisible()
}

async function add(page: Page, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await page.getByLabel('Search packages').fill(name)
    await page.getByRole('row', { name: new RegExp(`^${name} `) }).click()
    await expect(page.getByRole('option', { name: new RegExp(` ${name} `) })).toBeVisible() // biome-ignore format: one thought
  }
  await page.getByLabel('Search packages').fill('')
}

/** Names of the layers, the topmost first. */
async function names(page: Page): Promise<readonly string[]> {
  const labels = await bands(page).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''))
  return labels.map((label) => /^layers? [^,]*, ([^ ,]+)/.exec(label)?.[1] ?? label)
}

/** The place in the middle of this, a little above or below it. */
async function beside(what: Locator, dy: number): Promise<{ x: number; y: number }> {
  const box = await what.boundingBox()
  if (!box) throw new Error('not in view')
  return { x: box.width / 2, y: box.height / 2 + dy }
}

test('packages are dragged in, ordered and taken out by mouse, with what they need', async ({ page, host }) => {
  await open(page, host.url)
  await page.getByLabel('Search packages').fill('lua')
  await page.getByRole('row', { name: /^lua / }).dragTo(stack(page))
  await expect(stack(page).getByText('lua 5.4.4 added, 2 packages came along')).toBeVisible()
  expect(await names(page)).toEqual(['lua', 'readline', 'ncurses'])
  await page.getByLabel('Search packages').fill('vim')
  await page.getByRole('row', { name: /^vim / }).dragTo(page.getByRole('option', { name: / lua / }), {
    targetPosition: { x: 60, y: 2 },
  })
  await expect(stack(page).getByText('vim 9.0.1378 added', { exact: true })).toBeVisible()
  expect(await names(page)).toEqual(['vim', 'lua', 'readline', 'ncurses'])
  const lua = page.getByRole('option', { name: / lua / })
  await lua.dragTo(page.getByRole('option', { name: / vim / }), {
    targetPosition: await beside(page.getByRole('option', { name: / vim / }), -8),
  })
  await expect(stack(page).getByText('Order changed, lua lies on top')).toBeVisible()
  expect((await names(page))[0]).toBe('lua')
  await page.getByRole('button', { name: 'debian:12' }).dragTo(stack(page))
  await expect(page.getByRole('option', { name: /debian:12/ })).toBeVisible()
  await expect(page.getByRole('button', { name: 'debian:12' })).toHaveAttribute('aria-pressed', 'true')
  await expect(stack(page).getByText('Debian 12 · glibc 2.36')).toBeVisible()
})

test('a row that comes under a pressed button is not dragged away', async ({ page, host }) => {
  await open(page, host.url)
  const row = (name: string) => page.getByRole('row', { name: new RegExp(`^${name} `) })
  const dragAway = async (): Promise<void> => {
    await stack(page).hover({ position: { x: 200, y: 200 } })
    await stack(page).hover({ position: { x: 200, y: 220 } })
    await page.mouse.up()
  }
  await page.getByLabel('Search packages').fill('lua')
  await row('lua').hover()
  await page.mouse.down()
  await page.getByLabel('Search packages').fill('vim')
  await expect(row('vim')).toBeVisible()
  await dragAway()
  expect(await names(page)).toEqual([])
  await row('vim').dragTo(stack(page))
  await expect.poll(() => names(page)).toEqual(['vim', 'ncurses'])
})

test('everything is done with the keyboard alone', async ({ page, host }) => {
  await open(page, host.url)
  await tabTo(page, 'Search packages')
  await page.keyboard.type('vim')
  await expect(page.getByRole('row', { name: /^vim / })).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'vim 9.0.1378 added, 1 package came along' })).toBeVisible()
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('less')
  await expect(page.getByRole('row', { name: /^less / })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'less 590 added' })).toBeVisible()
  expect(await names(page)).toEqual(['less', 'vim', 'ncurses'])
  await tabTo(page, 'ubuntu:24.04')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('option', { name: /ubuntu:24\.04/ })).toBeVisible()
  await tabTo(page, /^layer 4 of 4, less/)
  await page.keyboard.press('Alt+ArrowDown')
  await expect(page.getByRole('option', { name: /layer 4 of 4, vim/ })).toBeVisible()
  await expect(page.getByRole('option', { name: /layer 3 of 4, less/ })).toBeFocused()
  await page.keyboard.press('Delete')
  await expect(page.getByRole('status').filter({ hasText: 'less 590 removed' })).toBeVisible()
  expect(await names(page)).toEqual(['vim', 'ncurses', 'ubuntu:24.04'])
  await page.keyboard.press('Control+z')
  await expect(page.getByRole('option', { name: / less / })).toBeVisible()
  await page.keyboard.press('Control+Shift+Z')
  await expect(page.getByRole('option', { name: / less / })).toHaveCount(0)
})

test('builds of one name fold; what is chosen and what came along is marked', async ({ page, host }) => {
  await open(page, host.url)
  await page.getByLabel('Search packages').fill('hdf5')
  const name = page.getByRole('row', { name: /^hdf5 2 builds/ })
  await expect(name).toHaveAttribute('aria-expanded', 'false')
  await packages(page).focus()
  await page.keyboard.press('ArrowRight')
  await expect(name).toHaveAttribute('aria-expanded', 'true')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row', { name: /1\.14\.3.*root/ })).toBeVisible()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowLeft')
  await expect(name).toHaveAttribute('aria-expanded', 'false')
  await expect(name).toContainText('root')
  await page.getByLabel('Search packages').fill('openmpi')
  await expect(page.getByRole('row', { name: /^openmpi .*along/ })).toBeVisible()
})

test('undo and redo by button; a composition outlives a reload and another screen', async ({ page, host }) => {
  await open(page, host.url)
  await add(page, 'vim', 'lua')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('option', { name: / lua / })).toHaveCount(0)
  await page.getByRole('button', { name: 'Redo' }).click()
  await expect(page.getByRole('option', { name: / lua / })).toBeVisible()
  await page.getByRole('link', { name: 'Activity' }).click()
  await page.goBack()
  await expect.poll(() => names(page)).toEqual(['lua', 'readline', 'vim', 'ncurses'])
  await page.reload()
  await expect(page.getByRole('option', { name: / lua / })).toBeVisible()
})

test('a conflict is settled by choosing a value, or by typing one', async ({ page, host }) => {
  await open(page, host.url)
  await add(page, 'nano', 'vim')
  await expect(result(page).getByText('EDITOR is said to be')).toBeVisible()
  await result(page)
    .getByRole('tab', { name: /Environment/ })
    .click()
  await page.getByRole('radio', { name: /^nano/ }).click()
  await expect(page.getByText('settled by you')).toBeVisible()
  await expect(page.getByRole('radio', { name: /^nano/ })).toBeChecked()
  await expect(
    result(page)
      .getByRole('definition')
      .filter({ hasText: /^nano$/ }),
  ).toBeVisible()
  await page.getByLabel('Another value of EDITOR').fill('ed')
  await page.keyboard.press('Enter')
  await expect(result(page).getByRole('definition').filter({ hasText: /^ed$/ })).toBeVisible()
  await page.getByRole('button', { name: 'Undo the choice' }).click()
  await expect(page.getByText('the topmost wins unless you choose')).toBeVisible()
})

test('a base that is too old is found unfit before anything is published, and a newer one fits', async ({
  page,
  host,
}) => {
  await open(page, host.url)
  await add(page, 'curl')
  const base = page.getByRole('combobox', { name: 'Base image' })
  await base.fill('debian:12')
  await base.press('Enter')
  await expect(result(page).getByText('need GLIBC_2.38; debian:12 has glibc 2.36')).toBeVisible({ timeout: 20_000 })
  await expect(page.getByRole('button', { name: 'Publish…' })).toBeDisabled()
  await page.getByRole('button', { name: 'ubuntu:24.04' }).click()
  await expect(result(page).getByText('Nothing stands in the way: it will run.')).toBeVisible({ timeout: 20_000 })
  await base.fill('unreachable.example/base')
  await base.press('Enter')
  await expect(result(page).getByRole('alert')).toContainText('connection refused')
  await expect(page.getByText('It cannot be composed so')).toBeVisible()
})

test.describe('with layers that take long to read', () => {
  test.use({ engine: { workspace: 'full', speed: 4, checkTime: 500 } })

  test('looking into the layers is told, can be stopped, and goes on', async ({ page, host }) => {
    await open(page, host.url)
    await add(page, 'petsc')
    await expect(result(page).getByText(/^Looking into \d+ layers/)).toBeVisible()
    await result(page).getByRole('button', { name: 'Stop' }).click()
    await result(page)
      .getByRole('button', { name: /^Look into \d+ layers?/ })
      .click()
    await expect(result(page).getByText(/^All \d+ layers looked into/)).toBeVisible({ timeout: 20_000 })
  })
})

test('publishing says that no layer is sent, and ends with the commands to use it', async ({ page, host }) => {
  await open(page, host.url)
  await add(page, 'less', 'vim')
  await page.getByRole('button', { name: 'debian:12' }).click()
  await page.getByRole('button', { name: 'Publish…' }).click()
  await expect(page.getByText('Type a tag first')).toBeVisible()
  await page.getByLabel('Tag', { exact: true }).fill('editors')
  await page.getByLabel('A bill of materials').check()
  await expect(page.getByText('0 B of layers to send')).toBeVisible()
  await page.getByRole('button', { name: 'Publish editors' }).click()
  await expect(page.getByRole('heading', { name: 'Use it' })).toBeVisible({ timeout: 20_000 })
  for (const command of ['docker run --rm -it', 'podman run --rm -it', 'apptainer shell']) {
    await expect(page.getByText(new RegExp(`${command}.*ghcr.io/demo/cache:editors`))).toBeVisible()
  }
  await expect(page.getByRole('button', { name: 'Copy docker command' })).toBeVisible()
  await page.getByRole('button', { name: 'Back to composing' }).click()
  await expect(page.getByRole('option', { name: / vim / })).toBeVisible()
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Compose editors' })).toBeVisible()
  await page.goto(host.url + routes.browse)
  await expect(page.getByRole('row', { name: /editors/ })).toBeVisible()
})

test('an archive for docker is written to this machine', async ({ page, host }) => {
  await open(page, host.url)
  await add(page, 'vim')
  await page.getByRole('button', { name: 'Publish…' }).click()
  await page.getByLabel('Tag', { exact: true }).fill('editor')
  await page.getByText('This machine').click()
  await expect(page.getByText('Type an absolute path first')).toBeVisible()
  await page.getByLabel('File').fill('/home/me/editor.tar')
  await page.getByRole('button', { name: 'Export editor' }).click()
  await expect(page.getByText('docker load --input /home/me/editor.tar')).toBeVisible({ timeout: 20_000 })
})

test('an image is taken apart from its page, and what it had that is no package is said', async ({ page, host }) => {
  await page.goto(`${host.url}${routes.browse}&tag=climate-next`)
  await page.getByRole('button', { name: 'Compose from it…' }).click()
  await expect(page.getByText('1 layer above its base is no package of this cache')).toBeVisible()
  await expect(page.getByRole('option', { name: / netcdf-c / })).toBeVisible()
  await expect(page.getByRole('option', { name: /ubuntu:24\.04/ })).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('Drag packages here, or press Enter on one')).toBeVisible()
})

test('packages are composed from the table of tags', async ({ page, host }) => {
  await page.goto(host.url + routes.browse)
  await page.getByLabel('Search tags').fill('vim')
  await page.getByLabel('Select vim 9.0.1378', { exact: true }).check()
  await page.getByRole('button', { name: 'Compose…' }).last().click()
  await expect(page.getByRole('option', { name: / vim / })).toBeVisible()
})

test('a strata.yaml is written, read back, and a typo in it found', async ({ page, host }) => {
  await open(page, host.url)
  await add(page, 'less', 'vim')
  await page.getByRole('button', { name: 'debian:12' }).click()
  await result(page).getByRole('tab', { name: 'Settings' }).click()
  await page.getByLabel('Entry point').fill('vim -c "set number"')
  await result(page).getByRole('tab', { name: 'File' }).click()
  const file = page.getByRole('textbox', { name: 'strata.yaml', exact: true })
  await expect(file).toHaveValue(/set number/)
  const text = await file.inputValue()
  for (let step = 0; step < 4; step += 1) await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('Drag packages here, or press Enter on one')).toBeVisible()
  await page.getByRole('button', { name: 'Open…' }).click()
  const typed = page.getByLabel('Text of strata.yaml')
  await typed.fill(text.replace('roots:', 'rots:'))
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('rots')
  await typed.fill(text)
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(page.getByRole('option', { name: / vim / })).toBeVisible()
  expect(await names(page)).toEqual(['vim', 'less', 'ncurses', 'debian:12'])
  await result(page).getByRole('tab', { name: 'File' }).click()
  await expect(file).toHaveValue(text)
})

test('empty screens say what to do', async ({ page, host }) => {
  await page.goto(`${host.url}#/compose`)
  await expect(page.getByRole('heading', { name: 'Compose an image from packages' })).toBeVisible()
  await page
    .getByRole('list', { name: 'Known caches' })
    .getByRole('link', { name: /ghcr\.io/ })
    .click()
  await expect(page.getByText('Drag packages here, or press Enter on one')).toBeVisible()
  await page.goto(`${host.url}${routes.composeHarbor}empty`)
  await expect(page.getByRole('heading', { name: 'This repository is empty' })).toBeVisible()
  await page.goto(`${host.url}${routes.composeHarbor}denied`)
  await expect(page.getByRole('alert')).toContainText('does not let robot$ci list the tags')
})

test('images are combined, and one exported, from the table of tags', async ({ page, host }) => {
  await page.goto(host.url + routes.browse)
  await page.getByRole('button', { name: 'Environments 5' }).click()
  await expect(page.getByText('5 of 51 tags')).toBeVisible()
  await page.getByLabel('Select climate', { exact: true }).check()
  await page.getByLabel('Select tools', { exact: true }).check()
  await page.getByRole('button', { name: 'Combine platforms…' }).click()
  await page.getByLabel('Tag of the index').fill('everywhere')
  await page.getByRole('button', { name: 'Publish everywhere' }).click()
  await expect(page.getByText('wrote everywhere')).toBeVisible({ timeout: 20_000 })
  await page.goto(`${host.url}${routes.browse}&act=export&for=tools`)
  await page.getByLabel('File').fill('/home/me/tools.tar')
  await expect(page.getByText('strata export ghcr.io/demo/cache:tools docker-archive:/home/me/tools.tar')).toBeVisible()
})

/** Undoes or redoes by key, and resolves when the stack of so many roots has been rendered. Asked in the page: locators cost it time. */
async function undoneOrRedone({ redo, roots }: { readonly redo: boolean; readonly roots: number }): Promise<void> {
  const key = { key: 'z', ctrlKey: true, shiftKey: redo, bubbles: true }
  document.body.dispatchEvent(new KeyboardEvent('keydown', key))
  const rendered = () => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  do await rendered()
  while (!document.querySelector(`[role=listbox][aria-label^="Layer stack of ${roots} roots"]`))
  // What is deferred comes in frames of its own.
  for (let frame = 0; frame < 3; frame += 1) await rendered()
}

/** Answers to a change come while one still sees what one did. */
const slowAnswer = 50

/** A busy machine only adds: the fastest of several is what it costs. */
const fastest = (all: readonly number[], kind: 'off' | 'on') =>
  Math.min(...all.filter((_, i) => (i % 2 === 0) === (kind === 'on')))

test.describe('without motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } })

  test('300 packages answer a change within 50 ms of the main thread', async ({ page, host }) => {
    await page.goto(`${host.url}${routes.composeHarbor}tall&tag=everything`)
    await expect(page.getByText('packages merged into one layer').first()).toBeVisible({ timeout: 20_000 })
    // So much is not read unasked.
    await expect(result(page).getByRole('button', { name: /^Look into 301 layers/ })).toBeVisible()
    const ofRoots = (count: number) =>
      stack(page).locator(`[role=listbox][aria-label^="Layer stack of ${count} roots"]`)
    await expect(ofRoots(143)).toBeVisible()
    await bands(page).and(page.locator('[draggable=true]')).first().focus()
    await page.keyboard.press('Delete')
    await expect(ofRoots(142)).toBeVisible()
    const meter = await meterFrames(page)
    const costs: number[] = []
    for (let round = 0; round < 16; round += 1) {
      // A root on and off again: the picture, the sums and the marks of the list are made anew.
      const off = round % 2 === 1
      const frame = await meter.measure(() => page.evaluate(undoneOrRedone, { redo: off, roots: off ? 142 : 143 }))
      costs.push(frame.task)
    }
    const words = `main thread, ms a change at 300 packages: ${costs.map((ms) => ms.toFixed(1)).join(', ')}`
    console.log(words)
    test.info().annotations.push({ type: 'frames', description: words })
    expect(Math.max(fastest(costs, 'on'), fastest(costs, 'off')), words).toBeLessThan(slowAnswer)
  })
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })

    test('axe finds nothing serious while composing and publishing', async ({ page, host }) => {
      await page.goto(`${host.url}#/compose`)
      await expect(page.getByRole('heading', { name: 'Compose an image' })).toBeVisible()
      expect(await seriousFindings(page)).toEqual([])
      await open(page, host.url)
      expect(await seriousFindings(page)).toEqual([])
      await add(page, 'nano', 'vim')
      await page.getByRole('button', { name: 'debian:12' }).click()
      for (const tab of ['Findings', 'Environment', 'Settings', 'File']) {
        await result(page).getByRole('tab', { name: tab }).click()
        await page.waitForTimeout(200)
        expect(await seriousFindings(page), tab).toEqual([])
      }
      await page.getByRole('option', { name: /ncurses/ }).hover()
      await expect(page.getByText('needs it (link)')).toBeVisible()
      expect(await seriousFindings(page)).toEqual([])
      await page.getByRole('button', { name: 'Open…' }).click()
      await page.waitForTimeout(300)
      expect(await seriousFindings(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Publish…' }).click()
      await page.getByLabel('Tag', { exact: true }).fill('editors')
      await expect(page.getByText('0 B of layers to send')).toBeVisible()
      expect(await seriousFindings(page)).toEqual([])
    })
  })
}
