import { expect } from '@playwright/test'
import { routes } from '../support/fake-app.ts'
import { expectNoSlowFrame, type FrameCosts, meterFrames, nextFrame } from '../support/frames.ts'
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

test.describe('the file', () => {
  test('is edited, checked, compared and written with the keyboard alone; Tab writes spaces', async ({
    page,
    host,
    disk,
  }) => {
    await openSpecs(page, host.url)
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
    await openSpecs(page, host.url)
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
    await openSpecs(page, host.url)
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
    await openSpecs(page, host.url)
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
    await openSpecs(page, host.url)
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
    await openSpecs(page, host.url)
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
    await openSpecs(page, host.url)
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
    await openSpecs(page, host.url)
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
      await openSpecs(page, host.url)
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
    says: /view is there twice, first in line 2/,
  },
  { name: 'no end of a bracket', text: 'spack:\n  specs: [vim\n  view: true\n', line: 2, says: /./ },
]

for (const { name, text, line, says } of broken) {
  test.describe(`a file with ${name}`, () => {
    const file = '/home/demo/projects/climate-model-2026/spack.yaml'
    test.use({ files: { [file]: text } })

    test('is mended in the editor although the environment cannot be read', async ({ page, host, disk }) => {
      await openSpecs(page, host.url, `${routes.broken}&view=specs`)
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

test.describe('two thousand roots', () => {
  const names = Array.from({ length: 2000 }, (_, i) => `  - package-${i}@1.${i % 40} +shared`)
  test.use({ files: { [tools]: `spack:\n  specs:\n${names.join('\n')}\n  view: true\n` } })

  test('typing has no slow frame, and an edit shows its difference at once', async ({ page, host }) => {
    await openSpecs(page, host.url)
    await expect(page.getByText('2,000 roots')).toBeVisible()
    const meter = await meterFrames(page)
    await page.getByLabel('Filter roots').fill('package-1000@')
    await page.getByRole('row', { name: /package-1000@/ }).click()
    await page.getByRole('button', { name: 'Show line 1003' }).click()
    await expectNoSlowFrame('a letter in a file of 2,000 roots', async () => {
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
      return frames
    })
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
