import type { Page } from '@playwright/test'
import { broken, lab, longer, type Shot, science, tools } from './shot.ts'

export const roomsShots: readonly Shot[] = [
  { name: 'spack-install', hash: `#/environments?${tools}&view=spack&run=install&spec=zlib%401.3&spec=hdf5%2Bmpi` },
  { name: 'spack-concretize', hash: `#/environments?${tools}&view=spack&run=concretize` },
  {
    name: 'spack-uninstall',
    hash: `#/environments?${tools}&view=spack&run=uninstall&spec=%2Fjavfv4npq27ua4kua36pyc62su5kbq3s`,
  },
  { name: 'spack-nothing', hash: `#/environments?${tools}&view=spack&run=uninstall` },
  { name: 'spack-missing', spack: 'missing', hash: `#/environments?${tools}&view=spack` },
  {
    name: 'spack-running',
    hash: `#/environments?${tools}&view=spack&run=install`,
    act: (page) => runSpack(page, /[4-9] of 15 packages/),
  },
  {
    name: 'spack-failed',
    hash: `#/environments?${tools}&view=spack&run=install&spec=broken`,
    act: (page) => runSpack(page, 'exit status 1'),
  },
  {
    name: 'spack-done',
    hash: `#/environments?${tools}&view=spack&run=concretize`,
    act: (page) => runSpack(page, 'Install…'),
  },
  {
    name: 'spack-question',
    hash: `#/environments?${tools}&view=spack&run=install&spec=ask`,
    act: (page) => runSpack(page, 'looks like a question'),
  },
  {
    name: 'spack-stopping',
    hash: `#/environments?${tools}&view=spack&run=install&spec=ask`,
    act: async (page) => {
      await runSpack(page, 'looks like a question')
      await page.getByRole('button', { name: 'Stop Spack' }).click()
    },
  },
  {
    name: 'spack-search',
    hash: `#/environments?${tools}&view=spack&run=install&spec=flood`,
    act: async (page) => {
      await runSpack(page, '200,000 lines')
      await page.getByRole('textbox', { name: 'Search the output' }).fill('unused')
      await page.getByText(/of 4,000 lines/).waitFor()
    },
  },
  {
    name: 'spack-activity',
    hash: `#/environments?${tools}&view=spack&run=install&spec=broken`,
    act: async (page) => {
      await runSpack(page, 'exit status 1')
      await page.getByRole('link', { name: 'Activity' }).click()
      await page.getByText('exit status 1').waitFor()
    },
  },
  {
    name: 'spack-menu',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      for (const name of ['less', 'vim', 'nano']) await page.getByLabel(`Select ${name}`, { exact: true }).check()
      await page.getByRole('button', { name: 'More' }).click()
    },
  },
  { name: 'explain-nothing', hash: `#/environments?${tools}&view=cache` },
  { name: 'explain-roots', hash: `#/environments?${tools}&view=cache`, act: explain },
  {
    name: 'explain-all',
    hash: `#/environments?${science}&view=cache`,
    act: async (page) => {
      await page.getByText('All packages').click()
      await explain(page)
    },
  },
  {
    name: 'explain-running',
    hash: '#/environments?env=everything&spack=%2Fhome%2Fdemo%2Fspack&view=cache',
    planTime: 60_000,
    act: async (page) => {
      await page.getByText('All packages').click()
      await page.getByRole('button', { name: 'Explain' }).click()
      await page.getByText(/Looked at [1-9]/).waitFor({ timeout: 20_000 })
    },
  },
  {
    name: 'explain-specs',
    hash: `#/environments?${tools}&view=cache&spec=vim%409.1%20%25gcc%4013&spec=%2Fjavfv4n`,
    act: explain,
  },
  {
    name: 'explain-error',
    hash: `#/environments?${tools}&view=cache`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Cache' }).fill('oci://unreachable.example:5000/me/cache')
      await page.getByRole('button', { name: 'Explain' }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  { name: 'ci-nothing', hash: '#/environments?env=everything&spack=%2Fhome%2Fdemo%2Fspack&view=ci' },
  {
    name: 'ci-github',
    hash: `#/environments?${tools}&view=ci`,
    act: (page) => page.getByText('name: Spack packages').waitFor(),
  },
  {
    name: 'ci-gitlab',
    hash: `#/environments?${tools}&view=ci`,
    act: async (page) => {
      await page.getByText('GitLab CI').click()
      await page.getByText('there is another').waitFor()
      await page.getByRole('button', { name: 'Write into the repository' }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  { name: 'specs', hash: `#/environments?${tools}&view=specs` },
  { name: 'specs-kinds', hash: `#/environments?${science}&view=specs`, act: specsMatrix },
  { name: 'specs-add', hash: `#/environments?${tools}&view=specs`, act: specsAdd },
  { name: 'specs-typed', hash: `#/environments?${tools}&view=specs`, act: specsTyped },
  { name: 'specs-broken', hash: `#/environments?${broken}&view=specs` },
  { name: 'specs-written', hash: `#/environments?${tools}&view=specs`, act: specsWritten },
  { name: 'new-environment', hash: `#/environments?${tools}`, act: newEnvironment },
  { name: 'mirrors', hash: `#/environments?${tools}&view=mirrors` },
  {
    name: 'mirrors-add',
    hash: `#/environments?${tools}&view=mirrors`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Add a mirror…' }).click()
      await page.getByRole('textbox', { name: 'Name' }).fill('group')
      await page.getByRole('textbox', { name: 'URL' }).fill('oci://ghcr.io/hpc-lab/cache')
      await page.getByRole('region', { name: /^Difference/ }).waitFor()
    },
  },
  { name: 'mirrors-secret', hash: `#/environments?${lab}&view=mirrors` },
  {
    name: 'mirrors-hide',
    hash: `#/environments?${lab}&view=mirrors`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Move to a variable…' }).first().click()
      await page.getByRole('region', { name: /^Difference/ }).waitFor()
    },
  },
  { name: 'mirrors-none', hash: '#/environments?env=bare&spack=%2Fhome%2Fdemo%2Fspack-1.1&view=mirrors' },
  { name: 'padding', hash: `#/environments?${tools}&view=padding` },
  {
    name: 'padding-into',
    hash: `#/environments?${tools}&view=padding`,
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Install into…' }).fill(decodeURIComponent(longer))
      await page.getByText('may fail there').waitFor()
    },
  },
  {
    name: 'padding-length',
    hash: `#/environments?${tools}&view=padding`,
    act: async (page) => {
      await page.getByLabel('Another padded length', { exact: true }).and(page.locator('input')).fill('256')
      await page.getByText('To be built again').first().waitFor()
      await page.getByRole('region', { name: /^Difference/ }).waitFor()
    },
  },
  { name: 'padding-huge', hash: '#/environments?env=everything&spack=%2Fhome%2Fdemo%2Fspack&view=padding' },
]

/** Runs Spack as the room says, until these words stand there. */
async function runSpack(page: Page, words: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: /^Run spack/ }).click()
  await page.getByText(words).first().waitFor({ timeout: 20_000 })
}

async function explain(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByRole('region', { name: 'Explanation' }).waitFor()
}

async function specsMatrix(page: Page): Promise<void> {
  await page.getByRole('row', { name: /matrix/ }).click()
}

async function specsAdd(page: Page): Promise<void> {
  await page.getByLabel('Add a spec').fill('hdf5@1.14 +mpi')
  await page.getByRole('button', { name: 'Write spack.yaml' }).waitFor()
}

async function specsWritten(page: Page): Promise<void> {
  await specsAdd(page)
  await page.getByRole('button', { name: 'Write spack.yaml' }).click()
  await page.getByText('when the environment is concretized').waitFor()
}

async function specsTyped(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Text of spack.yaml' }).click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('  veiw: true\nco')
  await page.keyboard.press('Control+Space')
  await page.locator('.cm-tooltip-autocomplete').waitFor()
  await page.waitForTimeout(500)
}

async function newEnvironment(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New environment…' }).click()
  await page.getByLabel('Name', { exact: true }).fill('climate')
  await page.getByRole('textbox', { name: 'Specs' }).fill('hdf5@1.14 +mpi\nnetcdf-c')
  await page.getByRole('button', { name: 'Create spack.yaml' }).waitFor()
}
