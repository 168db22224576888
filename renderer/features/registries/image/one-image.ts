import type { RegistriesRoute } from '../../../app/routes.ts'

/** The route of one tag. */
export type OneImage = RegistriesRoute & { readonly repository: string; readonly tag: string }
