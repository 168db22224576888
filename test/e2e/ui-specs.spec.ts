import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { lockEnvironment } from '../../main/spack/locks/environment-lock.ts'
import { seriousFindings } from '../support/axe.ts'
import { test as base, routes } from '../support/fake-app.ts'
import { type FrameCosts, frameSummary, meterFrames, nextFrame, slowFrame } from '../support/frames.ts'
import { tabTo } from '../support/keyboard.ts'

const tools = '/home/demo/spack/var/spack/environments/tools/spack.yaml'
const toolsText = `# Tools that everyone here needs.
spack:
  specs:
  - cowsay
  - sqlite +column_metadata   # asked for by the data group
  - vim
  view: true
`

interface Disk {
  readonly read: (file?: string) => string
  readonly write: (text: string, file?: string) => void
}

/** The fake machine with these files, and the disk they lie on. */
const test = base.extend<{ files: Readonly<Record<string, string>>; folder: string; disk: Disk }>({
  files: [{ [tools]: toolsText }, { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is wanted
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'strata-specs-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
  engine: async ({ files, folder }, use) => use({ workspace: 'full', spackFiles: { folder, files } }),
  disk: async ({ folder }, use) =>
    use({
      read: (file = tools) => readFileSync(join(folder, file), 'utf8'),
      write: (text, file = tools) => writeFileSync(join(folder, file), text),
    }),
})

const specs = `${routes.tools}&view=specs`
const editor = (page: Page) => page.getByRole('textbox', { name: 'Text of spack.yaml' })
const writeButton = (page: Page) => page.getByRole('button', { name: 'Write spack.yaml' })
const checks = (page: Page) => page.getByRole('region', { name: 'Checks' })
const written = (page: Page) => page.getByText(/^Written\./)

async function open(page: Page, url: string, hash: string = specs): Promise<void> {
  await page.goto(url + hash)
  await expect(editor(page)).toBeVisible()
}

/** At the end of the file's line, with the keyboard. */
async function toLineEnd(page: Page, line: number): Promise<void> {
  await editor(page).focus()
  await page.keyboard.press('Control+Home')
  for (let down = 1; down < line; down += 1) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('End')
}

test.describe('roots', () => {
  test('a spec is added with the keyboard, shown before it is written, and concretizing is next', async ({
    page,
    host,
    disk,
  }) => {
    await open(page, host.url)
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
    await open(page, host.url)
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
    await open(page, host.url)
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
    await open(page, host.url)
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
    await open(page, host.url)
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
    await open(page, host.url, '#/environments?env=science&spack=%2Fhome%2Fdemo%2Fspack&view=specs')
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
    await open(page, host.url)
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
    await open(page, host.url)
    await page.getByLabel('Add a spec').fill('zstd')
    await writeButton(page).click()
    await expect(page.getByText('Waits for another job of Strata, which changes this environment.')).toBeVisible()
    expect(disk.read()).toBe(toolsText)
    held.release()
    await expect(written(page)).toBeVisible()
    expect(disk.read()).toContain('  - vim\n  - zstd\n')
  })
})

test.describe('the file', () => {
  test('is edited, checked, compared and written with the keyboard alone; Tab writes spaces', async ({
    page,
    host,
    disk,
  }) => {
    await open(page, host.url)
    await toLineEnd(page, 7)
    await page.keyboard.press('Enter')
    await page.keyboard.type('concretizer:')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('unifi: true')
    await expect(checks(page)).toContainText('there is no')
    await expect(page.locator('.cm-lintRange-error')).toHaveCount(1)
    await page.keyboard.press('Control+s')
    await expect(page.getByRole('region', { name: 'Difference of spack.yaml' })).toContainText('unifi: true')
    await expect(writeButton(page)).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(editor(page)).toBeFocused()
    await page.keyboard.press('Control+z')
    await page.keyboard.type('unify: true')
    await page.keyboard.press('Control+s')
    await expect(writeButton(page)).toBeFocused()
    await page.keyboard.press('Control+s')
    await expect(written(page)).toBeVisible()
    expect(disk.read()).not.toContain('\t')
    expect(disk.read()).toMatch(/^ {2}concretizer:\n {2,}unify: true\n/m)
  })

  test('a check leads to its place by click and by keyboard', async ({ page, host, disk }) => {
    disk.write(`${toolsText}  veiw: true\n  mirrors:\n    a: 1\n`)
    await open(page, host.url)
    const finding = checks(page).getByRole('button', { name: /veiw/ })
    await finding.click()
    await expect(editor(page)).toBeFocused()
    await expect(page.locator('.cm-activeLine')).toHaveText('  veiw: true')
    await page.keyboard.press('Control+Home')
    await finding.focus()
    await page.keyboard.press('Enter')
    await expect(page.locator('.cm-activeLine')).toHaveText('  veiw: true')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    await expect(editor(page)).not.toBeFocused()
  })

  test('keys are completed with what this Spack takes', async ({ page, host }) => {
    await open(page, host.url)
    await toLineEnd(page, 7)
    await page.keyboard.press('Enter')
    await page.keyboard.type('concr')
    await expect(page.locator('.cm-tooltip-autocomplete')).toContainText('concretizer')
    await page.waitForTimeout(120)
    await page.keyboard.press('Enter')
    await expect(page.locator('.cm-activeLine')).toHaveText('  concretizer:')
  })

  test('unsaved text survives other rooms, is marked, holds back the list, and is discarded', async ({
    page,
    host,
    disk,
  }) => {
    await open(page, host.url)
    await toLineEnd(page, 1)
    await page.keyboard.type(' And more.')
    await expect(page.getByLabel('Add a spec')).toBeDisabled()
    await page.getByRole('tab', { name: 'Table' }).click()
    await expect(page.getByRole('tab', { name: /Specs/ }).getByLabel('not written yet')).toBeVisible()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('link', { name: 'Environments' }).first().click()
    await expect(page.getByRole('complementary', { name: 'Environments' }).getByLabel('not written yet')).toBeVisible()
    await page.getByRole('link', { name: /tools/ }).first().click()
    await page.getByRole('tab', { name: /Specs/ }).click()
    await expect(editor(page)).toContainText('needs. And more.')
    await editor(page).focus()
    await page.keyboard.press('Control+z')
    await expect(editor(page)).not.toContainText('And more.')
    await page.keyboard.press('Control+y')
    await page.getByRole('button', { name: 'Discard' }).click()
    await expect(editor(page)).not.toContainText('And more.')
    await expect(page.getByLabel('not written yet')).toHaveCount(0)
    expect(disk.read()).toBe(toolsText)
  })

  test('unsaved text outlives a reload, with what it was begun from', async ({ page, host, disk }) => {
    await open(page, host.url)
    await toLineEnd(page, 1)
    await page.keyboard.type(' Mine.')
    const theirs = toolsText.replace('  view: true', '  view: false')
    disk.write(theirs)
    await page.reload()
    await expect(editor(page)).toContainText('needs. Mine.')
    await expect(page.getByRole('tab', { name: /Specs/ }).getByLabel('not written yet')).toBeVisible()
    await expect(page.getByRole('alert')).toContainText('Somebody else has written this file since you began')
    await page.getByRole('button', { name: 'Review and write…' }).click()
    await writeButton(page).click()
    await expect(written(page)).toBeVisible()
    expect(disk.read()).toBe(theirs.replace('needs.', 'needs. Mine.'))
    await page.reload()
    await expect(editor(page)).toContainText('needs. Mine.')
    await expect(page.getByLabel('not written yet')).toHaveCount(0)
  })

  test('closing the window asks while something typed is not written', async ({ page, host }) => {
    await open(page, host.url)
    await toLineEnd(page, 1)
    await page.keyboard.type(' Mine.')
    const asked = page.waitForEvent('dialog')
    await page.close({ runBeforeUnload: true })
    expect((await asked).type()).toBe('beforeunload')
    await (await asked).dismiss()
    await page.getByRole('button', { name: 'Discard' }).click()
    const closed = page.waitForEvent('close')
    await page.close({ runBeforeUnload: true })
    await closed
  })

  test('a change of somebody else elsewhere in the file is kept beside what was typed', async ({
    page,
    host,
    disk,
  }) => {
    await open(page, host.url)
    await toLineEnd(page, 1)
    await page.keyboard.type(' Mine.')
    const theirs = toolsText.replace('  view: true', '  view: false')
    disk.write(theirs)
    await page.keyboard.press('Control+s')
    await expect(page.getByRole('region', { name: 'Difference of spack.yaml' })).toContainText(
      '+# Tools that everyone here needs. Mine.',
    )
    await writeButton(page).click()
    await expect(written(page)).toBeVisible()
    expect(disk.read()).toBe(theirs.replace('needs.', 'needs. Mine.'))
  })

  test('a change of somebody else in the same line is told, compared, and nothing is lost', async ({
    page,
    host,
    disk,
  }) => {
    await open(page, host.url)
    await toLineEnd(page, 1)
    await page.keyboard.type(' Mine.')
    disk.write(toolsText.replace('needs.', 'needs. Theirs.'))
    await page.keyboard.press('Control+s')
    await expect(page.getByRole('alert').first()).toContainText('changed by somebody else')
    await page.getByRole('button', { name: 'Compare with the new text' }).click()
    const difference = page.getByRole('region', { name: 'Difference of spack.yaml' })
    await expect(difference).toContainText('-# Tools that everyone here needs. Theirs.')
    await expect(difference).toContainText('+# Tools that everyone here needs. Mine.')
    await page.getByRole('button', { name: 'Back to the file' }).click()
    await expect(editor(page)).toContainText('needs. Mine.')
    expect(disk.read()).toContain('Theirs.')
  })
})

const shapes: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'CRLF', text: toolsText.replaceAll('\n', '\r\n') },
  { name: 'a byte order mark', text: `\ufeff${toolsText}` },
  { name: 'no final newline', text: toolsText.trimEnd() },
  { name: 'mixed line endings', text: toolsText.replace('cowsay\n', 'cowsay\r\n') },
  { name: 'a byte order mark and CRLF', text: `\ufeff${toolsText.replaceAll('\n', '\r\n')}` },
]

