import { expect, type Page } from '@playwright/test'
import { seriousFindings } from '../support/axe.ts'
import { type SlowDoor, slowDoor } from '../support/cli.ts'
import { test as base, type RealApp } from '../support/real-app.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'

const login = { kind: 'bearer', username: 'ada', password: 'correct horse' } as const

const test = base.extend<{
  readonly registry: FaultRegistry
  readonly guarded: FaultRegistry
  readonly slowly: (registry: FaultRegistry, bytesPerSecond: number) => Promise<SlowDoor>
}>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are used from the pattern
  registry: async ({}, use) => {
    const registry = await startFaultRegistry()
    await use(registry)
    await registry.close()
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  guarded: async ({}, use) => {
    const registry = await startFaultRegistry({ auth: login })
    await use(registry)
    await registry.close()
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  slowly: async ({}, use) => {
    const doors: SlowDoor[] = []
    await use(async (registry, bytesPerSecond) => {
      const door = await slowDoor(registry.port, bytesPerSecond)
      doors.push(door)
      return door
    })
    for (const door of doors) await door.close()
  },
})

test('a push that is cancelled leaves nothing half, and goes on from the activity', async ({
  page,
  app,
  registry,
  slowly,
}) => {
  const door = await slowly(registry, 250_000)
  await openPush(page, app, `oci+http://${door.host}/demo/cache`)
  await page.getByRole('button', { name: 'Push 8 packages' }).click()
  const stack = page.getByRole('listbox', { name: /Layer stack/ })
  await expect(stack.getByRole('option', { name: /uploading [1-9]/ }).first()).toBeVisible()
  await expect(page.getByRole('link', { name: /1 job/ })).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('button', { name: 'Go on from there' })).toBeVisible()
  expect(lacking(registry)).toEqual([])
  expect(tags(registry)).not.toContain('sample')
  const sent = door.passed()

  await page.getByRole('link', { name: 'Activity' }).click()
  const jobs = page.getByRole('complementary', { name: 'Jobs' })
  await expect(jobs).toContainText('cancelled')
  expect(await seriousFindings(page)).toEqual([])
  await page.getByRole('button', { name: 'Go on from there' }).click()
  await expect(jobs.getByRole('listitem')).toHaveCount(2)
  // Fewer than all: what had got through is not written again.
  await expect(page.getByRole('heading', { name: /^\d tags? written/ })).toBeVisible({ timeout: 40_000 })
  await expect(page.getByText('spack mirror add --unsigned strata')).toBeVisible()
  expect(tags(registry)).toEqual(expect.arrayContaining(['sample', 'index.spack']))
  expect(lacking(registry)).toEqual([])
  expect(sent).toBeGreaterThan(0)
})

test('a wrong password is told as one, and a right one typed in its place is enough', async ({
  page,
  app,
  guarded,
}) => {
  await openPush(page, app, `oci+http://${guarded.host}/demo/cache`)
  await page.getByText('Credentials and certificates').click()
  await page.getByText('Username', { exact: true }).click()
  await page.getByLabel('Username', { exact: true }).last().fill(login.username)
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  const alert = page.getByRole('alert').first()
  await expect(alert).toContainText(/login|credentials|password/i)
  await alert.getByText('Details').click()
  await expect(alert).toContainText('registry-')
  expect(await seriousFindings(page)).toEqual([])
  await page.getByLabel('Password', { exact: true }).fill(login.password)
  await page.getByRole('button', { name: 'Test', exact: true }).click()
  await expect(page.getByText(/^Can pull and push, login: /)).toBeVisible()
  await page.getByRole('button', { name: 'Push 8 packages' }).click()
  await expect(page.getByText('10 tags written')).toBeVisible()
  await expect(page.locator('body')).not.toContainText(login.password)
})

test('a web page in place of a registry is told as one', async ({ page, app, registry }) => {
  registry.faults.push({ when: () => true, act: { kind: 'html', status: 200 } })
  await openPush(page, app, `oci+http://${registry.host}/demo/cache`)
  const alert = page.getByRole('alert').first()
  await expect(alert).toContainText(/HTML|web page/i)
  await alert.getByText('Details').click()
  await expect(alert).toContainText('registry-')
  await expect(page.getByRole('button', { name: 'Push', exact: true })).toBeDisabled()
})

test('a registry that asks to wait is waited for, and the window says so', async ({ page, app, registry }) => {
  const tooMany = { kind: 'status', status: 429, headers: { 'retry-after': '3' } } as const
  registry.faults.push({ when: ({ method }) => method === 'PUT' || method === 'PATCH', times: 1, act: tooMany })
  await openPush(page, app, `oci+http://${registry.host}/demo/cache`)
  await page.getByRole('button', { name: 'Push 8 packages' }).click()
  await expect(page.getByText(/waiting 3 s .*HTTP 429/)).toBeVisible()
  await expect(page.getByText('10 tags written')).toBeVisible()
})

test('packages that a registry refuses are named with the reason, and retry sends what is missing', async ({
  page,
  app,
  registry,
}) => {
  const refusal = {
    kind: 'status',
    status: 403,
    body: '{"errors":[{"code":"DENIED","message":"quota is used up"}]}',
  } as const
  const fault = { when: ({ method, url }: { method: string; url: string }) => method === 'PUT' && url.includes('/manifests/cowsay'), times: 1, act: refusal } // biome-ignore format: one fault
  registry.faults.push(fault)
  await openPush(page, app, `oci+http://${registry.host}/demo/cache`)
  await page.getByRole('button', { name: 'Push 8 packages' }).click()
  await expect(page.getByRole('heading', { name: /not pushed/ })).toBeVisible()
  await expect(page.getByText('quota is used up').first()).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])
  await page.getByRole('button', { name: 'Retry what failed' }).click()
  await expect(page.getByRole('heading', { name: /tags? written/ })).toBeVisible()
  await expect(page.getByRole('heading', { name: /not pushed/ })).toBeHidden()
  expect(lacking(registry)).toEqual([])
  expect(tags(registry)).toContain('sample')
})

/** Opens the sample and its Push page with this target. */
async function openPush(page: Page, app: RealApp, target: string): Promise<void> {
  await page.goto(app.url)
  await page.getByRole('button', { name: 'Try the sample' }).click()
  await page.getByRole('button', { name: 'Push…' }).click()
  await page.getByRole('combobox', { name: 'Where' }).fill(target)
  await page.getByRole('heading', { level: 1 }).click()
}

function tags({ manifests }: FaultRegistry): readonly string[] {
  return [...manifests.keys()].flatMap((name) => (name.includes('@') ? [] : [name.slice(name.indexOf(':') + 1)]))
}

/** Digests that some manifest in the registry names and the registry does not have. */
function lacking({ manifests, blobs }: FaultRegistry): readonly string[] {
  return [...manifests].flatMap(([name, { bytes }]) => {
    const repository = name.split(/[:@]/)[0]
    const named = [...bytes.toString('utf8').matchAll(/sha256:[0-9a-f]{64}/g)].map(([digest]) => digest)
    return named.filter((digest) => !blobs.has(digest) && !manifests.has(`${repository}@${digest}`))
  })
}
