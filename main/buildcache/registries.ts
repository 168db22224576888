import type { Output, Parsed } from '../api/contract.ts'
import type { SettingsFile } from '../support/settings.ts'
import type { Host } from './source.ts'

/** The registries that are known here, what was set for them, and the logins for them. */
export interface Registries {
  list(): Promise<Output<'registries.list'>>
  save(input: Parsed<'registries.save'>): Promise<Output<'registries.list'>>
  forget(input: Parsed<'registries.forget'>): Promise<Output<'registries.list'>>
  login(input: Parsed<'registry.login'>): Promise<Output<'registry.login'>>
  logout(input: Parsed<'registry.logout'>): Promise<Output<'registry.logout'>>
  whoami(input: Parsed<'registry.whoami'>): Promise<Output<'registry.whoami'>>
}

export function createRegistries(_parts: { readonly host: () => Host; readonly settings: SettingsFile }): Registries {
  const missing = async (): Promise<never> => {
    throw new Error('not built yet')
  }
  return { list: missing, save: missing, forget: missing, login: missing, logout: missing, whoami: missing }
}
