import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { routes, test } from '../support/fake-app.ts'
import { meterFrames, nextFrame } from '../support/frames.ts'
import { tabTo } from '../support/keyboard.ts'

const room = `${routes.tools}&view=cache`
const science = '#/environments?env=science&spack=%2Fhome%2Fdemo%2Fspack&view=cache'
const answer = (page: Page) => page.getByRole('region', { name: 'Explanation' })
const packages = (page: Page) => page.getByRole('list', { name: 'Packages', exact: true })
const head = (page: Page, name: string | RegExp) => packages(page).getByRole('button', { name })

async function explain(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Explain' }).click()
  await expect(answer(page)).toBeVisible()
}

test.describe('why the cache was not used', () => {
  test('asks no registry before the user does', async ({ page, host }) => {
    await page.goto(host.url + room)
    await expect(page.getByRole('heading', { name: 'Why was my cache not used?' })).toBeVisible()
    await expect(page.getByRole('combobox', { name: 'Cache' })).toHaveValue('demo')
    await page.waitForTimeout(400)
    await expect(answer(page)).toBeHidden()
  })

  test('tells the roots: sums, causes in common, each package down to its first cause', async ({ page, host }) => {
    await page.goto(host.url + room)
    await explain(page)
    const sums = page.getByRole('list', { name: 'Packages by state' })
    await expect(sums).toContainText('1 deleted6 there in another build1 not there at all3 usable')
    await expect(page.getByRole('region', { name: 'Causes in common' })).toContainText(
      '5 packages: it was built with gcc@11.4.0 instead of gcc@12.2.0',
    )
    await expect(answer(page)).toContainText('The index lacks 1 of 13 packages')
    await expect(
      answer(page).getByText('strata explain --from demo --spack /home/demo/spack --env tools'),
    ).toBeVisible()

    await head(page, /vim 9.0.1378/).click()
    const near = page.getByRole('region', { name: 'vim 9.0.1378 in the cache' })
    await expect(near.getByRole('rowheader').getByRole('list')).toHaveText('vimncursescompiler')
    await expect(near.getByRole('row').nth(1).getByRole('cell')).toHaveText(['gcc@12.2.0', 'gcc@11.4.0'])
    await expect(near).toContainText('strata push vim --spack /home/demo/spack --env tools')
    await head(page, /vim 9.0.1378/).click()
    await expect(near).toBeHidden()
  })

  test('leaves the packages of one state, and those that a word names', async ({ page, host }) => {
    await page.goto(host.url + room)
    await explain(page)
    const usable = page.getByRole('button', { name: '3 usable' })
    await usable.click()
    await expect(usable).toHaveAttribute('aria-pressed', 'true')
    await expect(packages(page).locator('> li')).toHaveCount(3)
    await page.getByLabel('Filter packages').fill('cow')
    await expect(answer(page)).toContainText('1 of 11 packages')
    await expect(head(page, /cowsay/)).toBeVisible()
    await usable.click()
    await page.getByLabel('Filter packages').fill('zstd')
    await expect(head(page, /Not there zstd/)).toContainText('there is no zstd in this cache at all')
  })

  test('leads to the tag of a near package, and to the package in the table', async ({ page, host }) => {
    await page.goto(host.url + room)
    await explain(page)
    await head(page, /less 590/).click()
    const near = page.getByRole('region', { name: 'less 590 in the cache' })
    await expect(near.getByRole('link', { name: 'Open its tag' })).toHaveAttribute(
      'href',
      /#\/registries\?repository=oci.*&tag=less-590-.*\.spack/,
    )
    await page.getByRole('link', { name: 'Show less in the table' }).click()
    await expect(page.getByRole('complementary', { name: 'Package less' })).toBeVisible()
    // The answer is still there, and nothing is asked anew.
    await page.goBack()
    await expect(answer(page)).toBeVisible()
  })

  test('is led to from a package', async ({ page, host }) => {
    await page.goto(`${host.url}${routes.tools}&package=javfv4npq27ua4kua36pyc62su5kbq3s`)
    await page.getByRole('link', { name: 'Why is it not in the cache?' }).click()
    await expect(page.getByLabel('Specs, one a line')).toHaveValue('/javfv4npq27ua4kua36pyc62su5kbq3s')
    await explain(page)
    await expect(head(page, /ncurses 6.4/)).toHaveAttribute('aria-expanded', 'true')
    await expect(page.getByRole('row', { name: /compiler/ })).toContainText('gcc@11.4.0')
  })

  test('explains what was pasted of Spack’s plan', async ({ page, host }) => {
    await page.goto(host.url + room)
    await page.getByText('Specs', { exact: true }).nth(1).click()
    await expect(page.getByRole('button', { name: 'Explain' })).toBeDisabled()
    await page
      .getByLabel('Specs, one a line')
      .fill(
        [
          'Concretized',
          '--------------------------------',
          ' -   z4xbt6a  vim@9.0.1378%gcc@12.2.0 arch=linux-debian12-x86_64',
          ' -   abcdefg      ^zlib@1.3%gcc@12.2.0 arch=linux-debian12-x86_64',
          '[+]  4qckmwt      ^gmake@4.3%gcc@12.2.0 arch=linux-debian12-x86_64',
          '==> Installing zstd-1.5.4-3o5z4nvsbdn3jzddn2zrsghr6b5zl3i2 [3/3]',
        ].join('\n'),
      )
    await page.keyboard.press('Control+Enter')
    await expect(packages(page).locator('> li')).toHaveCount(3)
    await expect(head(page, /vim 9.0.1378/)).toBeVisible()
    await expect(head(page, /zstd 1.5.4/)).toBeVisible()
    await expect(head(page, /zlib@1.3/)).toContainText('zlib has version 1.2.13, and @1.3 is asked for')
  })

  test('can be worked by keyboard alone', async ({ page, host }) => {
    await page.goto(host.url + room)
    await page.getByRole('combobox', { name: 'Cache' }).focus()
    await page.keyboard.press('Enter')
    await expect(answer(page)).toBeVisible()
    await tabTo(page, /^Deleted ?figlet/)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await expect(page.locator(':focus')).toContainText('less')
    await page.keyboard.press('Enter')
    await expect(page.locator(':focus')).toHaveAttribute('aria-expanded', 'true')
    await page.keyboard.press('End')
    await expect(page.locator(':focus')).toContainText('sed')
    await page.keyboard.press('Home')
    await expect(page.locator(':focus')).toContainText('figlet')
  })

  test('says why there is no answer, and what now', async ({ page, host }) => {
    await page.goto(host.url + room)
    await page.getByRole('combobox', { name: 'Cache' }).fill('oci://unreachable.example:5000/me/cache')
    await page.getByRole('button', { name: 'Explain' }).click()
    await expect(page.getByRole('alert')).toContainText('connection refused')
    await page.getByRole('combobox', { name: 'Cache' }).fill('oci://ghcr.io/demo/empty')
    await explain(page)
    await expect(answer(page)).toContainText('There are no packages in this cache')
    await page.getByRole('combobox', { name: 'Cache' }).fill('')
    await expect(page.getByRole('button', { name: 'Explain' })).toBeDisabled()
  })
})

