import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { test as base } from '../support/fake-app.ts'
import { createFakeEngine } from '../support/fake-engine.ts'
import { type FakeHost, startFakeHost } from '../support/fake-host.ts'
import { spackFiles } from '../support/fake-spack-files.ts'
import { tabTo } from '../support/keyboard.ts'
import { watchPage } from '../support/page-watch.ts'

interface Machine extends FakeHost {
  readonly read: (file: string) => string
}

/** The window over a fake machine whose files the test can read. */
const test = base.extend<{ machine: Machine }>({
  machine: async ({ page }, use) => {
    const watched = watchPage(page)
    const folder = mkdtempSync(join(tmpdir(), 'strata-mirrors-'))
    const host = await startFakeHost(createFakeEngine({ workspace: 'full', spackFiles: { folder } }))
    await use({ ...host, read: (file) => readFileSync(join(folder, file), 'utf8') })
    await host.close()
    rmSync(folder, { recursive: true, force: true })
    if (watched.complaints.length > 0) throw new Error(`the page complained:\n${watched.complaints.join('\n')}`)
  },
})

const tools = '/home/demo/spack/var/spack/environments/tools/spack.yaml'
const lab = '/home/demo/spack-1.1/var/spack/environments/lab/spack.yaml'
const user = '/home/demo/.spack/mirrors.yaml'
const roomOf = (environment: string, spack = 'spack') =>
  `#/environments?env=${environment}&spack=%2Fhome%2Fdemo%2F${spack}&view=mirrors`

const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Mirrors', exact: true }).getByRole('listitem', { name, exact: true })
const dialog = (page: Page) => page.getByRole('dialog')
const difference = (page: Page) => dialog(page).getByRole('region', { name: /^Difference/ })
const write = (page: Page, file: string) => dialog(page).getByRole('button', { name: `Write ${file}` })

test('every mirror that counts stands there with its use, login and place, the first one first', async ({
  page,
  machine,
}) => {
  await page.goto(machine.url + roomOf('lab', 'spack-1.1'))
  const rows = page.getByRole('list', { name: 'Mirrors', exact: true }).locator('> li')
  await expect(rows).toHaveCount(3)
  await expect(rows.nth(0)).toContainText('group')
  await expect(row(page, 'group')).toContainText('hpc-lab-bot, password in the file')
  await expect(row(page, 'group')).toContainText(`env:lab · ${lab}:6`)
  await expect(row(page, 'apart')).toContainText('Reads fromhttps://cache.example.org/stack')
  await expect(row(page, 'apart')).toContainText('Pushes tos3://hpc-cache/stack')
  await expect(row(page, 'apart')).toContainText('binaries · signed · pushed to after each build')
  await expect(row(page, 'lab')).toContainText(`user · ${user}:2`)
  await expect(page.locator('body')).not.toContainText('not-a-real-password')
  expect(await seriousFindings(page)).toEqual([])
})

test('a mirror in a registry is added unsigned, before what is there, and nothing else changes', async ({
  page,
  machine,
}) => {
  await page.goto(machine.url + roomOf('tools'))
  await page.getByRole('button', { name: 'Add a mirror…' }).click()
  await dialog(page).getByLabel('Name').fill('group')
  await dialog(page).getByLabel('URL').fill('oci://ghcr.io/hpc-lab/cache')
  await expect(dialog(page).getByLabel('Packages are not signed (signed: false)')).toBeChecked()
  await expect(dialog(page)).toContainText('Before 1.0 it refuses to install them unless the mirror says signed: false')
  await expect(difference(page)).toContainText('+    group:')
  await expect(dialog(page)).toContainText('strata mirror add group oci://ghcr.io/hpc-lab/cache --unsigned')
  expect(await seriousFindings(page)).toEqual([])
  expect(machine.read(tools)).toBe(spackFiles[tools])
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'group')).toContainText('oci://ghcr.io/hpc-lab/cache')
  expect(machine.read(tools)).toBe(
    spackFiles[tools]?.replace(
      '  mirrors:\n',
      '  mirrors:\n    group:\n      url: oci://ghcr.io/hpc-lab/cache\n      signed: false\n',
    ),
  )

  await row(page, 'group').getByRole('button', { name: 'Remove…' }).click()
  await expect(difference(page)).toContainText('-    group:')
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'group')).toHaveCount(0)
  expect(machine.read(tools)).toBe(spackFiles[tools])
})

