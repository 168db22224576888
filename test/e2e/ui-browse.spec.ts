import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { routes, test } from '../support/fake-app.ts'
import { expectNoSlowFrame, type FrameCosts, meterFrames, nextFrame, scrollGrid } from '../support/frames.ts'
import { tabTo } from '../support/keyboard.ts'

async function openCache(page: Page, url: string): Promise<void> {
  await page.goto(url + routes.browse)
  await expect(page.getByText('51 tags', { exact: true })).toBeVisible()
}

test('a server is asked for its repositories when it is opened, and not before', async ({ page, host }) => {
  await page.goto(`${host.url}#/registries`)
  const servers = page.getByRole('complementary', { name: 'Servers and repositories' })
  await expect(servers.getByRole('link', { name: 'demo/cache' })).toBeVisible()
  await expect(servers.getByText('does not list')).toHaveCount(0)
  await servers.getByRole('button', { name: 'ghcr.io' }).click()
  await expect(servers.getByText('ghcr.io does not list its repositories')).toBeVisible()
  await servers.getByRole('button', { name: 'harbor.hpc.example.org' }).click()
  await servers.getByRole('link', { name: 'climate/empty' }).click()
  await expect(page.getByRole('heading', { name: 'This repository is empty' })).toBeVisible()
})

test('a typed repository opens, and is offered from then on', async ({ page, host }) => {
  await page.goto(`${host.url}#/registries`)
  await page.getByRole('main').getByRole('combobox', { name: 'Repository' }).last().fill('oci://quay.io/me/cache')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'quay.io/me/cache' })).toBeVisible()
  await expect(page.getByText('51 tags', { exact: true })).toBeVisible()
  await expect(page.getByRole('complementary').getByRole('link', { name: 'quay.io/me/cache' })).toBeVisible()
})

test('kinds, facets and the search narrow the tags down, each with its counts', async ({ page, host }) => {
  await openCache(page, host.url)
  await expect(page.getByText('2 tags are not in the index · 2 in the index are gone')).toBeVisible()
  await page.getByRole('button', { name: 'Packages 40' }).click()
  await expect(page.getByText('40 of 51 tags')).toBeVisible()
  const target = page.getByRole('button', { name: 'Target', exact: true }).first()
  await target.click()
  await page.getByRole('checkbox', { name: 'zen4' }).check()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Target: zen4' })).toBeFocused()
  await expect(page.getByText('2 of 51 tags')).toBeVisible()
  await page.getByLabel('Search tags').fill('openblas 0.3.27')
  await expect(page.getByRole('row')).toHaveCount(2)
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(page.getByText('51 tags', { exact: true })).toBeVisible()
})

test('a tag that comes under a pressed button is not chosen when the button comes up', async ({ page, host }) => {
  await openCache(page, host.url)
  await page.getByLabel('Search tags').fill('tools')
  await expect(page.getByText('34 of 51 tags')).toBeVisible()
  await page.getByLabel('Select boost 1.85.0').hover()
  await page.mouse.down()
  await page.getByLabel('Search tags').fill('tools-2026.10')
  await expect(page.getByText('1 of 51 tags')).toBeVisible()
  await page.mouse.up()
  await expect(page.getByLabel('Select tools-2026.10')).not.toBeChecked()
  await page.getByLabel('Select tools-2026.10').check()
  await expect(page.getByText('1 tag selected')).toBeVisible()
})

test('rows that can be seen are read, and all on demand', async ({ page, host }) => {
  await openCache(page, host.url)
  const boost = page.getByRole('row', { name: /boost/ })
  await expect(boost).toContainText('30.3 MiB')
  const bySize = page.getByRole('columnheader', { name: 'Size' }).getByRole('button')
  await bySize.click()
  await expect(page.getByRole('row').nth(1)).toContainText('builder-2022')
  await page.getByRole('button', { name: 'Read all details' }).click()
  await expect(page.getByRole('button', { name: 'Read again' })).toBeVisible()
  await expect(page.getByRole('row').nth(2)).toContainText('climate')
  await bySize.click()
  await expect(page.getByRole('row').nth(1)).not.toContainText('builder-2022')
})