for (const { name, text } of shapes) {
  test.describe(`a file with ${name}`, () => {
    test.use({ files: { [tools]: text } })

    test('keeps every byte that was not changed, from the editor and from the list', async ({ page, host, disk }) => {
      await open(page, host.url)
      await toLineEnd(page, 1)
      await page.keyboard.type(' Mine.')
      await page.keyboard.press('Control+s')
      await expect(writeButton(page)).toBeFocused()
      await page.keyboard.press('Enter')
      await expect(written(page)).toBeVisible()
      const typed = text.replace('needs.', 'needs. Mine.')
      expect(disk.read()).toBe(typed)
      await page.getByLabel('Add a spec').fill('zstd')
      await writeButton(page).click()
      await expect(page.getByRole('row', { name: /zstd/ })).toBeVisible()
      const ending = text.includes('vim\r\n') ? '\r\n' : '\n'
      const end = name === 'mixed line endings' ? /vim\n {2}- zstd\r?\n/ : new RegExp(`vim${ending} {2}- zstd${ending}`)
      expect(disk.read()).toMatch(end)
      expect(disk.read().replace(/ {2}- zstd\r?\n/, '')).toBe(typed)
    })
  })
}

const broken: readonly {
  readonly name: string
  readonly text: string
  readonly line: number
  readonly says: RegExp
}[] = [
  { name: 'tabs', text: 'spack:\n\tspecs:\n\t- vim\n', line: 2, says: /tab/i },
  {
    name: 'a key twice',
    text: 'spack:\n  view: true\n  specs: [vim]\n  view: false\n',
    line: 4,
    says: /unique|twice|view/i,
  },
  { name: 'no end of a bracket', text: 'spack:\n  specs: [vim\n  view: true\n', line: 2, says: /./ },
]

