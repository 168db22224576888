import { IconExternalLink } from '@tabler/icons-react'
import type { RegistryPreset } from '../../../../main/api/registries.ts'
import css from './registries.module.css'

/** What to type as name and password in this registry's own words, and where that password is made. */
export function PresetWords({ preset }: { readonly preset: RegistryPreset }) {
  return (
    <dl className={css.words}>
      <dt>Repository</dt>
      <dd className={css.mono}>{preset.repository}</dd>
      <dt>Username</dt>
      <dd>{preset.username}</dd>
      <dt>Password</dt>
      <dd>{preset.password}</dd>
      {preset.help !== undefined && (
        <>
          <dt>Made at</dt>
          <dd>
            <HelpLink address={preset.help} />
          </dd>
        </>
      )}
    </dl>
  )
}

/** A page of the registry, in the browser. */
function HelpLink({ address }: { address: string }) {
  return (
    <a className={css.link} href={address} target="_blank" rel="noreferrer" title={address}>
      {address.replace(/^https:\/\//, '')} <IconExternalLink size={13} aria-hidden />
    </a>
  )
}