test('10,000 tags scroll and filter without a slow frame', async ({ page, host }) => {
  await page.goto(`${host.url}${routes.harbor}everything`)
  await expect(page.getByText('10,000 tags', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeHidden()
  await page.waitForTimeout(500)
  const meter = await meterFrames(page)
  await expectNoSlowFrame('640 px of the tags', async () => {
    const frames: FrameCosts[] = []
    for (let frame = 0; frame < 120; frame += 1) frames.push(await meter.measure(() => scrollGrid(page, 640)))
    return frames
  })
  await page.getByLabel('Search tags').focus()
  await expectNoSlowFrame('a letter of the search', async () => {
    const frames: FrameCosts[] = []
    for (const key of [...'openblas 3.1', ...Array.from({ length: 12 }, () => 'Backspace')]) {
      frames.push(await meter.measure(() => page.keyboard.press(key).then(() => nextFrame(page))))
      // What is deferred comes in frames of its own.
      for (let frame = 0; frame < 3; frame += 1) frames.push(await meter.measure(() => nextFrame(page)))
    }
    return frames
  })
})

test('the tags are walked with the keyboard, and whoever comes back finds them as they were', async ({
  page,
  host,
}) => {
  await openCache(page, host.url)
  await page.getByLabel('Search tags').fill('python')
  await expect(page.getByText('1 of 51 tags')).toBeVisible()
  await tabTo(page, 'Tags')
  await page.keyboard.press('End')
  await page.keyboard.press('Space')
  await expect(page.getByLabel('Select python 3.11.7')).toBeChecked()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'python 3.11.7' })).toBeVisible()
  await page.goBack()
  await expect(page.getByLabel('Search tags')).toHaveValue('python')
  await expect(page.getByText('1 of 51 tags')).toBeVisible()
})

test.describe('while reading', () => {
  test.use({ engine: { workspace: 'full', batchTime: 150 } })

  test('says how far it is, shows what came, and is cancelled', async ({ page, host }) => {
    await page.goto(`${host.url}${routes.harbor}everything`)
    await expect(page.getByText(/Reading 10,000 tags, [\d,]+ so far/)).toBeVisible()
    await expect(page.getByRole('row').nth(3)).toBeVisible()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByText(/Cancelled after [\d,]+ of 10,000 tags/)).toBeVisible()
    await page.getByRole('button', { name: 'Go on' }).click()
    await expect(page.getByText(/Reading 10,000 tags/)).toBeVisible()
  })
})

for (const [name, words] of [
  ['denied', 'does not let robot$ci list the tags (403)'],
  ['newer', 'The index cannot be used: The index has database version 12'],
  ['noindex', 'There is no index: Spack cannot list these 40 packages'],
] as const) {
  test(`says of a repository that is ${name} what is wrong`, async ({ page, host }) => {
    await page.goto(`${host.url}${routes.harbor}${name}`)
    await expect(page.getByText(words)).toBeVisible()
  })
}

test('a registry that cannot be reached is asked again', async ({ page, host }) => {
  await page.goto(`${host.url}#/registries?repository=oci%3A%2F%2Funreachable.example%2Fa%2Fb`)
  await expect(page.getByRole('alert')).toContainText('connection refused')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('alert')).toContainText('connection refused')
})

test('an image shows its stack, its layers and who shares them', async ({ page, host }) => {
  await page.goto(`${host.url}${routes.browse}&tag=climate`)
  await expect(page.getByText('docker run --rm -it ghcr.io/demo/cache:climate')).toBeVisible()
  await page.getByRole('option', { name: /hdf5 1.14.3/ }).click()
  await expect(page.getByRole('tab', { name: 'Layers' })).toHaveAttribute('aria-selected', 'true')
  const detail = page.getByRole('region', { name: 'Layer hdf5 1.14.3' })
  await expect(detail.getByRole('link', { name: /netcdf-c/ })).toBeVisible()
  await page.getByRole('tab', { name: 'Config' }).click()
  await expect(page.getByText('OMPI_MCA_btl')).toBeVisible()
  await page.getByRole('tab', { name: 'Graph' }).click()
  await expect(page.locator('.react-flow__node')).toHaveCount(17)
  await page.getByRole('tab', { name: 'Overview' }).click()
  await page.getByRole('link', { name: 'application/spdx+json' }).click()
  await expect(page.getByRole('alert')).toContainText('there is no sha256')
})

test('the stack says which layers others use', async ({ page, host }) => {
  await page.goto(`${host.url}${routes.browse}&tag=climate`)
  await expect(page.getByRole('option', { name: /netcdf-c 4.9.2, .*shared with 2 tags/ })).toBeVisible()
})

