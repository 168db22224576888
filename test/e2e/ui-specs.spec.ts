import { dirname, join } from 'node:path'
import { expect } from '@playwright/test'
import { lockEnvironment } from '../../main/spack/locks/environment-lock.ts'
import { seriousFindings } from '../support/axe.ts'
import { routes } from '../support/fake-app.ts'
import { tabTo } from '../support/keyboard.ts'
import {
  checks,
  editor,
  openSpecs,
  test,
  toLineEnd,
  tools,
  toolsText,
  writeButton,
  written,
} from '../support/specs-room.ts'

test.describe('roots', () => {
  test('a spec is added with the keyboard, shown before it is written, and concretizing is next', async ({
    page,
    host,
    disk,
  }) => {
    await openSpecs(page, host.url)
    await page.getByRole('tab', { name: 'Specs' }).focus()
    await page.keyboard.press('Tab')
    await expect(page.getByLabel('Add a spec')).toBeFocused()
    await page.keyboard.type('hdf5@1.14 +mpi')
    const difference = page.getByRole('region', { name: 'Difference of spack.yaml' })
    await expect(difference).toContainText('+  - hdf5@1.14 +mpi')
    await expect(page.getByText('spack -e tools add')).toBeVisible()
    expect(disk.read()).toBe(toolsText)
    await page.keyboard.press('Enter')
    await expect(writeButton(page)).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(written(page)).toBeVisible()
    expect(disk.read()).toBe(toolsText.replace('  - vim\n', '  - vim\n  - hdf5@1.14 +mpi\n'))
    await expect(page.getByLabel('Add a spec')).toBeFocused()
    await expect(page.getByRole('row', { name: /hdf5/ })).toBeVisible()
    await expect(editor(page)).toContainText('hdf5@1.14 +mpi')
    await page.getByRole('button', { name: 'Concretize…' }).click()
    await expect(page).toHaveURL(/view=spack&run=concretize/)
  })

  test('whoever goes on at once keeps the focus, however late the next frame comes', async ({ page, host, disk }) => {
    await openSpecs(page, host.url)
    await toLineEnd(page, 1)
    await page.keyboard.type(' Mine.')
    await page.keyboard.press('Control+s')
    await expect(writeButton(page)).toBeFocused()
    const frames = await page.evaluateHandle(() => {
      const held: FrameRequestCallback[] = []
      window.requestAnimationFrame = (frame) => held.push(frame)
      return held
    })
    await page.keyboard.press('Enter')
    await expect(written(page)).toBeVisible()
    await page.getByLabel('Add a spec').focus()
    await frames.evaluate((held) => {
      for (const frame of held) frame(performance.now())
    })
    await page.keyboard.type('zstd')
    await expect(page.getByLabel('Add a spec')).toHaveValue('zstd')
    expect(disk.read()).toBe(toolsText.replace('needs.', 'needs. Mine.'))
  })

  test('a spec is changed and another removed with the mouse; comments stay', async ({ page, host, disk }) => {
    await openSpecs(page, host.url)
    await page.getByRole('row', { name: /sqlite/ }).click()
    await page.getByLabel('Change sqlite +column_metadata').fill('sqlite@3.43')
    await writeButton(page).click()
    await expect(written(page)).toBeVisible()
    const changed = toolsText.replace('sqlite +column_metadata', 'sqlite@3.43')
    expect(disk.read()).toBe(changed)
    await page.getByRole('row', { name: /cowsay/ }).click()
    await page.getByRole('button', { name: 'Remove…' }).click()
    await writeButton(page).click()
    await expect(page.getByRole('row', { name: /cowsay/ })).toBeHidden()
    expect(disk.read()).toBe(changed.replace('  - cowsay\n', ''))
  })

  test('arrows and Delete remove a root, Escape leaves it', async ({ page, host, disk }) => {
    await openSpecs(page, host.url)
    await page.getByRole('grid', { name: 'Roots of the file' }).focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Delete')
    await expect(writeButton(page)).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(editor(page)).toBeVisible()
    expect(disk.read()).toBe(toolsText)
    await page.getByRole('grid', { name: 'Roots of the file' }).focus()
    await page.keyboard.press('Delete')
    await expect(writeButton(page)).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(written(page)).toBeVisible()
    expect(disk.read()).toBe(toolsText.replace('  - vim\n', ''))
  })

  test('what is a root already, or no spec, is refused in place and leads to its line', async ({
    page,
    host,
    disk,
  }) => {
    await openSpecs(page, host.url)
    await page.getByLabel('Add a spec').fill('vim')
    await expect(page.getByRole('alert')).toContainText('vim is a root already')
    await expect(page.getByRole('button', { name: 'Write', exact: true })).toBeDisabled()
    await page.getByRole('button', { name: 'Show line 6' }).click()
    await expect(editor(page)).toBeFocused()
    await expect(page.locator('.cm-activeLine')).toHaveText('  - vim')
    await page.getByLabel('Add a spec').fill('!?')
    await expect(page.getByRole('alert')).toContainText('is not a spec')
    expect(disk.read()).toBe(toolsText)
  })

  test('matrices and definitions are shown, and lead into the file', async ({ page, host }) => {
    await openSpecs(page, host.url, '#/environments?env=science&spack=%2Fhome%2Fdemo%2Fspack&view=specs')
    await page.getByRole('row', { name: /matrix/ }).click()
    await expect(page.getByText('A matrix unfolds to several specs')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Remove…' })).toBeHidden()
    await page.getByRole('button', { name: 'Edit line 7' }).click()
    await expect(page.locator('.cm-activeLine')).toHaveText('  - matrix:')
    await page.getByRole('grid', { name: 'Roots of the file' }).focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: 'Edit line 10' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(page.locator('.cm-activeLine')).toHaveText('  - $apps')
  })

  test('the view is set off and into a folder, and says where it is set', async ({ page, host, disk }) => {
    await openSpecs(page, host.url)
    await expect(page.getByRole('button', { name: 'line 7 of spack.yaml' })).toBeVisible()
    await page.getByText('Off', { exact: true }).click()
    await writeButton(page).click()
    await expect(written(page)).toContainText('view')
    expect(disk.read()).toBe(toolsText.replace('view: true', 'view: false'))
    await page.getByText('In a folder', { exact: true }).click()
    await page.getByLabel('Folder of the view').fill('/shared/views/tools')
    await page.keyboard.press('Enter')
    await expect(writeButton(page)).toBeFocused()
    await page.keyboard.press('Enter')
    await expect.poll(() => disk.read()).toBe(toolsText.replace('view: true', 'view: /shared/views/tools'))
  })
})

test.describe('an environment that somebody else changes', () => {
  const lock = join(dirname(tools), '.spack-env/transaction_lock')
  test.use({ files: { [tools]: toolsText, [lock]: '' } })

  test('is written when they are done, and until then it is said who they are', async ({
    page,
    host,
    disk,
    folder,
  }) => {
    const held = await lockEnvironment(dirname(tools), folder, {})
    await openSpecs(page, host.url)
    await page.getByLabel('Add a spec').fill('zstd')
    await writeButton(page).click()
    await expect(page.getByText('Waits for another job of Strata, which changes this environment.')).toBeVisible()
    expect(disk.read()).toBe(toolsText)
    held.release()
    await expect(written(page)).toBeVisible()
    expect(disk.read()).toContain('  - vim\n  - zstd\n')
  })
})

test.describe('a file with groups', () => {
  const text = `spack:
  specs:
  - group: compilers
    specs:
    - gcc@14
  - group: apps
    needs: [compilers]
    specs:
    - hdf5 +mpi
  - vim
  view: true
`
  test.use({ files: { [tools]: text } })

  test('shows each, leads into it, and leaves it as it is while another root changes', async ({ page, host, disk }) => {
    await openSpecs(page, host.url)
    await page.getByRole('row', { name: /apps/ }).click()
    await expect(page.getByText('A group holds specs of its own')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Remove…' })).toBeHidden()
    await page.getByRole('button', { name: 'Edit line 6' }).click()
    await expect(editor(page)).toBeFocused()
    await expect(page.locator('.cm-activeLine')).toHaveText('  - group: apps')
    await page.getByRole('grid', { name: 'Roots of the file' }).focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Delete')
    await expect(page.getByRole('button', { name: 'Edit line 3' })).toBeFocused()
    await expect(writeButton(page)).toBeHidden()
    await page.getByRole('row', { name: /vim/ }).click()
    await page.getByLabel('Change vim').fill('vim@9')
    await writeButton(page).click()
    await expect(written(page)).toBeVisible()
    expect(disk.read()).toBe(text.replace('- vim', '- vim@9'))
  })
})

test.describe('a file with anchors', () => {
  const text = 'spack:\n  specs: &roots\n  - vim\n  - nano\n  view: true\n'
  test.use({ files: { [tools]: text } })

  test('refuses a change that would show in other places, and leads to the anchor', async ({ page, host, disk }) => {
    await openSpecs(page, host.url)
    await page.getByLabel('Add a spec').fill('zstd')
    await expect(page.getByRole('alert')).toContainText('anchor &roots')
    await page.getByRole('button', { name: /^Show line/ }).click()
    await expect(editor(page)).toBeFocused()
    expect(disk.read()).toBe(text)
  })
})

test.describe('a new environment', () => {
  test('is named, shown, made and opened at its specs', async ({ page, host, disk }) => {
    await page.goto(host.url + routes.tools)
    await page.getByRole('button', { name: 'New environment…' }).click()
    const dialog = page.getByRole('dialog', { name: 'New environment' })
    await dialog.getByLabel('Name', { exact: true }).fill('tools')
    await expect(dialog.getByText('there is an environment tools already')).toBeVisible()
    await dialog.getByLabel('Name', { exact: true }).fill('not a name')
    await expect(dialog.getByText('is not a name for an environment')).toBeVisible()
    await expect(dialog.getByRole('button', { name: 'Write', exact: true })).toBeDisabled()
    await dialog.getByLabel('Name', { exact: true }).fill('climate')
    await dialog.getByRole('textbox', { name: 'Specs' }).fill('!?')
    await expect(dialog.getByText('is not a spec')).toBeVisible()
    await dialog.getByRole('textbox', { name: 'Specs' }).fill('hdf5@1.14 +mpi\nnetcdf-c')
    await dialog.getByText('Off', { exact: true }).click()
    await expect(dialog.getByRole('region', { name: 'Difference of spack.yaml' })).toContainText('+  view: false')
    expect(await seriousFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Create spack.yaml' }).click()
    await expect(page).toHaveURL(/env=climate&.*view=specs/)
    await expect(dialog).toBeHidden()
    await expect(page.getByRole('row', { name: /netcdf-c/ })).toBeVisible()
    await expect(page.getByRole('complementary', { name: 'Environments' })).toContainText('climate')
    expect(disk.read('/home/demo/spack/var/spack/environments/climate/spack.yaml')).toContain(
      '  - hdf5@1.14 +mpi\n  - netcdf-c\n  view: false\n',
    )
    await page.getByRole('tab', { name: 'Table' }).click()
    await expect(page.getByRole('heading', { name: 'No packages' })).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Concretize…' }).focus()
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/env=climate&.*view=spack&run=concretize/)
  })

  test('is made in a folder with the keyboard alone, and remembered', async ({ page, host, disk }) => {
    await page.goto(host.url + routes.tools)
    await page.getByRole('button', { name: 'New environment…' }).focus()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('dialog').getByLabel('Name', { exact: true })).toBeFocused()
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('ArrowRight')
    await tabTo(page, 'Folder')
    await page.keyboard.type('projects/new')
    await expect(page.getByText('Write the whole path')).toBeVisible()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('/home/demo/projects/new')
    await expect(page.getByRole('button', { name: 'Create spack.yaml' })).toBeEnabled()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: 'Create spack.yaml' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(page.getByText('No roots yet')).toBeVisible()
    await expect(page.getByRole('link', { name: /^new/ })).toBeVisible()
    expect(disk.read('/home/demo/projects/new/spack.yaml')).toContain('  specs: []\n  view: true\n')
  })
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })

    test('axe finds nothing serious in the room, its review and its broken file', async ({ page, host }) => {
      await openSpecs(page, host.url)
      await page.getByRole('row', { name: /sqlite/ }).click()
      expect(await seriousFindings(page)).toEqual([])
      await page.getByLabel('Add a spec').fill('zstd')
      await expect(writeButton(page)).toBeEnabled()
      expect(await seriousFindings(page)).toEqual([])
      await page.keyboard.press('Escape')
      await editor(page).focus()
      await page.keyboard.press('Control+f')
      await page.keyboard.type('vim')
      expect(await seriousFindings(page)).toEqual([])
      await page.goto(`${host.url}${routes.broken}&view=specs`)
      await expect(checks(page)).toContainText('veiw')
      expect(await seriousFindings(page)).toEqual([])
    })
  })
}
