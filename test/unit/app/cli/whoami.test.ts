import { expect, it } from 'vitest'
import { describeIdentity } from '../../../../app/cli/whoami.ts'
import type { RegistryLogin } from '../../../../main/api/registries.ts'

it('marks the login that is used and says why one before it is not', () => {
  const logins: readonly RegistryLogin[] = [
    {
      scope: 'ghcr.io',
      kind: 'basic',
      origin: 'helper',
      source: 'docker-credential-pass, named in ~/.docker/config.json',
      problem: 'it is not on the PATH',
    },
    { scope: 'ghcr.io/me', kind: 'token', origin: 'environment', source: 'STRATA_TOKEN' },
    { scope: 'ghcr.io', kind: 'basic', username: 'me', origin: 'file', source: '~/.docker/config.json' },
  ]
  expect(describeIdentity({ repository: 'ghcr.io/me/cache', logins: [...logins] })).toEqual([
    'ghcr.io/me/cache',
    '✗                ghcr.io     docker-credential-pass, named in ~/.docker/config.json: it is not on the PATH',
    '✓ used  a token  ghcr.io/me  STRATA_TOKEN',
    '        me       ghcr.io     ~/.docker/config.json',
  ])
  expect(describeIdentity({ repository: 'ghcr.io/me/cache', logins: [] })[1]).toContain('anonymous')
})
