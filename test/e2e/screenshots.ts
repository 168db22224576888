import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium, type Page } from '@playwright/test'
import { chromiumPath } from '../support/chromium.ts'
import { createFakeEngine, type FakeEngineOptions } from '../support/fake-engine.ts'
import { startFakeHost } from '../support/fake-host.ts'

/**
 * Takes pictures of the screens.
 *
 *   npx tsx test/e2e/screenshots.ts                      those of the documentation, into docs/pictures
 *   npx tsx test/e2e/screenshots.ts FOLDER               every screen, light and dark, at three sizes
 *     --size 1280x800 --only NAME                        one size, one screen
 *     --url URL                                          of a running app instead of made-up data: its first environment
 *
 * Made-up data is shown in the window that `npm run build` left in dist.
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string' }, only: { type: 'string' }, size: { type: 'string' } },
})
const [folder] = positionals
const sizes = (options.size === undefined ? ['1024x680', '1280x800', '2560x1440'] : [options.size]).map((size) => {
  const [width = 0, height = 0] = size.split('x').map(Number)
  return { width, height }
})
const themes = ['light', 'dark'] as const
type Theme = (typeof themes)[number]

interface Shot {
  readonly name: string
  readonly workspace?: FakeEngineOptions['workspace']
  /** Name of a package whose upload fails. */
  readonly failing?: string
  readonly keychain?: FakeEngineOptions['keychain']
  /** Milliseconds between two steps of the doctor. */
  readonly stepTime?: number
  /** Milliseconds between two batches of a catalogue. */
  readonly batchTime?: number
  readonly spack?: FakeEngineOptions['spack']
  readonly hash?: string
  readonly act?: (page: Page) => Promise<void>
}

const tools = 'env=tools&spack=%2Fhome%2Fdemo%2Fspack'
const registries = '#/settings?tab=registries'
const install = '#/install?from=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache'
const longer = `%2Fgpfs%2Fprojects%2Fclimate%2F${'a-very-long-name-for-a-shared-software-folder%2F'.repeat(3)}store`
const browse = '#/registries?repository=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache'
const harbor = '#/registries?repository=oci%3A%2F%2Fharbor.hpc.example.org%2Fclimate%2F'
const compose = '#/compose?repository=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache'
const composeHarbor = (name: string) => `#/compose?repository=oci%3A%2F%2Fharbor.hpc.example.org%2Fclimate%2F${name}`
const broken = 'env=%2Fhome%2Fdemo%2Fprojects%2Fclimate-model-2026'
const lab = 'env=lab&spack=%2Fhome%2Fdemo%2Fspack-1.1'
const science = 'env=science&spack=%2Fhome%2Fdemo%2Fspack'

