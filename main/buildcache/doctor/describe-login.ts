import type { RegistryLogin } from '../../api/registries.ts'

/** A login in words, without its secret: `alice, from ~/.docker/config.json`. */
export function describeLogin({ kind, username, source }: RegistryLogin): string {
  switch (kind) {
    case 'basic':
      return `${username ?? 'someone'}, from ${source}`
    case 'token':
      return `a token, from ${source}`
    case 'identity':
      return `an identity token${username === undefined ? '' : ` of ${username}`}, from ${source}`
  }
}