for (const { name, text, line, says } of broken) {
  test.describe(`a file with ${name}`, () => {
    const file = '/home/demo/projects/climate-model-2026/spack.yaml'
    test.use({ files: { [file]: text } })

    test('is mended in the editor although the environment cannot be read', async ({ page, host, disk }) => {
      await open(page, host.url, `${routes.broken}&view=specs`)
      const finding = checks(page).getByRole('button').first()
      await expect(finding).toContainText(says)
      await expect(page.getByLabel('Add a spec')).toBeDisabled()
      await finding.click()
      await expect(editor(page)).toBeFocused()
      if (name === 'tabs') await expect(page.locator('.cm-activeLineGutter').first()).toContainText(String(line))
      await page.keyboard.press('Control+a')
      await page.keyboard.insertText('spack:\n  specs:\n  - vim\n')
      await expect(checks(page)).toContainText('No problems found')
      await page.keyboard.press('Control+s')
      await expect(writeButton(page)).toBeFocused()
      await page.keyboard.press('Enter')
      await expect(written(page)).toBeVisible()
      expect(disk.read(file)).toBe('spack:\n  specs:\n  - vim\n')
      await expect(page.getByRole('row', { name: /vim/ })).toBeVisible()
    })
  })
}

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
    await open(page, host.url)
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
    await open(page, host.url)
    await page.getByLabel('Add a spec').fill('zstd')
    await expect(page.getByRole('alert')).toContainText('anchor &roots')
    await page.getByRole('button', { name: /^Show line/ }).click()
    await expect(editor(page)).toBeFocused()
    expect(disk.read()).toBe(text)
  })
})

