import type { RegistryPreset } from '../../../../main/api/registries.ts'
import { ExternalLink } from '../../../ui/ExternalLink.tsx'
import css from './registries.module.css'

/** What to type as name and password in this registry's own words, and where that password is made. */
export function PresetWords({ preset }: { readonly preset: RegistryPreset }) {
  return (
    <dl className={css.words}>
      <dt>Username</dt>
      <dd>{preset.username}</dd>
      <dt>Password</dt>
      <dd>{preset.password}</dd>
      {preset.help !== undefined && (
        <>
          <dt>See</dt>
          <dd>
            <ExternalLink address={preset.help} />
          </dd>
        </>
      )}
    </dl>
  )
}
