import { IconExternalLink } from '@tabler/icons-react'
import css from './parts.module.css'

/** A page of somebody else, opened in the browser. */
export function ExternalLink({ address }: { readonly address: string }) {
  return (
    <a className={css.external} href={address} target="_blank" rel="noreferrer" title={address}>
      {address.replace(/^https:\/\//, '')} <IconExternalLink size={13} aria-hidden />
    </a>
  )
}
