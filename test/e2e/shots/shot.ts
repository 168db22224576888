import type { Page } from '@playwright/test'
import type { FakeEngineOptions } from '../../support/fake-engine.ts'

/** One picture of the window over made-up data. */
export interface Shot {
  readonly name: string
  readonly workspace?: FakeEngineOptions['workspace']
  /** Name of a package whose upload fails. */
  readonly failing?: string
  readonly keychain?: FakeEngineOptions['keychain']
  /** Milliseconds between two steps of the doctor. */
  readonly stepTime?: number
  /** Milliseconds between two batches of a catalogue. */
  readonly batchTime?: number
  /** Milliseconds until an explanation is there. */
  readonly planTime?: number
  readonly spack?: FakeEngineOptions['spack']
  readonly hash?: string
  readonly act?: (page: Page) => Promise<void>
}

// Places of the made-up data.
export const tools = 'env=tools&spack=%2Fhome%2Fdemo%2Fspack'
export const registries = '#/settings?tab=registries'
export const install = '#/install?from=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache'
export const longer = `%2Fgpfs%2Fprojects%2Fclimate%2F${'a-very-long-name-for-a-shared-software-folder%2F'.repeat(3)}store`
export const browse = '#/registries?repository=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache'
export const harbor = '#/registries?repository=oci%3A%2F%2Fharbor.hpc.example.org%2Fclimate%2F'
export const compose = '#/compose?repository=oci%3A%2F%2Fghcr.io%2Fdemo%2Fcache'
export const composeHarbor = (name: string) =>
  `#/compose?repository=oci%3A%2F%2Fharbor.hpc.example.org%2Fclimate%2F${name}`
export const broken = 'env=%2Fhome%2Fdemo%2Fprojects%2Fclimate-model-2026'
export const lab = 'env=lab&spack=%2Fhome%2Fdemo%2Fspack-1.1'
export const science = 'env=science&spack=%2Fhome%2Fdemo%2Fspack'

export async function settle(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor()
  await page.waitForTimeout(400)
}