test('by keyboard alone: a mirror is added to the user’s scope, read and pushed apart', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('tools'))
  await row(page, 'demo').waitFor()
  await tabTo(page, 'Add a mirror…')
  await page.keyboard.press('Enter')
  await expect(dialog(page).getByLabel('Name')).toBeFocused()
  await page.keyboard.type('mine')
  await page.keyboard.press('Tab')
  await page.keyboard.type('/scratch/cache')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(dialog(page).getByLabel('Push to', { exact: true })).toHaveValue('/scratch/cache')
  await dialog(page).getByLabel('Read from').focus()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('https://cache.example.org/stack')
  await dialog(page).getByLabel('In the scope').focus()
  await page.keyboard.press('Enter')
  const userScope = page.getByRole('option', { name: 'user, everything you do with Spack' })
  await expect(userScope).toBeVisible()
  // The list can be seen a moment before it begins at the scope that is chosen.
  await expect(async () => {
    await page.keyboard.press('ArrowDown')
    await expect(userScope).toHaveAttribute('data-combobox-selected', 'true', { timeout: 250 })
  }).toPass()
  await page.keyboard.press('Enter')
  await expect(dialog(page)).toContainText('scope user')
  await expect(dialog(page)).toContainText('strata mirror add mine --fetch https://cache.example.org/stack --push')
  await dialog(page).getByLabel('Sources').focus()
  await page.keyboard.press('Space')
  await expect(difference(page)).toContainText('+    source: false')
  await tabTo(page, 'Write mirrors.yaml')
  await page.keyboard.press('Enter')
  await expect(row(page, 'mine')).toContainText('Pushes to/scratch/cache')
  expect(machine.read(user)).toBe(
    spackFiles[user]?.replace(
      'mirrors:\n',
      'mirrors:\n  mine:\n    fetch: https://cache.example.org/stack\n    push: /scratch/cache\n    source: false\n    binary: true\n',
    ),
  )
  await expect(dialog(page)).toHaveCount(0)
})

test('a changed mirror keeps its comments and what was not changed', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('tools'))
  await row(page, 'lab').getByRole('button', { name: 'Change…' }).click()
  await expect(dialog(page)).toContainText('Nothing is changed yet.')
  await dialog(page).getByLabel('URL').fill('oci://registry.lab.example.org:5000/hpc/other')
  await dialog(page).getByLabel('Push to it after each build').check()
  await expect(difference(page)).not.toContainText('correct-horse-battery')
  await write(page, 'mirrors.yaml').click()
  await expect(row(page, 'lab')).toContainText('pushed to after each build')
  expect(machine.read(user)).toBe(
    spackFiles[user]
      .replace('hpc/cache', 'hpc/other')
      .replace('    signed: false\n', '    signed: false\n    autopush: true\n'),
  )
})

test('by keyboard alone: a mirror is changed, set anew above its scope, and removed', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('tools'))
  await press(page, 'demo', 'Change…')
  await tabTo(page, 'URL')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('oci://ghcr.io/demo/other')
  await tabTo(page, 'Write spack.yaml')
  await page.keyboard.press('Enter')
  await expect(row(page, 'demo')).toContainText('oci://ghcr.io/demo/other')
  await expect(dialog(page)).toHaveCount(0)
  const changed = spackFiles[tools].replace('demo/cache', 'demo/other')
  expect(machine.read(tools)).toBe(changed)

  await press(page, 'spack-public', 'Set anew…')
  await tabTo(page, 'URL')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('https://mirror.lab.example.org')
  await tabTo(page, 'Write spack.yaml')
  await page.keyboard.press('Enter')
  await expect(row(page, 'spack-public')).toContainText('env:tools')
  await expect(dialog(page)).toHaveCount(0)

  await press(page, 'spack-public', 'Remove…')
  await expect(difference(page)).toContainText('-    spack-public:')
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toHaveCount(0)
  await expect(row(page, 'spack-public').getByRole('button', { name: 'Remove…' })).toBeFocused()
  await page.keyboard.press('Enter')
  await tabTo(page, 'Write spack.yaml')
  await page.keyboard.press('Enter')
  await expect(row(page, 'spack-public')).toContainText('comes with Spack')
  expect(machine.read(tools)).toBe(changed)
})

test('a mirror read and pushed apart gets one URL, and a login is taken out again', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('lab', 'spack-1.1'))
  await row(page, 'apart').getByRole('button', { name: 'Change…' }).click()
  await dialog(page).getByRole('button', { name: 'One place for both' }).click()
  await expect(dialog(page).getByLabel('URL')).toHaveValue('s3://hpc-cache/stack')
  await expect(dialog(page)).toContainText('strata mirror set apart --url s3://hpc-cache/stack')
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'apart')).toContainText('Ats3://hpc-cache/stack')
  const one = spackFiles[lab]
    .replace('      fetch: https://cache.example.org/stack\n      push: s3://hpc-cache/stack\n', '')
    .replace('      autopush: true\n', '      autopush: true\n      url: s3://hpc-cache/stack\n')
  expect(machine.read(lab)).toBe(one)

  await row(page, 'apart').getByRole('button', { name: 'Change…' }).click()
  await choose(page, 'Login', 'A token in a variable')
  await expect(dialog(page).getByLabel('Variable with the token')).toHaveValue('APART_TOKEN')
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'apart')).toContainText('$APART_TOKEN')
  await row(page, 'apart').getByRole('button', { name: 'Change…' }).click()
  await choose(page, 'Login', 'None: take it out of the file')
  await expect(dialog(page)).toContainText('strata mirror set apart --no-login')
  expect(await seriousFindings(page)).toEqual([])
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'apart')).toContainText('none in Spack’s configuration')
  expect(machine.read(lab)).toBe(one)
})