const shots: readonly Shot[] = [
  { name: 'empty', workspace: 'empty' },
  { name: 'activity-empty', workspace: 'empty', hash: '#/activity' },
  { name: 'environment', hash: `#/environments?${tools}` },
  {
    name: 'environment-selected',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      for (const name of ['less', 'vim', 'nano']) await page.getByLabel(`Select ${name}`, { exact: true }).check()
      await page.getByRole('row', { name: /readline/ }).click()
    },
  },
  { name: 'environment-huge', hash: '#/environments?env=everything&spack=%2Fhome%2Fdemo%2Fspack' },
  { name: 'environment-error', hash: '#/environments?env=%2Fhome%2Fdemo%2Fprojects%2Fclimate-model-2026' },
  { name: 'graph', hash: `#/environments?${tools}&view=graph`, act: (page) => settle(page, '.react-flow__node') },
  {
    name: 'graph-large',
    hash: `#/environments?${science}&view=graph`,
    act: (page) => settle(page, '.react-flow__node'),
  },
  { name: 'treemap', hash: `#/environments?${tools}&view=treemap&package=javfv4npq27ua4kua36pyc62su5kbq3s` },
  {
    name: 'push',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Base image' }).fill('debian:12')
      await page.getByRole('heading', { level: 1 }).click()
      await page.getByText('needs GLIBC_2.38').waitFor()
    },
  },
  {
    name: 'push-hover',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('option', { name: /ncurses/ }).hover()
    },
  },
  {
    name: 'push-credentials',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByText('Credentials and certificates').click()
      await page.locator('summary', { hasText: 'Options' }).click()
      await page.getByRole('button', { name: 'Test' }).click()
      await page.getByText('Can pull and push').waitFor()
    },
  },
  {
    name: 'push-error',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Where' }).fill('oci://unreachable.example:5000/me/cache')
      await page.getByRole('heading', { level: 1 }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  { name: 'push-300', hash: `#/push?${science}`, act: (page) => settle(page, '[role=option]') },
  {
    name: 'push-running',
    failing: 'less',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Base image' }).fill('ubuntu:24.04')
      await page.getByRole('heading', { level: 1 }).click()
      await page
        .getByRole('option', { name: /ubuntu/ })
        .first()
        .waitFor()
      await page.getByRole('button', { name: /^Push \d+ packages/ }).click()
      await page.waitForTimeout(2600)
    },
  },
  {
    name: 'push-failed',
    failing: 'less',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('button', { name: /^Push \d+ packages/ }).click()
      await page.getByText('not pushed').waitFor({ timeout: 30_000 })
    },
  },
  {
    name: 'push-done',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('button', { name: /^(Push \d+ packages|Write tag)/ }).click()
      await page.getByText(/tags? written/).waitFor({ timeout: 30_000 })
    },
  },
  {
    name: 'activity',
    hash: `#/push?${tools}`,
    failing: 'nano',
    act: async (page) => {
      await page.getByRole('button', { name: /^Push \d+ packages/ }).click()
      await page.getByText('not pushed').waitFor({ timeout: 30_000 })
      await page.getByRole('link', { name: 'Activity' }).click()
      await page.getByRole('button', { name: 'Retry what failed' }).click()
      await page.waitForTimeout(900)
    },
  },
  { name: 'install-empty', workspace: 'empty', hash: '#/install' },
  { name: 'install-start', hash: '#/install' },
  { name: 'install', hash: `${install}&into=%2Fhome%2Fme%2Fstore&all` },
  {
    name: 'install-detail',
    hash: `${install}&into=%2Fhome%2Fdemo%2Fspack&all`,
    act: (page) => page.getByRole('row', { name: /readline/ }).click(),
  },
  { name: 'install-chips', hash: `${install}&into=%2Fhome%2Fme%2Fstore&spec=vim&spec=lua%405.4.4&spec=%2Fe354v47` },
  {
    name: 'install-refused',
    hash: `${install}&into=${longer}&all`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Check relocation' }).click()
      await page.getByText('Checked: every file').waitFor()
      await page.getByRole('row', { name: /vim@/ }).click()
    },
  },
  { name: 'install-tight', hash: `${install}&into=${longer}&env=tools&spack=%2Fhome%2Fdemo%2Fspack` },
  {
    name: 'install-missing',
    hash: '#/install?from=oci%3A%2F%2Fghcr.io%2Fdemo%2Fpartial&into=%2Fscratch%2Fin-the-way&all',
  },
  { name: 'install-readonly', hash: `${install}&into=%2Fopt%2Freadonly&all` },
  { name: 'install-error', hash: '#/install?from=oci%3A%2F%2Funreachable.example%2Fa%2Fb&into=%2Ftmp%2Fstore&all' },
  { name: 'install-300', hash: '#/install?from=oci%3A%2F%2Fghcr.io%2Fdemo%2Fscience&into=%2Ftmp%2Fstore&all' },
  {
    name: 'install-running',
    failing: 'nano',
    hash: `${install}&into=%2Fhome%2Fme%2Fstore&all`,
    act: async (page) => {
      await page.getByRole('button', { name: /^Install \d+ packages/ }).click()
      await page.waitForTimeout(2600)
    },
  },
  {
    name: 'install-failed',
    failing: 'nano',
    hash: `${install}&into=%2Fhome%2Fme%2Fstore&all`,
    act: installAll,
  },
  { name: 'install-done', hash: `${install}&into=%2Fhome%2Fdemo%2Fspack&all`, act: installAll },
  {
    name: 'push-test-failed',
    hash: `#/push?${tools}`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Where' }).fill('oci://ghcr.io/demo/badcert')
      await page.getByRole('heading', { level: 1 }).click()
      await page.getByRole('button', { name: 'Test' }).click()
      await page.getByText('Details').first().click()
    },
  },
  { name: 'browse-empty', workspace: 'empty', hash: '#/registries' },
  {
    name: 'browse-start',
    hash: '#/registries',
    act: async (page) => {
      await page.getByRole('button', { name: 'harbor.hpc.example.org' }).click()
      await page.getByRole('button', { name: 'registry.lab.example.org:5000' }).click()
      await page.getByText('connection refused').waitFor()
    },
  },
  { name: 'browse', hash: browse },
  {
    name: 'browse-selected',
    hash: browse,
    act: async (page) => {
      await page.getByLabel('Search tags').fill('openblas')
      for (const name of ['openblas 0.3.26', 'openblas 0.3.27']) await page.getByLabel(`Select ${name}`).check()
    },
  },
  {
    name: 'browse-facet',
    hash: browse,
    act: async (page) => {
      await page.getByRole('button', { name: 'Packages' }).click()
      await page.getByRole('button', { name: 'Target', exact: true }).first().click()
      await page.getByRole('checkbox', { name: 'zen4' }).check()
    },
  },
  {
    name: 'browse-10000',
    hash: `${harbor}everything`,
    act: (page) => page.getByText('10,000 tags', { exact: true }).waitFor(),
  },
  {
    name: 'browse-reading',
    batchTime: 300,
    hash: `${harbor}everything`,
    act: (page) => page.getByText('so far').waitFor(),
  },
  {
    name: 'browse-cancelled',
    batchTime: 300,
    hash: `${harbor}everything`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByText('Cancelled after').waitFor()
    },
  },
  { name: 'browse-nothing', hash: `${harbor}empty` },
  { name: 'browse-noindex', hash: `${harbor}noindex` },
  { name: 'browse-newer', hash: `${harbor}newer` },
  { name: 'browse-denied', hash: `${harbor}denied` },
  { name: 'browse-image', hash: `${browse}&tag=climate` },
  {
    name: 'browse-image-hover',
    hash: `${browse}&tag=climate`,
    act: (page) => page.getByRole('option', { name: /openmpi/ }).hover(),
  },
  { name: 'browse-package', hash: browse, act: (page) => openTag(page, 'sqlite') },
  {
    name: 'browse-layers',
    hash: `${browse}&tag=climate&view=layers`,
    act: (page) => page.getByRole('row', { name: /hdf5/ }).click(),
  },
  { name: 'browse-config', hash: `${browse}&tag=tools&view=config` },
  {
    name: 'browse-graph',
    hash: `${browse}&tag=climate&view=graph`,
    act: (page) => settle(page, '.react-flow__node'),
  },
  {
    name: 'browse-files',
    hash: `${browse}&tag=tools&view=files`,
    act: async (page) => {
      await page.getByRole('treeitem', { name: /^bin/ }).click()
      await page.getByRole('treeitem', { name: /^zstd \d/ }).click()
      await page.getByText('or newer').waitFor()
    },
  },
  {
    name: 'browse-text',
    hash: `${browse}&tag=tools&view=files`,
    act: async (page) => {
      await page.getByLabel('Search files').fill('spec.json')
      await page.getByRole('treeitem', { name: /spec.json/ }).click()
    },
  },
  { name: 'browse-platforms', hash: `${browse}&tag=runtime` },
  { name: 'browse-chart', hash: `${browse}&tag=gromacs-chart-0.3.1` },
  { name: 'browse-damaged', hash: `${browse}&tag=ncurses-6.2-4tq7h3xv2c6l4yqk3fhz5n4m2a7c6d5e.spack` },
  { name: 'browse-deleted', hash: `${browse}&tag=nothing` },
  { name: 'browse-compare', hash: `${browse}&tag=tools&against=tools-2026.10` },
  { name: 'browse-compare-far', hash: `${browse}&tag=climate&against=climate-next` },
  {
    name: 'act-tag',
    hash: `${browse}&act=tag&for=tools`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'New tags' }).fill('stable')
      await page.keyboard.press('Enter')
      await page.getByText('to write').waitFor()
    },
  },
  {
    name: 'act-copy',
    hash: `${browse}&act=copy&for=climate`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'To: a repository' }).fill('oci://harbor.hpc.example.org/climate/cache')
      await page.getByText('to copy').first().waitFor()
    },
  },
  { name: 'act-delete', hash: `${browse}&act=delete&for=tools&for=climate` },
  { name: 'act-prune-start', hash: `${browse}&act=prune` },
  {
    name: 'act-prune',
    hash: `${browse}&act=prune`,
    act: async (page) => {
      await page.getByLabel('tools', { exact: true }).check()
      await page.getByLabel('What is younger than').fill('30')
      await page.getByText('to delete').waitFor()
    },
  },
  { name: 'act-index', hash: `${browse}&act=index` },
  {
    name: 'act-check-done',
    hash: `${browse}&act=check`,
    act: async (page) => {
      await page.getByRole('button', { name: /^Check \d+ tags/ }).click()
      await page.getByText('steps done').waitFor({ timeout: 30_000 })
    },
  },
  {
    name: 'act-running',
    hash: `${browse}&act=copy`,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'To: a repository' }).fill('oci-layout:///scratch/copy')
      await page.getByRole('button', { name: /^Copy \d+ tags/ }).click()
      await page.waitForTimeout(900)
    },
  },
  { name: 'settings', hash: '#/settings' },
  { name: 'registries-empty', workspace: 'empty', hash: registries },
  { name: 'registries', hash: registries },
  { name: 'registries-harbor', hash: `${registries}&registry=harbor.hpc.example.org` },
  { name: 'registries-unsafe', hash: `${registries}&registry=registry.lab.example.org%3A5000` },
  { name: 'registries-mirror', hash: `${registries}&registry=registry.gitlab.com` },
  {
    name: 'registries-whoami',
    hash: `${registries}&registry=ghcr.io`,
    act: (page) => page.getByRole('combobox', { name: 'Repository' }).fill('demo/cache'),
  },
  { name: 'registries-add', hash: registries, act: (page) => page.getByRole('button', { name: 'Add a reg' }).click() },
  {
    name: 'registries-login',
    hash: `${registries}&registry=ghcr.io`,
    act: (page) => page.getByRole('button', { name: 'Log in…' }).click(),
  },
  {
    name: 'registries-login-file',
    hash: `${registries}&registry=ghcr.io`,
    keychain: 'none',
    act: async (page) => {
      await page.getByRole('button', { name: 'Log in…' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Username').fill('demo')
      await dialog.getByRole('textbox', { name: 'Password' }).fill('wrong')
      await dialog.getByLabel('Keep it in that file').check()
      await dialog.getByRole('button', { name: 'Log in', exact: true }).click()
      await dialog.getByRole('alert').waitFor()
    },
  },
  { name: 'doctor', hash: registries, act: (page) => examine(page, 'ghcr.io/demo/cache', 'Can pull and push') },
  {
    name: 'doctor-running',
    stepTime: 500,
    hash: registries,
    act: (page) => examine(page, 'ghcr.io/demo/cache', 'a Bearer challenge'),
  },
  {
    name: 'doctor-tls',
    hash: `${registries}&registry=harbor.hpc.example.org`,
    act: (page) => examine(page, 'badcert/cache', 'TLS failed'),
  },
  { name: 'doctor-denied', hash: registries, act: (page) => examine(page, 'ghcr.io/demo/denied', 'Push failed') },
  { name: 'doctor-warning', hash: registries, act: (page) => examine(page, 'localhost:5000/nodelete/cache', '1 warn') },
  {
    name: 'search',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('l')
    },
  },
  {
    name: 'open',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Open…' }).click()
      await page.getByLabel('Path').fill('/opt/nothing')
      await page.getByRole('button', { name: 'Open', exact: true }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  { name: 'compose-choose', hash: '#/compose' },
  { name: 'compose-choose-nothing', workspace: 'empty', hash: '#/compose' },
  { name: 'compose-empty', hash: compose },
  { name: 'compose-empty-cache', hash: composeHarbor('empty') },
  { name: 'compose-denied', hash: composeHarbor('denied') },
  { name: 'compose', hash: compose, act: composeTools },
  {
    name: 'compose-hover',
    hash: compose,
    act: async (page) => {
      await composeTools(page)
      await page.getByRole('option', { name: /ncurses/ }).hover()
    },
  },
  {
    name: 'compose-unfit',
    hash: `${compose}&spec=netcdf-c&spec=hdf5&spec=hdf5%401.12.2&spec=no-such`,
    act: async (page) => {
      await page.getByRole('button', { name: 'debian:12' }).click()
      await page.getByText('need GLIBC_').waitFor({ timeout: 20_000 })
    },
  },
  { name: 'compose-environment', hash: compose, act: (page) => composeTab(page, 'Environment') },
  { name: 'compose-settings', hash: compose, act: (page) => composeTab(page, 'Settings') },
  { name: 'compose-file', hash: compose, act: (page) => composeTab(page, 'File') },
  {
    name: 'compose-open',
    hash: compose,
    act: async (page) => {
      await composeTools(page)
      await page.getByRole('button', { name: 'Open…' }).click()
    },
  },
  {
    name: 'compose-300',
    hash: `${composeHarbor('tall')}&tag=everything`,
    act: (page) => page.getByText('merged into one layer').first().waitFor(),
  },
  { name: 'compose-publish-nothing', hash: `${compose}&publish`, act: composePublish },
  {
    name: 'compose-publish',
    hash: compose,
    act: async (page) => {
      await composeTools(page)
      await composePublish(page)
      await page.getByText('of layers to send').waitFor()
    },
  },
  {
    name: 'compose-published',
    hash: compose,
    act: async (page) => {
      await composeTools(page)
      await composePublish(page)
      await page.getByRole('button', { name: 'Publish editors' }).click()
      await page.getByRole('heading', { name: 'Use it' }).waitFor({ timeout: 20_000 })
    },
  },
  {
    name: 'act-combine',
    hash: `${browse}&act=combine&for=tools&for=climate`,
    act: async (page) => {
      await page.getByLabel('Tag of the index').fill('everywhere')
      await page.getByText('an index over').waitFor()
    },
  },
  {
    name: 'act-export',
    hash: `${browse}&act=export&for=tools`,
    act: async (page) => {
      await page.getByLabel('File').fill('/home/me/tools.tar')
      await page.getByText('to write').first().waitFor()
    },
  },
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
  // Why a cache was not used, and CI files.
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
      await page.getByText('To be built again').waitFor()
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

/** Runs the doctor of the present page on a repository, until these words stand there. */
async function examine(page: Page, repository: string, words: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Repository' }).fill(repository)
  await page.getByRole('button', { name: 'Run the doctor' }).click()
  await page.getByText(words).first().waitFor()
}

/** Opens the first tag of this package. */
async function openTag(page: Page, name: string): Promise<void> {
  await page.getByLabel('Search tags').fill(name)
  await page
    .getByRole('row', { name: new RegExp(name) })
    .first()
    .click()
  await page.getByRole('tab', { name: 'Overview' }).waitFor()
}

async function installAll(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Install \d+ packages/ }).click()
  await page.getByText(/\d+ packages installed/).waitFor({ timeout: 30_000 })
}

/** An editor, a shell's tools and an interpreter, on a base that fits. */
async function composeTools(page: Page): Promise<void> {
  await page.getByLabel('Search packages').waitFor()
  for (const name of ['lua', 'less', 'nano', 'vim']) {
    await page.getByLabel('Search packages').fill(name)
    await page.getByRole('row', { name: new RegExp(`^${name} `) }).click()
  }
  await page.getByLabel('Search packages').fill('')
  await page.getByRole('button', { name: 'debian:12' }).click()
  await page.getByText('layers looked into').waitFor()
  await page.waitForTimeout(1600)
}

async function composeTab(page: Page, tab: string): Promise<void> {
  await composeTools(page)
  await page.getByRole('tab', { name: tab }).click()
}

async function composePublish(page: Page): Promise<void> {
  const publish = page.getByRole('button', { name: 'Publish…' })
  if (await publish.isVisible()) await publish.click()
  await page.getByLabel('Tag', { exact: true }).fill('editors')
}

async function settle(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor()
  await page.waitForTimeout(400)
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

/** What can be shown of any running app without touching anything. */
const runningShots: readonly Shot[] = [
  { name: 'environment', hash: '#/environments' },
  { name: 'push', hash: '#/push' },
  { name: 'activity', hash: '#/activity' },
  { name: 'settings', hash: '#/settings' },
  { name: 'registries', hash: registries },
]

/** The pictures of the documentation; tutorial-pictures.ts takes those of the tutorial. */
const documentation: readonly (Shot & { readonly theme: Theme })[] = [
  { name: 'push', hash: `#/push?${tools}`, theme: 'light', act: toUbuntu },
  { name: 'registries', hash: browse, theme: 'light' },
  { name: 'image', hash: `${browse}&tag=tools&view=layers`, theme: 'dark' },
  { name: 'compose', hash: compose, theme: 'light', act: composeTools },
]

async function toUbuntu(page: Page): Promise<void> {
  await page.getByRole('combobox', { name: 'Where' }).fill('oci://ghcr.io/demo/cache')
  await page.getByRole('combobox', { name: 'Base image' }).fill('ubuntu:24.04')
  await page.getByRole('heading', { level: 1 }).click()
  await page
    .getByRole('option', { name: /ubuntu.*layer|layer.*ubuntu/ })
    .first()
    .waitFor()
  await page.waitForTimeout(900)
}

interface Place {
  readonly url: string
  readonly size: { readonly width: number; readonly height: number }
  readonly theme: Theme
  readonly file: string
}

async function take(browser: Browser, shot: Shot, { url, size, theme, file }: Place): Promise<void> {
  const page = await browser.newPage({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' })
  page.setDefaultTimeout(6_000)
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') console.log(`${file}: ${message.text()}`)
  })
  page.on('pageerror', (error) => console.log(`${file}: ${error.message}`))
  try {
    // A running app's address carries a one-time token: it is opened as it is, then its screens by hash.
    await page.goto(url)
    if (shot.hash !== undefined) await page.evaluate((hash) => location.assign(hash), shot.hash)
    await page.waitForTimeout(900)
    await shot.act?.(page)
    await page.waitForTimeout(250)
  } catch (error) {
    console.log(`${file}: ${String(error).split('\n')[0]}`)
  }
  await page.screenshot({ path: file })
  await page.close()
}

async function takeDocumentation(browser: Browser): Promise<void> {
  const pictures = join(import.meta.dirname, '../../docs/pictures')
  const size = { width: 1280, height: 800 }
  for (const shot of documentation) {
    if (options.only !== undefined && !options.only.split(',').some((name) => shot.name.startsWith(name))) continue
    const { name, theme } = shot
    await takeMadeUp(browser, shot, { size, theme, file: join(pictures, `${name}-${theme}.png`) })
  }
}

async function takeEvery(browser: Browser, into: string): Promise<void> {
  await mkdir(into, { recursive: true })
  const { url, only } = options
  for (const size of sizes) {
    for (const theme of themes) {
      for (const shot of url === undefined ? shots : runningShots) {
        if (only !== undefined && !only.split(',').some((name) => shot.name.startsWith(name))) continue
        const place = { size, theme, file: join(into, `${shot.name}-${size.width}-${theme}.png`) }
        if (url === undefined) await takeMadeUp(browser, shot, place)
        else await take(browser, shot, { ...place, url })
      }
    }
  }
}

/** Over an engine of its own, so that no picture depends on those before it. */
async function takeMadeUp(browser: Browser, shot: Shot, place: Omit<Place, 'url'>): Promise<void> {
  const { workspace = 'full', failing, keychain, stepTime, batchTime, spack } = shot
  const host = await startFakeHost(createFakeEngine({ workspace, failing, keychain, stepTime, batchTime, spack }))
  await take(browser, shot, { ...place, url: host.url })
  await host.close()
}

const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
})
await (folder === undefined ? takeDocumentation(browser) : takeEvery(browser, folder))
await browser.close()