test('a layer is a tree that the keyboard walks, with what a program needs', async ({ page, host }) => {
  await page.goto(`${host.url}${routes.browse}&tag=tools&view=files`)
  const tree = page.getByRole('tree')
  await expect(tree.getByRole('treeitem', { name: /^bin/ })).toBeVisible()
  await tree.focus()
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key)
  const preview = page.getByRole('region', { name: 'Preview' })
  await expect(preview).toContainText('glibc 2.36 or newer')
  await expect(preview).toContainText('7f 45 4c 46')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await expect(tree.getByRole('treeitem', { name: /^bin/ })).toHaveAttribute('aria-expanded', 'false')
  await page.getByLabel('Search files').fill('pkgconfig .pc')
  await tree.getByRole('treeitem', { name: /zstd.pc/ }).click()
  await expect(preview).toContainText('Version: 1.5.4')
  await page.getByRole('option', { name: /ncurses/ }).click()
  await expect(page.getByRole('combobox', { name: 'Layer' })).toHaveValue(/ncurses/)
})

test('what is no image is shown as what it is', async ({ page, host }) => {
  await openCache(page, host.url)
  await page.getByRole('row', { name: /Helm chart/ }).click()
  await expect(page.getByText('a Helm chart (application/vnd.cncf')).toBeVisible()
  await page.goBack()
  await page.getByRole('button', { name: 'Damaged' }).click()
  await page.getByRole('row', { name: /ncurses-6.2/ }).click()
  await expect(page.getByText('Its config is not JSON')).toBeVisible()
  await page.goto(`${host.url}${routes.browse}&tag=runtime`)
  await expect(page.getByRole('link', { name: 'linux/arm64' })).toBeVisible()
})

test('two tags are compared, layer by layer and package by package', async ({ page, host }) => {
  await page.goto(`${host.url}${routes.browse}&tag=tools`)
  await page.getByRole('button', { name: 'Compare…' }).click()
  await page.getByLabel('Tag to compare with').fill('tools-2026.10')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('tools and tools-2026.10')
  const stacks = page.getByRole('listbox', { name: 'Layers of both, top first' })
  await expect(stacks.getByRole('option', { name: /zstd 1.5.4.*only in the first/ })).toBeVisible()
  await expect(stacks.getByRole('option', { name: /hello 2.10.*only in the second/ })).toBeVisible()
  await expect(page.getByRole('row', { name: /nano removed/ })).toBeVisible()
  await stacks.getByRole('option').first().focus()
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowUp')
  await expect(stacks.getByRole('option').nth(-2)).toBeFocused()
  await page.getByRole('button', { name: 'Swap' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('tools-2026.10 and tools')
  await expect(stacks.getByRole('option', { name: /zstd 1.5.4.*only in the second/ })).toBeVisible()
})

test('packages that are selected are handed to Install', async ({ page, host }) => {
  await openCache(page, host.url)
  await page.getByLabel('Search tags').fill('vim')
  await page.getByLabel('Select vim').check()
  await page.getByRole('button', { name: 'Install 1 package…' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Install' })).toBeVisible()
  await expect(page.getByRole('combobox', { name: /^From/ })).toHaveValue('oci://ghcr.io/demo/cache')
})

test('Ctrl-K finds tags that were read and what can be done with the repository', async ({ page, host }) => {
  await openCache(page, host.url)
  await page.keyboard.press('Control+k')
  await page.keyboard.type('prune ghcr')
  await page.getByText('Prune ghcr.io/demo/cache…').click()
  await expect(page.getByRole('heading', { level: 1, name: /^Prune/ })).toBeVisible()
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.keyboard.press('Control+k')
  await page.getByLabel('Search', { exact: true }).last().fill('gromacs-2024')
  await page
    .getByText(/^gromacs-2024\.2-/)
    .first()
    .click()
  await expect(page.getByRole('heading', { level: 1, name: 'gromacs 2024.2' })).toBeVisible()
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })

    for (const [name, hash, ready] of [
      ['the start', '#/registries', 'Open a repository'],
      ['the tags', routes.browse, '51 tags'],
      ['an image', `${routes.browse}&tag=climate`, 'docker run'],
      ['its layers', `${routes.browse}&tag=climate&view=layers`, 'Also used by'],
      ['its files', `${routes.browse}&tag=tools&view=files`, 'Choose a file'],
      ['a comparison', `${routes.browse}&tag=tools&against=tools-2026.10`, 'only in the second'],
      ['a prune', `${routes.browse}&act=prune`, 'What is younger than'],
      ['a deletion', `${routes.browse}&act=delete&for=tools`, 'To confirm, type'],
    ] as const) {
      test(`axe finds nothing serious on ${name}`, async ({ page, host }) => {
        await page.goto(host.url + hash)
        await expect(page.getByText(ready).first()).toBeVisible()
        await page.waitForTimeout(300)
        expect(await seriousFindings(page)).toEqual([])
      })
    }
  })
}