test('names that are taken and addresses that are none are told beside the field', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('tools'))
  await page.getByRole('button', { name: 'Add a mirror…' }).click()
  const [name, url] = [dialog(page).getByLabel('Name'), dialog(page).getByLabel('URL')]
  await name.fill('demo')
  await url.fill('oci://ghcr.io/x/y')
  await expect(dialog(page)).toContainText('demo is there already: change that one')
  await expect(dialog(page).getByRole('button', { name: 'Write' })).toBeDisabled()
  await name.fill('lab')
  await expect(dialog(page)).toContainText('It stands over the mirror lab of the scope user')
  await name.fill('a b')
  await expect(dialog(page).getByRole('alert')).toContainText('"a b" is not a name for a mirror')
  await name.fill('other')
  await url.fill('oci://me:hunter2@ghcr.io/x/y')
  await expect(dialog(page)).toContainText('There is a password in it')
  await url.fill('https://ghcr.io/x/y')
  await expect(dialog(page)).toContainText('For a registry write oci://ghcr.io/x/y')
  await url.fill('ghcr.io/x/y')
  await expect(dialog(page)).toContainText('Spack takes ghcr.io/x/y, the address of the mirror other, for a folder')
  await url.fill('oci://ghcr.io')
  await expect(dialog(page)).toContainText('oci://ghcr.io is not the address of a repository')
  await url.fill('ocii://ghcr.io/x/y')
  await expect(dialog(page)).toContainText('Did you mean oci://?')
  await dialog(page).getByLabel('Binary packages').uncheck()
  await dialog(page).getByLabel('Sources').uncheck()
  await expect(dialog(page)).toContainText('Choose one, or Spack has no use for it')
  await page.keyboard.press('Escape')
  expect(machine.read(tools)).toBe(spackFiles[tools])
})

test('the login takes the form that this Spack reads', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('lab', 'spack-1.1'))
  await page.getByRole('button', { name: 'Add a mirror…' }).click()
  await dialog(page).getByLabel('Name').fill('hub')
  await dialog(page).getByLabel('URL').fill('oci://docker.io/lab/cache')
  await choose(page, 'Login', 'A user, the password in a variable')
  await dialog(page).getByLabel('User name').fill('ada')
  await expect(dialog(page).getByLabel('Variable with the password')).toHaveValue('HUB_PASSWORD')
  await expect(difference(page)).toContainText('+        secret_variable: HUB_PASSWORD')
  await choose(page, 'User', 'in a variable')
  await expect(difference(page)).toContainText('+        id_variable: HUB_USER')
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'hub')).toContainText('$HUB_USER, password in $HUB_PASSWORD')

  await page.goto(machine.url + roomOf('tools'))
  await page.getByRole('button', { name: 'Add a mirror…' }).click()
  await dialog(page).getByLabel('Name').fill('hub')
  await dialog(page).getByLabel('URL').fill('oci://docker.io/lab/cache')
  await choose(page, 'Login', 'A user and the password in the file')
  await expect(dialog(page)).toContainText('Spack 0.22.5 reads a password from its file alone')
  await dialog(page).getByLabel('User', { exact: true }).fill('ada')
  await dialog(page).getByRole('textbox', { name: 'Password' }).fill('swordfish-22')
  await page.keyboard.press('Tab')
  await expect(difference(page)).toContainText('+      access_pair: [ada, ***]')
  await expect(dialog(page)).toContainText('the password of the mirror hub stands in the file')
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'hub')).toContainText('ada, password in the file')
  expect(machine.read(tools)).toContain('      access_pair: [ada, swordfish-22]\n')
})

