import { create } from 'zustand'
import type { InstallRequestInput } from '../../../main/api/install.ts'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import type { Route } from '../../app/routes.ts'
import { type AccessDraft, freshAccess, givenAccess } from '../planning/access.ts'

/** Which part of a cache: packages named one by one, an environment's roots, or all of it. */
export const choices = ['specs', 'environment', 'all'] as const
export type Choice = (typeof choices)[number]

/** What the user has said on the Install page. `undefined` means not said: a default follows from what is found here. */
export interface InstallDraft extends AccessDraft {
  readonly from: string | undefined
  readonly into: string | undefined
  readonly choice: Choice
  readonly specs: readonly string[]
  readonly environment: EnvironmentRef | undefined
  readonly buildDependencies: boolean
  readonly overwrite: boolean
}

/** A draft with its defaults filled in. */
export type CompleteDraft = InstallDraft & { readonly from: string; readonly into: string }

export const freshDraft: InstallDraft = {
  ...freshAccess,
  from: undefined,
  into: undefined,
  choice: 'specs',
  specs: [],
  environment: undefined,
  buildDependencies: false,
  overwrite: false,
}

interface Drafts {
  readonly draft: InstallDraft
  readonly change: (change: Partial<InstallDraft>) => void
}

/** The one draft of this window: typed credentials go nowhere else. */
export const useInstallDraft = create<Drafts>((set) => ({
  draft: freshDraft,
  change: (change) => set(({ draft }) => ({ draft: { ...draft, ...change } })),
}))

/** What a link to this page says of the draft: `#/install?from=…&into=…&spec=vim`. */
export function saidBy(route: Extract<Route, { screen: 'install' }>): Partial<InstallDraft> {
  const { from, into, ref, specs, all } = route
  return {
    ...(from !== undefined && { from }),
    ...(into !== undefined && { into }),
    ...(ref && { choice: 'environment', environment: ref }),
    ...(specs && { choice: 'specs', specs }),
    ...(all && { choice: 'all' }),
  }
}

/** What a draft still lacks before a plan can be made; undefined when nothing does. */
export function lacking({ from, into, choice, specs, environment }: CompleteDraft): string | undefined {
  if (from.trim() === '') return 'Say from which cache'
  if (into.trim() === '') return 'Say into which store'
  if (choice === 'specs' && specs.length === 0) return 'Name a package'
  if (choice === 'environment' && !environment) return 'Choose an environment'
  return undefined
}

/** The request a complete draft stands for; undefined while it lacks something. */
export function toRequest(draft: CompleteDraft): InstallRequestInput | undefined {
  if (lacking(draft) !== undefined) return undefined
  const { choice, specs, environment, buildDependencies, overwrite } = draft
  return {
    from: draft.from.trim(),
    into: draft.into.trim(),
    ...givenAccess(draft),
    specs: choice === 'specs' ? [...specs] : [],
    environment: choice === 'environment' ? environment : undefined,
    all: choice === 'all',
    buildDependencies,
    overwrite,
  }
}
