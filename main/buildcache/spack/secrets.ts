import { readMirrors } from '../../spack/config/mirrors.ts'
import { protect } from '../../support/redact.ts'
import type { Host, Source } from '../source.ts'

/** A shorter value of such a variable is a word like `true`, which would be taken out of every text. */
const SHORTEST = 8

/**
 * What Spack could print of its environment is taken out of its output: the variables that mirrors name for their logins,
 * and those that are called as secrets are. Spack itself gets them as they are.
 */
export function protectSecrets({ env }: Pick<Host, 'env'>, source: Source | undefined): void {
  for (const [name, value] of Object.entries(env)) {
    const isPath = value?.startsWith('/') // of a file with the secret in it
    if (/PASSW|SECRET|TOKEN|CREDENTIAL|API_?KEY/i.test(name) && (value?.length ?? 0) >= SHORTEST && !isPath)
      protect(value)
  }
  const configuration = source?.configuration
  if (!configuration) return
  // What stands in the configuration itself is protected as it is read.
  for (const { fetch, push } of readMirrors(configuration)) {
    for (const credentials of [fetch?.credentials, push?.credentials]) {
      if (credentials?.kind === 'login-variables') protect(env[credentials.secretVariable])
      if (credentials?.kind === 'token-variable') protect(env[credentials.tokenVariable])
    }
  }
}