test('a secret moves to a variable, and to the keychain', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('lab', 'spack-1.1'))
  await row(page, 'group').getByRole('button', { name: 'Move to a variable…' }).click()
  const variable = dialog(page).getByRole('textbox', { name: 'Variable' })
  await expect(variable).toHaveValue('GROUP_PASSWORD')
  await variable.fill('1x')
  await expect(dialog(page)).toContainText('no digit first')
  await variable.fill('GHCR_TOKEN')
  await expect(difference(page)).toContainText('+        secret_variable: GHCR_TOKEN')
  expect(await seriousFindings(page)).toEqual([])
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'group')).toContainText('hpc-lab-bot, password in $GHCR_TOKEN')
  expect(machine.read(lab)).toBe(
    spackFiles[lab].replace(
      'access_pair: [hpc-lab-bot, not-a-real-password]',
      'access_pair:\n        id: hpc-lab-bot\n        secret_variable: GHCR_TOKEN',
    ),
  )

  await row(page, 'lab').getByRole('button', { name: 'Move to the keychain…' }).focus()
  await page.keyboard.press('Enter')
  await expect(dialog(page)).toContainText('Strata keeps the login')
  await write(page, 'mirrors.yaml').click()
  await expect(row(page, 'lab')).toContainText('none in Spack’s configuration')
  expect(machine.read(user)).toBe(spackFiles[user].replace('    access_pair: [ada, correct-horse-battery]\n', ''))
})

test('only these mirrors: lower scopes are cut off, which is said where, and come back', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('tools'))
  const only = page.getByRole('checkbox', { name: 'Use only these mirrors' })
  await only.focus()
  await page.keyboard.press('Space')
  await expect(dialog(page)).toContainText('With mirrors:: these count no longer: lab and spack-public')
  await expect(difference(page)).toContainText('+  mirrors::')
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'lab')).toHaveCount(0)
  await expect(only).toBeChecked()
  await expect(page.getByText('Those of lower scopes are cut off by mirrors:: in spack.yaml:18')).toBeVisible()
  expect(machine.read(tools)).toBe(spackFiles[tools].replace('  mirrors:\n', '  mirrors::\n'))
  await only.click()
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'lab')).toBeVisible()
  expect(machine.read(tools)).toBe(spackFiles[tools])
})

test('a mirror that comes with Spack is set anew above it', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('tools'))
  await expect(row(page, 'spack-public')).toContainText('comes with Spack')
  await expect(row(page, 'spack-public').getByRole('button', { name: 'Remove…' })).toHaveCount(0)
  await row(page, 'spack-public').getByRole('button', { name: 'Set anew…' }).click()
  await dialog(page).getByLabel('URL').fill('https://mirror.lab.example.org')
  await expect(dialog(page)).toContainText('It stands over the mirror spack-public of the scope defaults')
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'spack-public')).toContainText('https://mirror.lab.example.org')
  await expect(row(page, 'spack-public')).toContainText('env:tools')
})

test('a mirror leads to its packages, to a push, an install, and why it is not used', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('tools'))
  await row(page, 'demo').getByRole('button', { name: 'Browse' }).click()
  await expect(page).toHaveURL(/#\/registries\?repository=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache/)
  await page.goBack()
  await row(page, 'lab').getByRole('button', { name: 'Push…' }).click()
  await expect(page.getByRole('combobox', { name: 'Where' })).toHaveValue('lab')
  await page.goBack()
  await row(page, 'lab').getByRole('button', { name: 'Install…' }).click()
  await expect(page).toHaveURL(/#\/install\?.*from=oci%3A%2F%2Fregistry\.lab/)
  await page.goBack()
  await row(page, 'demo').getByRole('button', { name: 'Why is it not used?' }).click()
  await expect(page).toHaveURL(/view=cache/)
})

test('without a mirror the room says what one is, and what leaves out the others', async ({ page, machine }) => {
  await page.goto(machine.url + roomOf('bare', 'spack-1.1'))
  await expect(page.getByRole('heading', { name: 'No mirrors' })).toBeVisible()
  await expect(page.getByText('mirrors:: in spack.yaml:4 leaves out those of lower scopes')).toBeVisible()
  await page.getByRole('button', { name: 'Add a mirror…' }).click()
  await dialog(page).getByLabel('Name').fill('first')
  await dialog(page).getByLabel('URL').fill('oci://ghcr.io/hpc-lab/first')
  await write(page, 'spack.yaml').click()
  await expect(row(page, 'first')).toBeVisible()
  await page.goto(`${machine.url}#/environments?env=nowhere&spack=%2Fhome%2Fdemo%2Fspack&view=mirrors`)
  await expect(page.getByRole('tabpanel').getByRole('alert')).toContainText('nowhere')
})

async function choose(page: Page, field: string, option: string): Promise<void> {
  await dialog(page).getByRole('combobox', { name: field, exact: true }).click()
  await page.getByRole('option', { name: option }).click()
}

/** Opens what a mirror's button leads to, by keyboard. */
async function press(page: Page, mirror: string, button: string): Promise<void> {
  await row(page, mirror).getByRole('button', { name: button }).focus()
  await page.keyboard.press('Enter')
  await expect(dialog(page)).toBeVisible()
}
