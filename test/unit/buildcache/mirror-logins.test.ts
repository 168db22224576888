import { describe, expect, it } from 'vitest'
import { mirrorLogins } from '../../../main/buildcache/mirror-logins.ts'
import type { Mirror, MirrorCredentials } from '../../../main/spack/config/mirrors.ts'
import { clean } from '../../../main/support/redact.ts'

const origin = { scope: 'user', file: '/home/me/.spack/mirrors.yaml' }
const url = 'oci://ghcr.io/me/cache'

function mirror(credentials: MirrorCredentials, fetch: MirrorCredentials | undefined = credentials): Mirror {
  const rest = { source: true, binary: true, autopush: false, secretInFile: false, origin }
  return { name: 'lab', push: { url, credentials }, fetch: { url, credentials: fetch }, ...rest }
}

const login = (credentials: MirrorCredentials, env: NodeJS.ProcessEnv = {}) =>
  mirrorLogins([mirror(credentials)], env).map((one) => one.login)

describe('the login of a Spack mirror', () => {
  it('is for the mirror’s repository, and says which file it stands in', () => {
    expect(mirrorLogins([mirror({ kind: 'login', id: 'me', secret: 'mirror-secret-0' })], {})).toEqual([
      {
        registry: 'ghcr.io',
        repository: 'me/cache',
        login: { kind: 'basic', username: 'me', password: 'mirror-secret-0' },
        source: 'mirror "lab" in /home/me/.spack/mirrors.yaml',
      },
    ])
  })

  it('is read from the variables that are named, and their secrets are shown nowhere', () => {
    const env = { LAB_USER: 'me', LAB_SECRET: 'mirror-secret-1', LAB_TOKEN: 'mirror-token-1' }
    const basic = { kind: 'basic', username: 'me', password: 'mirror-secret-1' }
    expect(login({ kind: 'login-variables', id: 'me', secretVariable: 'LAB_SECRET' }, env)).toEqual([basic])
    const variables = { kind: 'login-variables', idVariable: 'LAB_USER', secretVariable: 'LAB_SECRET' } as const
    expect(login(variables, env)).toEqual([basic])
    expect(login({ kind: 'token-variable', tokenVariable: 'LAB_TOKEN' }, env)).toEqual([
      { kind: 'token', token: 'mirror-token-1' },
    ])
    expect(clean('mirror-secret-1 mirror-token-1')).toBe('*** ***')
  })

  it.each<[MirrorCredentials, NodeJS.ProcessEnv, string]>([
    [{ kind: 'login-variables', id: 'me', secretVariable: 'LAB_SECRET' }, {}, 'LAB_SECRET is not set'],
    [
      { kind: 'login-variables', idVariable: 'LAB_USER', secretVariable: 'LAB_SECRET' },
      { LAB_SECRET: 'x' },
      'LAB_USER is not set',
    ],
    [{ kind: 'login-variables', secretVariable: 'LAB_SECRET' }, { LAB_SECRET: 'x' }, 'its access_pair has no id'],
    [{ kind: 'token-variable', tokenVariable: 'LAB_TOKEN' }, { LAB_TOKEN: '' }, 'LAB_TOKEN is not set'],
  ])('that cannot be read says why: %j', (credentials, env, why) => {
    expect(login(credentials, env)).toEqual([{ kind: 'problem', why }])
  })

  it('for pushing comes before another one for fetching', () => {
    const both = mirror(
      { kind: 'login', id: 'pusher', secret: 'secret' },
      { kind: 'login', id: 'reader', secret: 'secret' },
    )
    expect(mirrorLogins([both], {}).map((one) => one.login)).toMatchObject([
      { username: 'pusher' },
      { username: 'reader' },
    ])
  })

  it('is none where the mirror is no OCI registry, or nobody can read its address', () => {
    const credentials: MirrorCredentials = { kind: 'login', id: 'me', secret: 'secret' }
    for (const other of ['https://mirror.example/x', 's3://bucket', 'oci://', 'oci-layout:///tmp/x']) {
      const elsewhere = { ...mirror(credentials), push: { url: other, credentials }, fetch: undefined }
      expect(mirrorLogins([elsewhere], {})).toEqual([])
    }
  })
})
