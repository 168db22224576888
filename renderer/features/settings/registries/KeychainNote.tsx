import type { Keychain } from '../../../../main/api/registries.ts'
import css from './registries.module.css'

/** Where a login that is typed here is kept. */
export function KeychainNote({ keychain }: { readonly keychain: Keychain }) {
  return (
    <p className={css.dim}>
      {keychain.kind === 'none'
        ? 'Logins typed here cannot be kept'
        : `Logins typed here are kept in ${keychain.where}`}
      {keychain.problem === undefined ? '.' : `: ${keychain.problem}`}
    </p>
  )
}