test.describe('two thousand roots', () => {
  const names = Array.from({ length: 2000 }, (_, i) => `  - package-${i}@1.${i % 40} +shared`)
  test.use({ files: { [tools]: `spack:\n  specs:\n${names.join('\n')}\n  view: true\n` } })

  test('typing has no slow frame, and an edit shows its difference at once', async ({ page, host }) => {
    await open(page, host.url)
    await expect(page.getByText('2,000 roots')).toBeVisible()
    const meter = await meterFrames(page)
    await page.getByLabel('Filter roots').fill('package-1000@')
    await page.getByRole('row', { name: /package-1000@/ }).click()
    await page.getByRole('button', { name: 'Show line 1003' }).click()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    const frames: FrameCosts[] = []
    for (const letter of 'hdf5@1.14 +mpi +fortran api=v110 ^openmpi@4') {
      frames.push(
        await meter.measure(async () => {
          await page.keyboard.type(letter)
          await nextFrame(page)
        }),
      )
    }
    const words = `typing in a file of 2,000 roots, main thread, ms a letter: ${frameSummary(frames)}`
    console.log(words)
    test.info().annotations.push({ type: 'frames', description: words })
    expect(Math.max(...frames.map((f) => f.task)), words).toBeLessThan(slowFrame)
    await page.getByRole('button', { name: 'Discard' }).click()

    await page.getByLabel('Add a spec').fill('zstd')
    await expect(writeButton(page)).toBeEnabled()
    const times: number[] = []
    for (const spec of ['zstd@1', 'zstd@1.5', 'zstd@1.5.2', 'zstd@1.5.3', 'zstd@1.5.4', 'zstd@1.5.5', 'zstd@1.5.6']) {
      times.push(await page.evaluate(shownAfter, spec))
    }
    const shown = times.toSorted((a, b) => a - b)
    const said = `an edit of 2,000 roots shows its difference after ${shown.map((t) => t.toFixed(0)).join(', ')} ms`
    console.log(said)
    test.info().annotations.push({ type: 'latency', description: said })
    // By the clock, on a machine that does other things, too: the figure of a quiet one stands in the documentation.
    expect(shown[Math.floor(shown.length / 2)], said).toBeLessThan(150)
  })
})

/** Types a spec as a person does, and tells how long it took until the difference says it. */
async function shownAfter(spec: string): Promise<number> {
  const field = document.querySelector<HTMLInputElement>('input[placeholder^="hdf5"]')
  if (!field) return Number.NaN
  const began = performance.now()
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, spec)
  field.dispatchEvent(new Event('input', { bubbles: true }))
  const seen = () => document.querySelector('section[aria-label^="Difference"]')?.textContent?.includes(`- ${spec}\n`)
  while (!seen()) await new Promise(requestAnimationFrame)
  return performance.now() - began
}

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
      await open(page, host.url)
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