test.describe('a slow cache', () => {
  test.use({ engine: { workspace: 'full', planTime: 5_000 } })
  test('is not waited for when the question is cancelled, nor asked again unasked', async ({ page, host }) => {
    await page.goto(host.url + room)
    await page.getByRole('button', { name: 'Explain' }).click()
    const status = page.getByRole('status').filter({ hasText: 'Looked at' })
    await expect(status).toHaveText(/^Looked at [1-9]\d* of 15 packages$/)
    const before = await status.textContent()
    await expect(status).not.toHaveText(before ?? '')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByText('The question was cancelled')).toBeVisible()
    await page.getByRole('tab', { name: 'Table' }).click()
    await page.getByRole('tab', { name: 'Cache use' }).click()
    await expect(page.getByRole('heading', { name: 'Why was my cache not used?' })).toBeVisible()
  })
})

test.describe('a long answer', () => {
  test('draws what is seen, and scrolls to its end by one key', async ({ page, host }) => {
    await page.goto(`${host.url}${routes.everything}&view=cache`)
    await page.getByRole('button', { name: 'Explain' }).click()
    await expect(answer(page)).toContainText('7,499 packages', { timeout: 20_000 })
    expect(await packages(page).locator('> li').count()).toBeLessThan(60)
    const meter = await meterFrames(page)
    const filtering = await meter.measure(async () => {
      await page.locator('[aria-pressed]').first().click()
      await expect(page.locator('[aria-pressed=true]')).toHaveCount(1)
      await nextFrame(page)
    })
    expect(filtering.task).toBeLessThan(500)
    await page.locator('[aria-pressed=true]').click()
    await expect(answer(page)).toContainText('7,499 packages')
    await packages(page).getByRole('button').first().focus()
    await page.keyboard.press('End')
    await expect(page.locator(':focus')).toHaveAttribute('data-head', '7498')
  })
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })
    test('axe finds nothing serious before and after a question', async ({ page, host }) => {
      await page.goto(host.url + science)
      await expect(page.getByRole('heading', { name: 'Why was my cache not used?' })).toBeVisible()
      expect(await seriousFindings(page)).toEqual([])
      await page.goto(host.url + room)
      await explain(page)
      await head(page, /vim 9.0.1378/).click()
      await page.waitForTimeout(200)
      expect(await seriousFindings(page)).toEqual([])
    })
  })
}
