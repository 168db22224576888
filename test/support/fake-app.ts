import { test as base } from '@playwright/test'
import { createFakeEngine, type FakeEngineOptions } from './fake-engine.ts'
import { type FakeHost, startFakeHost } from './fake-host.ts'
import { watchPage } from './page-watch.ts'

interface Fixtures {
  /** What the fake engine is made with; `test.use({ engine: … })` changes it. */
  readonly engine: FakeEngineOptions
  /** The built window over a fresh fake engine. Its page must stay free of console errors. */
  readonly host: FakeHost
}

/** Playwright's test with the window served over a fake engine. */
export const test = base.extend<Fixtures>({
  engine: [{ workspace: 'full', speed: 4 }, { option: true }],
  host: async ({ engine, page }, use) => {
    let ended = false
    const watched = watchPage(page, () => ended)
    const host = await startFakeHost(createFakeEngine(engine))
    await use(host)
    ended = true
    await host.close()
    if (watched.complaints.length > 0) throw new Error(`the page complained:\n${watched.complaints.join('\n')}`)
  },
})

export const routes = {
  tools: '#/environments?env=tools&spack=%2Fhome%2Fdemo%2Fspack',
  everything: '#/environments?env=everything&spack=%2Fhome%2Fdemo%2Fspack',
  pushTools: '#/push?env=tools&spack=%2Fhome%2Fdemo%2Fspack',
  pushScience: '#/push?env=science&spack=%2Fhome%2Fdemo%2Fspack',
  install: '#/install?from=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache',
  compose: '#/compose?repository=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache',
  composeHarbor: '#/compose?repository=oci%3A%2F%2Fharbor.hpc.example.org%2Fclimate%2F',
  browse: '#/registries?repository=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache',
  harbor: '#/registries?repository=oci%3A%2F%2Fharbor.hpc.example.org%2Fclimate%2F',
  broken: '#/environments?env=%2Fhome%2Fdemo%2Fprojects%2Fclimate-model-2026',
} as const
